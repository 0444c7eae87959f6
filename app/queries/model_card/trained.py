"""When a machine's predictor was made, from what, and under which names it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import ClassVersion, PredictorVersion
from app.db.records import Failure
from app.queries.model_card import learning


@dataclass(frozen=True, slots=True)
class Trained:
    """When, on which range, and on how many failures; digests name what is stored.

    Failures are those known at `as_of`; `learned_class` counts failures and confirmed faults the
    class's predictors learned from, None where nobody kept it.
    """

    at: datetime
    as_of: datetime
    range_from: datetime | None
    range_until: datetime | None
    failures_own: int
    failures_class: int
    learned_class: int | None
    machines: int | None
    features: tuple[str, ...]
    libraries: Mapping[str, str]
    artifact: str | None
    class_artifact: str | None


def trained(session: Session, *, version: PredictorVersion) -> Trained:
    """How a predictor version came to be."""
    metrics = class_metrics(session, version)
    machine = session.get_one(Equipment, version.equipment_id)
    modes = metrics.get("modes")
    return Trained(
        at=version.created_at,
        as_of=version.as_of,
        range_from=learning.moment(metrics.get("trained_from")),
        range_until=learning.moment(metrics.get("trained_until")),
        failures_own=_failures(session, Equipment.id == machine.id, version.as_of),
        failures_class=_failures(
            session, Equipment.equipment_class_id == machine.equipment_class_id, version.as_of
        ),
        learned_class=None if modes is None else sum(int(mode["events"]) for mode in modes),
        machines=metrics.get("machines"),
        features=learning.features(metrics),
        libraries=learning.libraries(metrics),
        artifact=version.artifact_digest,
        class_artifact=_class_digest(session, version),
    )


def class_metrics(session: Session, version: PredictorVersion) -> Mapping[str, Any]:
    """What the class version behind a predictor said of itself; nothing when it has none."""
    row = session.get(ClassVersion, version.class_version_id) if version.class_version_id else None
    return row.metrics if row else {}


def _class_digest(session: Session, version: PredictorVersion) -> str | None:
    return session.scalar(
        sa.select(ClassVersion.artifact_digest).where(ClassVersion.id == version.class_version_id)
    )


def _failures(session: Session, whose: sa.ColumnElement[bool], known_at: datetime) -> int:
    asked = (
        sa.select(sa.func.count(Failure.id))
        .join(Equipment, Equipment.id == Failure.equipment_id)
        .where(whose, Failure.at < known_at, Failure.recorded_at <= known_at)
    )
    return session.scalar(asked) or 0
