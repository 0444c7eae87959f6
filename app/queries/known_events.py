"""What the classes have on record to learn from: failures, confirmed faults, waiting labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.label_reviews import LabelReview, ReviewState
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import ANY_MODE, Finding
from app.domain.roles import Scope
from app.domain.work_orders import Condition, Outcome
from app.queries.predictions import seen

FAULTS = (Outcome.FAULT_AS_PREDICTED, Outcome.OTHER_FAULT)
WORN_OUT = (Condition.DEGRADED, Condition.FAILED)
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class KnownEvents:
    """Counts by (class, component code): "any" where nobody said which. `waiting` is by class."""

    failures: Counter[Key]
    confirmed: Counter[Key]
    waiting: Mapping[int, int]
    first: Mapping[int, datetime]

    def failures_of(self, class_id: int) -> int:
        """Failures of a class in all."""
        return sum(number for (owner, _), number in self.failures.items() if owner == class_id)

    def confirmed_of(self, class_id: int) -> int:
        """Confirmed faults of a class in all."""
        return sum(number for (owner, _), number in self.confirmed.items() if owner == class_id)

    def first_of(self, class_id: int) -> datetime | None:
        """When the first failure of a class was."""
        return self.first.get(class_id)


def known_events(session: Session, *, scope: Scope, now: datetime) -> KnownEvents:
    """Everything on record by *now* of machines in sight.

    A confirmed fault is one that somebody saw before the function was lost: a finding, or the
    condition found at a renewal; both of one component at one moment are one.
    """
    failed = _events(session, Failure, scope, now, sa.true(), component=Failure.component_id)
    replaced = _events(
        session,
        ServiceRecord,
        scope,
        now,
        sa.and_(ServiceRecord.is_planned, ServiceRecord.condition_found.in_(WORN_OUT)),
        component=ServiceRecord.component_id,
    )
    found = _events(
        session, Finding, scope, now, Finding.outcome.in_(FAULTS), component=Finding.component_id
    )
    first: dict[int, datetime] = {}
    for class_id, _, _, at in failed:
        first[class_id] = min(at, first.get(class_id, at))
    lost = {(machine, code, at) for _, machine, code, at in failed}
    seen_before = {event for event in replaced | found if event[1:] not in lost}
    return KnownEvents(
        failures=Counter((class_id, code) for class_id, _, code, _ in failed),
        confirmed=Counter((class_id, code) for class_id, _, code, _ in seen_before),
        waiting=_waiting(session, scope),
        first=first,
    )


def _events(
    session: Session,
    table: type[Failure] | type[ServiceRecord] | type[Finding],
    scope: Scope,
    now: datetime,
    condition: sa.ColumnElement[bool],
    *,
    component: sa.orm.InstrumentedAttribute[int | None],
) -> set[tuple[int, int, str, datetime]]:
    """Class, machine, component code and moment of each record."""
    rows = session.execute(
        sa.select(Equipment.equipment_class_id, Equipment.id, Component.code, table.at)
        .join(Equipment, Equipment.id == table.equipment_id)
        .outerjoin(Component, Component.id == component)
        .where(seen(Equipment.site_id, scope), table.at <= now, table.recorded_at <= now)
        .where(condition)
    )
    return {(class_id, machine, code or ANY_MODE, at) for class_id, machine, code, at in rows}


def _waiting(session: Session, scope: Scope) -> dict[int, int]:
    rows = session.execute(
        sa.select(Equipment.equipment_class_id, sa.func.count())
        .join(LabelReview, LabelReview.equipment_id == Equipment.id)
        .where(LabelReview.state == ReviewState.WAITING, seen(Equipment.site_id, scope))
        .group_by(Equipment.equipment_class_id)
    )
    return dict(rows.all())
