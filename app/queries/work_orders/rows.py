"""One order as a line of a list, and the select every list starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.places import Team
from app.db.users import AppUser
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.order_actions import Standing
from app.domain.roles import Scope
from app.domain.work_orders import FINISHED, Hold, OrderType, Priority, Source, State

OrderSelect = sa.Select[WorkOrder, Equipment, str, str, AppUser]
# Orders without a due date come after all that have one.
NO_DUE = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order; `overdue_days` is 0 unless it is unfinished and past its due date."""

    id: int
    number: str
    title: str
    equipment_id: int
    equipment_tag: str
    equipment_name: str
    site_id: int
    component: str | None
    mode: str
    type: OrderType
    source: Source
    state: State
    priority: Priority
    hold: Hold | None
    risk: float | None
    is_break_in: bool
    due_on: date | None
    overdue_days: int
    team_id: int | None
    team: str | None
    assignee_id: int | None
    assignee: str | None
    created_at: datetime
    completed_at: datetime | None
    withdrawal_proposed_at: datetime | None
    snoozed_until: datetime | None
    version: int


def due_key() -> sa.ColumnElement[date]:
    """What lists are ordered by, before the id."""
    return sa.func.coalesce(WorkOrder.due_on, sa.literal(NO_DUE, sa.Date))


def in_scope(scope: Scope) -> sa.ColumnElement[bool]:
    """Orders on machines of these sites."""
    return sa.true() if scope.site_ids is None else Equipment.site_id.in_(scope.site_ids)


def select_orders(scope: Scope) -> OrderSelect:
    """Orders with what a line shows of machine, component, crew and person."""
    return (
        sa.select(WorkOrder, Equipment, Component.name, Team.name, AppUser)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(Component, Component.id == WorkOrder.component_id)
        .outerjoin(Team, Team.id == WorkOrder.team_id)
        .outerjoin(AppUser, AppUser.id == WorkOrder.assignee_id)
        .where(in_scope(scope))
    )


def fetch(session: Session, wanted: OrderSelect, today: date) -> list[OrderRow]:
    """The lines of a `select_orders` statement, in its order."""
    return [_row(*found, today=today) for found in session.execute(wanted)]


def _row(
    order: WorkOrder,
    machine: Equipment,
    component: str | None,
    team: str | None,
    assignee: AppUser | None,
    *,
    today: date,
) -> OrderRow:
    return OrderRow(
        id=order.id,
        number=order.number,
        title=order.title,
        equipment_id=machine.id,
        equipment_tag=machine.tag,
        equipment_name=machine.name,
        site_id=machine.site_id,
        component=component or (order.mode if order.mode != ANY_MODE else None),
        mode=order.mode,
        type=order.type,
        source=order.source,
        state=order.state,
        priority=order.priority,
        hold=order.hold,
        risk=order.risk,
        is_break_in=order.is_break_in,
        due_on=order.due_on,
        overdue_days=overdue_days(order, today),
        team_id=order.team_id,
        team=team,
        assignee_id=order.assignee_id,
        assignee=None if assignee is None else assignee.display_name or assignee.name,
        created_at=order.created_at,
        completed_at=order.completed_at,
        withdrawal_proposed_at=order.withdrawal_proposed_at,
        snoozed_until=order.snoozed_until,
        version=order.version,
    )


def standing(order: WorkOrder) -> Standing:
    """The order as the rules see it."""
    return Standing(
        number=order.number,
        state=order.state,
        source=order.source,
        team_id=order.team_id,
        assignee_id=order.assignee_id,
        completed_at=order.completed_at,
    )


def overdue_days(order: WorkOrder, today: date) -> int:
    """Whole days past the due date; finished orders are never overdue."""
    if order.due_on is None or order.state in FINISHED:
        return 0
    return max(0, (today - order.due_on).days)
