"""The predicted-failure orders a night wrote, for the terminal and the run page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.work_orders import WorkOrder, order_number


@dataclass(frozen=True, slots=True)
class RaisedOrder:
    """One order with its risk in 0..1 and its evidence, a sentence a line."""

    id: int
    number: str
    tag: str
    title: str
    risk: float
    evidence: tuple[str, ...]


def raised_orders(session: Session, *, order_ids: Sequence[int]) -> tuple[RaisedOrder, ...]:
    """The orders with these ids, greatest risk first."""
    rows = session.execute(
        sa.select(WorkOrder, Equipment.tag)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(WorkOrder.id.in_(order_ids))
        .order_by(WorkOrder.risk.desc(), WorkOrder.id)
    )
    return tuple(
        RaisedOrder(
            id=order.id,
            number=order_number(order.id),
            tag=tag,
            title=order.title,
            risk=order.risk or 0.0,
            evidence=tuple(order.description.splitlines()),
        )
        for order, tag in rows
    )
