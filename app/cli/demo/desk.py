"""What lies on the desks of the simulated people: orders, with machine and component by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.records import ServiceRecord
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.order_actions import SUGGESTIONS
from app.domain.work_orders import Action, State

Looks = Mapping[tuple[str, str], str]
"""What somebody who opened every machine would find, by tag and component."""


@dataclass(frozen=True, slots=True)
class Job:
    """An order as the people see it; `component` is the code, "" for the whole machine."""

    order: WorkOrder
    tag: str
    component: str


def jobs(session: Session, states: Iterable[State], *where: sa.ColumnElement[bool]) -> list[Job]:
    """Orders in these states, the oldest first."""
    asked = (
        sa.select(WorkOrder, Equipment.tag, Component.code)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(Component, Component.id == WorkOrder.component_id)
        .where(WorkOrder.state.in_(tuple(states)), *where)
        .order_by(WorkOrder.id)
    )
    return [Job(order, tag, code or "") for order, tag, code in session.execute(asked)]


def suggestions(session: Session, states: Iterable[State]) -> list[Job]:
    """What the night suggested: predicted failures and inspections."""
    return jobs(session, states, WorkOrder.source.in_(tuple(SUGGESTIONS)))


def accepted_at(session: Session, order: WorkOrder) -> datetime:
    """When somebody decided to do it; an order raised open: when it was raised."""
    found = session.scalar(
        sa.select(sa.func.max(WorkOrderHistory.at)).where(
            WorkOrderHistory.work_order_id == order.id,
            WorkOrderHistory.action == Action.ACCEPT.value,
        )
    )
    return found or order.created_at


def renewed_since(session: Session, order: WorkOrder) -> ServiceRecord | None:
    """The newest renewal of the order's component after the order was raised."""
    if order.component_id is None:
        return None
    return session.scalar(
        sa.select(ServiceRecord)
        .where(
            ServiceRecord.equipment_id == order.equipment_id,
            of_service(order.component_id),
            ServiceRecord.at > order.created_at,
        )
        .order_by(ServiceRecord.at.desc(), ServiceRecord.id.desc())
        .limit(1)
    )


def of_service(component_id: int) -> sa.ColumnElement[bool]:
    """Services of a component, or of the unit it is part of."""
    return sa.or_(ServiceRecord.component_id == component_id, ServiceRecord.component_id.is_(None))
