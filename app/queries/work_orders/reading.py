"""Everything one order's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Component, Equipment
from app.db.places import Team
from app.db.predictions import Forecast
from app.db.schedules import PreventiveSchedule
from app.db.users import AppUser, UserRole
from app.db.work_orders import ANY_MODE, Finding, OrderEvidence, WorkOrder, WorkOrderHistory
from app.domain.activities import Activity
from app.domain.errors import NotFound
from app.domain.order_actions import possible, undo_until
from app.domain.roles import Actor, Capability, Role, Scope
from app.domain.work_orders import (
    FINISHED,
    Action,
    Condition,
    Dismissal,
    Function,
    Outcome,
)
from app.queries.event_names import event_names, with_event_names
from app.queries.forecast_context import ForecastContext, forecast_context
from app.queries.work_orders.linked import LinkedOrder, linked_orders
from app.queries.work_orders.rows import OrderRow, fetch, select_orders, standing


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the order's life; a comment has the same state before and after."""

    at: datetime
    by_name: str
    action: str
    from_state: str | None
    to_state: str | None
    note: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """What was found, or why the suggestion was dismissed."""

    at: datetime
    outcome: Outcome | None
    function: Function | None
    condition_found: Condition | None
    dismissal: Dismissal | None
    component: str | None
    failed_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """What one night's forecast said, against the threshold it was compared with."""

    run_id: int
    at: datetime
    as_of: datetime
    risk: float
    risk_hours: float
    threshold: float
    rung: str
    risks: Mapping[str, float]
    drivers: tuple[Mapping[str, Any], ...]
    rul_p10_hours: float | None
    rul_p50_hours: float | None
    rul_p90_hours: float | None
    is_mode_certain: bool
    context: ForecastContext


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order. `actions` is what the asking person may do now; choices are (id, name).

    `evidence` has the newest night first and is empty for orders no prediction speaks of. `usual`
    is what counts as done when nothing else is told; only an order of a schedule has it.
    """

    order: OrderRow
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
    usual: Activity | None
    snoozed_until: datetime | None
    undo_until: datetime | None
    actions: tuple[Action, ...]
    may_assign: bool
    may_comment: bool
    history: tuple[HistoryLine, ...]
    finding: FindingView | None
    evidence: tuple[EvidenceLine, ...]
    linked: tuple[LinkedOrder, ...]
    components: tuple[tuple[int, str], ...]
    people: tuple[tuple[int, str], ...]
    teams: tuple[tuple[int, str], ...]


def order_page(
    session: Session,
    *,
    scope: Scope,
    work_order_id: int,
    by: Actor,
    now: datetime,
    today: date,
) -> OrderPage:
    """One order as *by* sees it; raise NotFound, for a foreign site's order too."""
    lines = fetch(session, select_orders(scope).where(WorkOrder.id == work_order_id), today)
    if not lines:
        raise NotFound(f"There is no work order {work_order_id}.")
    order = session.get_one(WorkOrder, work_order_id)
    machine = session.get_one(Equipment, order.equipment_id)
    stands = standing(order)
    allowed = possible(stands, by=by, now=now)
    return OrderPage(
        order=lines[0],
        description=order.description,
        created_by=_name(session, order.created_by_id),
        planned_start_at=order.planned_start_at,
        estimated_hours=order.estimated_hours,
        started_at=order.started_at,
        closed_at=order.closed_at,
        labour_hours=order.labour_hours,
        downtime_hours=order.downtime_hours,
        schedule_id=order.schedule_id,
        occurrence_on=order.occurrence_on,
        usual=_usual(session, order.schedule_id),
        snoozed_until=order.snoozed_until,
        undo_until=undo_until(stands) if Action.UNDO in allowed else None,
        actions=allowed,
        may_assign=by.may(Capability.PLAN) and order.state not in FINISHED,
        may_comment=by.may(Capability.WORK),
        history=_history(session, order.id),
        finding=_finding(session, order.id),
        evidence=_evidence(session, order.id, order.equipment_id),
        linked=linked_orders(session, order=order),
        components=_components(session, machine.equipment_class_id),
        people=_people(session, machine.site_id),
        teams=_teams(session, machine.site_id),
    )


def _name(session: Session, user_id: int | None) -> str | None:
    person = None if user_id is None else session.get(AppUser, user_id)
    return None if person is None else person.display_name or person.name


def _usual(session: Session, schedule_id: int | None) -> Activity | None:
    schedule = None if schedule_id is None else session.get_one(PreventiveSchedule, schedule_id)
    return None if schedule is None else schedule.activity


def _history(session: Session, order_id: int) -> tuple[HistoryLine, ...]:
    rows = session.scalars(
        sa.select(WorkOrderHistory)
        .where(WorkOrderHistory.work_order_id == order_id)
        .order_by(WorkOrderHistory.id)
    )
    return tuple(
        HistoryLine(row.at, row.by_name, row.action, row.from_state, row.to_state, row.note)
        for row in rows
    )


def _finding(session: Session, order_id: int) -> FindingView | None:
    found = session.execute(
        sa.select(Finding, Component.name)
        .outerjoin(Component, Component.id == Finding.component_id)
        .where(Finding.work_order_id == order_id)
    ).one_or_none()
    if found is None:
        return None
    row, component = found
    return FindingView(
        at=row.at,
        outcome=row.outcome,
        function=row.function,
        condition_found=row.condition_found,
        dismissal=row.dismissal,
        component=component,
        failed_at=row.failed_at,
        note=row.note,
    )


def _evidence(session: Session, order_id: int, equipment_id: int) -> tuple[EvidenceLine, ...]:
    names = event_names(session, equipment_id=equipment_id)
    site_id = session.get_one(Equipment, equipment_id).site_id
    # What was told of the machine as a whole stands beside the forecast of its part.
    whole = aliased(Forecast)
    rows = session.execute(
        sa.select(OrderEvidence, Forecast, whole.context)
        .join(Forecast, Forecast.id == OrderEvidence.forecast_id)
        .outerjoin(
            whole,
            sa.and_(
                whole.run_id == Forecast.run_id,
                whole.equipment_id == Forecast.equipment_id,
                whole.mode == ANY_MODE,
            ),
        )
        .where(OrderEvidence.work_order_id == order_id)
        .order_by(OrderEvidence.at.desc(), OrderEvidence.id.desc())
    )
    return tuple(
        EvidenceLine(
            run_id=row.run_id,
            at=row.at,
            as_of=forecast.as_of,
            risk=row.risk,
            risk_hours=forecast.risk_hours,
            threshold=row.threshold,
            rung=forecast.rung,
            risks=forecast.risks,
            drivers=tuple(_named(driver, names) for driver in forecast.drivers),
            rul_p10_hours=forecast.rul_p10_hours,
            rul_p50_hours=forecast.rul_p50_hours,
            rul_p90_hours=forecast.rul_p90_hours,
            is_mode_certain=forecast.is_mode_certain,
            context=forecast_context(session, context or {}, site_id=site_id),
        )
        for row, forecast, context in rows
    )


def _named(driver: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    if "sentence" not in driver:
        return driver
    return {**driver, "sentence": with_event_names(str(driver["sentence"]), names)}


def _components(session: Session, class_id: int) -> tuple[tuple[int, str], ...]:
    rows = session.execute(
        sa.select(Component.id, Component.name)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.name, Component.id)
    )
    return tuple((row_id, name) for row_id, name in rows)


def _people(session: Session, site_id: int) -> tuple[tuple[int, str], ...]:
    """Active people who can work at the site."""
    rows = session.scalars(
        sa.select(AppUser)
        .where(
            AppUser.is_active,
            sa.or_(AppUser.site_id.is_(None), AppUser.site_id == site_id),
            AppUser.id.in_(sa.select(UserRole.user_id).where(UserRole.role != Role.VIEWER)),
        )
        .order_by(AppUser.name, AppUser.id)
    )
    return tuple((row.id, row.display_name or row.name) for row in rows)


def _teams(session: Session, site_id: int) -> tuple[tuple[int, str], ...]:
    rows = session.execute(
        sa.select(Team.id, Team.name).where(Team.site_id == site_id).order_by(Team.name, Team.id)
    )
    return tuple((row_id, name) for row_id, name in rows)
