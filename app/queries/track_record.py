"""What became of a machine's predicted orders, and which failures came without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.predictions import Forecast
from app.db.records import Failure
from app.db.work_orders import Finding, WorkOrder
from app.domain.work_orders import OrderType, Outcome, State


@dataclass(frozen=True, slots=True)
class Record:
    """Counts since the first forecast; every predicted order is in exactly one of them."""

    since: datetime | None
    raised: int
    as_predicted: int
    other_fault: int
    nothing_found: int
    not_inspected: int
    dismissed: int
    waiting: int
    failures: int
    missed: int


def track_record(session: Session, *, equipment_id: int, now: datetime) -> Record:
    """The record of one machine.

    A failure is missed when no predicted order was waiting or at work when it happened; an order
    that was raised for it, or found it first, counts as a warning.
    """
    since = session.scalar(
        sa.select(sa.func.min(Forecast.as_of)).where(Forecast.equipment_id == equipment_id)
    )
    orders = _orders(session, equipment_id)
    failures = _failures(session, equipment_id, since, now)
    became = Counter(_fate(order, outcome) for order, outcome, _ in orders)
    missed = sum(not _was_warned(at, order_id, orders) for at, order_id in failures)
    return Record(
        since=since,
        raised=len(orders),
        as_predicted=became["as_predicted"],
        other_fault=became["other_fault"],
        nothing_found=became["nothing_found"],
        not_inspected=became["not_inspected"],
        dismissed=became["dismissed"],
        waiting=became["waiting"],
        failures=len(failures),
        missed=missed,
    )


_FATES = {
    Outcome.FAULT_AS_PREDICTED: "as_predicted",
    Outcome.OTHER_FAULT: "other_fault",
    Outcome.NOTHING_FOUND: "nothing_found",
    Outcome.NOTHING_FOUND_REPLACED: "nothing_found",
    Outcome.NOT_INSPECTED: "not_inspected",
}
_Order = tuple[WorkOrder, Outcome | None, datetime | None]


def _fate(order: WorkOrder, outcome: Outcome | None) -> str:
    if outcome is not None:
        return _FATES[outcome]
    is_dismissed = order.state is State.CANCELLED and order.absorbed_into_id is None
    return "dismissed" if is_dismissed else "waiting"


def _was_warned(at: datetime, order_id: int | None, orders: Sequence[_Order]) -> bool:
    return any(
        order.id == order_id or (order.created_at <= at and (ended_at is None or at <= ended_at))
        for order, _, ended_at in orders
        if order.state is not State.CANCELLED or order.absorbed_into_id is not None
    )


def _orders(session: Session, equipment_id: int) -> Sequence[_Order]:
    """Each predicted order with the answer and the end of its work; where that became part of
    another order, that one has both."""
    doing = aliased(WorkOrder)
    return session.execute(
        sa.select(WorkOrder, Finding.outcome, doing.completed_at)
        .join(doing, doing.id == sa.func.coalesce(WorkOrder.absorbed_into_id, WorkOrder.id))
        .outerjoin(Finding, Finding.work_order_id == doing.id)
        .where(WorkOrder.equipment_id == equipment_id, WorkOrder.type == OrderType.PREDICTIVE)
        .order_by(WorkOrder.id)
    ).all()


def _failures(
    session: Session, equipment_id: int, since: datetime | None, now: datetime
) -> Sequence[tuple[datetime, int | None]]:
    if since is None:
        return []
    return session.execute(
        sa.select(Failure.at, Failure.work_order_id)
        .where(Failure.equipment_id == equipment_id, Failure.at > since, Failure.at <= now)
        .order_by(Failure.at, Failure.id)
    ).all()
