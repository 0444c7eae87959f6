"""Work orders in the words of the API."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.api.access import me
from app.api.plant_time import today
from app.context import now
from app.db.work_orders import ANY_MODE
from app.domain.work_orders import Action, Hold, OrderType, Outcome, Priority, Source, State
from app.queries import work_orders as questions
from app.queries.work_orders import (
    EvidenceLine,
    FindingView,
    HistoryLine,
    OrderPage,
    OrderRow,
)


@dataclass(frozen=True, slots=True)
class WorkOrderItem:
    """One order; `component` is the code of the component, null when it is not known."""

    id: int
    number: str
    version: int
    title: str
    equipment: str
    equipment_id: int
    component: str | None
    type: OrderType
    state: State
    priority: Priority
    source: Source
    risk: float | None
    outcome: Outcome | None
    hold: Hold | None
    created_at: datetime
    due_on: date | None
    overdue_days: int
    completed_at: datetime | None
    team_id: int | None
    team: str | None
    assignee_id: int | None
    assignee: str | None
    is_break_in: bool
    withdrawal_proposed_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkOrderDetail(WorkOrderItem):
    """One order with its life; `actions` is what this token may do to it now."""

    description: str
    created_by: str | None
    planned_start_at: datetime | None
    estimated_hours: float | None
    started_at: datetime | None
    closed_at: datetime | None
    labour_hours: float | None
    downtime_hours: float | None
    schedule_id: int | None
    occurrence_on: date | None
    snoozed_until: datetime | None
    actions: list[Action]
    finding: FindingView | None
    history: list[HistoryLine]
    evidence: list[EvidenceLine]


_RENAMED = ("equipment", "component", "outcome")
_SAME = [field.name for field in fields(WorkOrderItem) if field.name not in _RENAMED]
_MORE = [field.name for field in fields(WorkOrderDetail)[len(fields(WorkOrderItem)) :]]


def item(row: OrderRow, outcome: Outcome | None) -> WorkOrderItem:
    """One line of the list."""
    return WorkOrderItem(**_facts(row, outcome))


def detail(session: Session, work_order_id: int) -> WorkOrderDetail:
    """One order as this token sees it; raise NotFound."""
    page = questions.order_page(
        session,
        scope=me().scope,
        work_order_id=work_order_id,
        by=me(),
        now=now(),
        today=today(session),
    )
    outcome = None if page.finding is None else page.finding.outcome
    return WorkOrderDetail(**_facts(page.order, outcome), **_life(page))


def _facts(row: OrderRow, outcome: Outcome | None) -> dict[str, Any]:
    same = {name: getattr(row, name) for name in _SAME}
    component = None if row.mode == ANY_MODE else row.mode
    return {**same, "equipment": row.equipment_tag, "component": component, "outcome": outcome}


def _life(page: OrderPage) -> dict[str, Any]:
    found = {name: getattr(page, name) for name in _MORE}
    lists = ("actions", "history", "evidence")
    return {name: list(value) if name in lists else value for name, value in found.items()}
