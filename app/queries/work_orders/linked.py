"""What an order has to do with others: part of one, asked for by one, or followed by a failure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.records import Failure
from app.db.work_orders import WorkOrder, order_number
from app.domain.roles import Scope
from app.queries.after_work import after_work


class Link(StrEnum):
    """How another order belongs to this one."""

    ABSORBED_INTO = "absorbed_into"
    ABSORBED = "absorbed"
    ORIGIN = "origin"
    ASKED_FOR = "asked_for"
    AFTER_WORK = "after_work"
    FAILED_AFTER = "failed_after"


@dataclass(frozen=True, slots=True)
class LinkedOrder:
    """Another order (None: a failure without one), and since when it belongs to this one."""

    kind: Link
    order_id: int | None
    number: str
    title: str
    at: datetime | None = None


def linked_orders(session: Session, *, order: WorkOrder) -> tuple[LinkedOrder, ...]:
    """The orders an order's page names, in the order of `Link`, then by id."""
    return (*_named(session, order), *_failures(session, order))


def _named(session: Session, order: WorkOrder) -> Iterator[LinkedOrder]:
    rows = session.scalars(
        sa.select(WorkOrder)
        .where(
            sa.or_(
                WorkOrder.id.in_([order.absorbed_into_id or 0, order.origin_id or 0]),
                WorkOrder.absorbed_into_id == order.id,
                WorkOrder.origin_id == order.id,
            )
        )
        .order_by(WorkOrder.id)
    ).all()
    for kind in Link:
        for row in rows:
            if kind in _kinds(order, row):
                yield LinkedOrder(kind, row.id, row.number, row.title)


def _kinds(order: WorkOrder, other: WorkOrder) -> set[Link]:
    """How *other* belongs to *order*, by the columns of both."""
    holds = {
        Link.ABSORBED_INTO: other.id == order.absorbed_into_id,
        Link.ABSORBED: other.absorbed_into_id == order.id,
        Link.ORIGIN: other.id == order.origin_id,
        Link.ASKED_FOR: other.origin_id == order.id,
    }
    return {kind for kind, is_so in holds.items() if is_so}


def _failures(session: Session, order: WorkOrder) -> Iterator[LinkedOrder]:
    """Failures within 14 days of work: seen from their repair, and from the work before."""
    site_id = session.get_one(Equipment, order.equipment_id).site_id
    here = Scope(frozenset({site_id}))
    found = after_work(session, scope=here, equipment_ids=[order.equipment_id])
    repairs = _repairs(session, [line.failure_id for line in found])
    for line in found:
        repair = repairs.get(line.failure_id)
        if repair == order.id:
            number = order_number(line.order_id)
            yield LinkedOrder(Link.AFTER_WORK, line.order_id, number, "", line.failed_at)
        elif line.order_id == order.id:
            number = "" if repair is None else order_number(repair)
            yield LinkedOrder(Link.FAILED_AFTER, repair, number, "", line.failed_at)


def _repairs(session: Session, failure_ids: list[int]) -> dict[int, int | None]:
    rows = session.execute(
        sa.select(Failure.id, Failure.work_order_id).where(Failure.id.in_(failure_ids))
    )
    return {row.id: row.work_order_id for row in rows}
