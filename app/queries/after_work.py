"""Failures soon after work on the same machine and component: flagged *after work* and linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.records import Failure
from app.db.work_orders import WorkOrder
from app.domain.roles import Scope
from app.queries.predictions import seen

# Domain model 4.4.
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AfterWork:
    """A failure with the last order completed on its machine and component before it."""

    failure_id: int
    failed_at: datetime
    equipment_id: int
    order_id: int
    completed_at: datetime


def after_work(
    session: Session, *, scope: Scope, equipment_ids: Iterable[int]
) -> tuple[AfterWork, ...]:
    """The failures of these machines that came within 14 days of completed work, by time.

    An order or a failure of no particular component concerns them all; the order that repaired
    the failure is not the work before it. Two questions, however many machines.
    """
    wanted = set(equipment_ids)
    done = _completed(session, wanted)
    failed = session.scalars(
        sa.select(Failure)
        .join(Equipment, Equipment.id == Failure.equipment_id)
        .where(Failure.equipment_id.in_(wanted), seen(Equipment.site_id, scope))
        .order_by(Failure.at, Failure.id)
    )
    found = []
    for failure in failed:
        before = [order for order in done[failure.equipment_id] if _precedes(order, failure)]
        if before:
            completed_at, order_id, _ = before[-1]
            found.append(
                AfterWork(failure.id, failure.at, failure.equipment_id, order_id, completed_at)
            )
    return tuple(found)


_Done = tuple[datetime, int, int | None]


def _completed(session: Session, equipment_ids: set[int]) -> dict[int, list[_Done]]:
    """Machine -> (completed, order, component), by time."""
    rows = session.execute(
        sa.select(
            WorkOrder.equipment_id, WorkOrder.completed_at, WorkOrder.id, WorkOrder.component_id
        )
        .where(WorkOrder.equipment_id.in_(equipment_ids), WorkOrder.completed_at.is_not(None))
        .order_by(WorkOrder.completed_at, WorkOrder.id)
    )
    found: dict[int, list[_Done]] = defaultdict(list)
    for equipment_id, completed_at, order_id, component_id in rows:
        if completed_at is not None:
            found[equipment_id].append((completed_at, order_id, component_id))
    return found


def _precedes(order: _Done, failure: Failure) -> bool:
    completed_at, order_id, component_id = order
    is_same = component_id is None or failure.component_id in (None, component_id)
    is_soon = completed_at < failure.at <= completed_at + SOON
    return is_same and is_soon and order_id != failure.work_order_id
