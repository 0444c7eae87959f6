"""Whether the readings of a class have left what it learned, as the nights told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.training import RunState, TrainingRun
from app.domain.roles import Scope
from app.queries.predictions import seen

# Runs by hand of a few machines compare no class; of so many newest runs one has.
LOOKED_BACK = 30


@dataclass(frozen=True, slots=True)
class ClassDrift:
    """What one run said of one class: of so many machines compared, so many have left the range.

    The sentence is "" where nothing moved.
    """

    class_id: int
    class_name: str
    as_of: datetime
    machines: int
    outside: int
    sentence: str


def drifts_of_run(
    session: Session, *, scope: Scope, counts: Mapping[str, Any], as_of: datetime
) -> tuple[ClassDrift, ...]:
    """What a run with these counts said of the classes in sight that moved, by name."""
    told = {int(entry["class_id"]): entry for entry in counts.get("class_drift") or ()}
    rows = session.execute(
        sa.select(EquipmentClass.id, EquipmentClass.name)
        .where(
            EquipmentClass.id.in_(told),
            sa.exists().where(
                Equipment.equipment_class_id == EquipmentClass.id, seen(Equipment.site_id, scope)
            ),
        )
        .order_by(EquipmentClass.name, EquipmentClass.id)
    )
    found = (_drift(told[class_id], name, as_of) for class_id, name in rows)
    return tuple(drift for drift in found if drift.sentence)


def drift_of_class(session: Session, *, scope: Scope, class_id: int) -> ClassDrift | None:
    """What the newest run that compared a class said of it; None when none of the last did."""
    rows = session.execute(
        sa.select(TrainingRun.counts, TrainingRun.as_of)
        .where(
            TrainingRun.state == RunState.FINISHED,
            TrainingRun.site_id.is_(None) | seen(TrainingRun.site_id, scope),
        )
        .order_by(TrainingRun.as_of.desc(), TrainingRun.id.desc())
        .limit(LOOKED_BACK)
    )
    for counts, as_of in rows:
        for entry in counts.get("class_drift") or ():
            if entry["class_id"] == class_id:
                name = session.get_one(EquipmentClass, class_id).name
                return _drift(entry, name, as_of)
    return None


def _drift(entry: Mapping[str, Any], name: str, as_of: datetime) -> ClassDrift:
    return ClassDrift(
        class_id=int(entry["class_id"]),
        class_name=name,
        as_of=as_of,
        machines=int(entry["machines"]),
        outside=int(entry["outside"]),
        sentence=str(entry["sentence"]),
    )
