"""How many orders there are of each sort a planner looks after."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.work_orders import WorkOrder
from app.domain.roles import Scope
from app.queries.work_orders.listing import VIEWS, View
from app.queries.work_orders.rows import in_scope


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Orders per saved view; the names are those of `View`."""

    open: int
    requested: int
    overdue: int
    predicted: int
    unassigned: int
    on_hold: int
    to_review: int


def counts(session: Session, *, scope: Scope, today: date) -> OrderCounts:
    """The counts behind the saved filters, in one pass over the table."""
    names = [field.name for field in fields(OrderCounts)]
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((VIEWS[View(name)](today), 1), else_=0)), 0)
        for name in names
    ]
    found = session.execute(
        sa.select(*sums)
        .select_from(WorkOrder)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(in_scope(scope))
    ).one()
    return OrderCounts(**dict(zip(names, map(int, found), strict=True)))
