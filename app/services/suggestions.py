"""Deeds of a planner on a suggestion that reach beyond its own order: windows and services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.places import Site
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder, order_number
from app.domain.errors import InvalidInput, NotFound, RuleBroken
from app.domain.roles import Actor
from app.domain.work_orders import Action, OrderType, State, words
from app.inputs.suggestions import (
    AbsorbIntoService,
    PlanBothIntoWindow,
    PlanIntoWindow,
    PullForward,
)
from app.inputs.work_orders import AbsorbSuggestion, PlanWorkOrder
from app.queries.schedules import schedule as schedule_row
from app.queries.stop_windows import Occurrence, upcoming
from app.services import schedules, work_orders
from app.services.work_orders import moving
from app.services.work_orders.ledger import find

MINUTE = timedelta(minutes=1)


def plan_into_window(
    session: Session,
    *,
    work_order_id: int,
    plan: PlanIntoWindow,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Plan open work into a stop window of its machine; what is still requested is accepted first.

    The job takes what was said of its component. A suggestion is due on the day of the window, all
    other work when it was: a service does not become punctual by being planned late. Raise
    InvalidInput when the machine has no such window, besides what planning raises.
    """
    action = Action.PLAN
    order = session.get(WorkOrder, work_order_id)
    if order is not None and order.state is State.REQUESTED:
        action = Action.ACCEPT
    order = moving.begin(session, action, work_order_id, expected_version, now, by)
    window = _window(session, order, plan)
    if action is Action.ACCEPT:
        work_orders.accept(session, work_order_id=order.id, expected_version=None, now=now, by=by)
    is_suggestion = order.type is OrderType.PREDICTIVE
    day = window.starts_at.astimezone(_zone(session, order.equipment_id)).date()
    given = PlanWorkOrder(
        planned_start_at=window.starts_at,
        estimated_hours=plan.estimated_hours or _job_hours(session, order),
        due_on=day if is_suggestion else None,
    )
    work_orders.plan(
        session, work_order_id=order.id, plan=given, expected_version=None, now=now, by=by
    )


def plan_both_into_window(
    session: Session,
    *,
    work_order_id: int,
    plan: PlanBothIntoWindow,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Plan a suggestion and other open work on its machine or line into one stop window: both or
    neither. A suggestion that is planned there already stays as it is.

    Raise RuleBroken when the other order is not open or scheduled already, InvalidInput when it is
    of another line or its machine has no such window, Stale for either, and what planning raises.
    """
    order, other = _both(session, work_order_id, plan, expected_version, by)
    if other.state is not State.OPEN or other.planned_start_at is not None:
        raise RuleBroken(f"{other.number} is {words(other.state)} already; look at it again.")
    _require_neighbours(session, order, other)
    # How long the one takes says nothing of the other.
    alone = PlanIntoWindow(stop_window_id=plan.stop_window_id, starts_at=plan.starts_at)
    doing: list[tuple[WorkOrder, PlanIntoWindow]] = [(other, alone)]
    if order.state is not State.PLANNED or order.planned_start_at != plan.starts_at:
        doing.insert(0, (order, plan))
    for row, given in doing:
        plan_into_window(
            session, work_order_id=row.id, plan=given, expected_version=None, now=now, by=by
        )


def absorb_into_service(
    session: Session,
    *,
    work_order_id: int,
    absorption: AbsorbIntoService,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """Raise the next order of a service, on its day or earlier, and absorb the suggestion into it.

    With `starts_at` it is planned for then, at once. Return the order's id. An order that is open
    for the service already takes the suggestion in as it is.
    """
    order = moving.begin(session, Action.ABSORB, work_order_id, expected_version, now, by)
    service = _schedule(session, absorption.schedule_id, order.equipment_id)
    host = _open_order(session, service.id)
    if host is None:
        starts_at, on = absorption.starts_at, absorption.on
        if starts_at is None and on is None:
            on = _own_day(session, service, order.equipment_id, now, by)
        pull = PullForward(on=on, starts_at=starts_at, note=f"To include {order_number(order.id)}.")
        host = pull_forward(
            session, schedule_id=service.id, pull=pull, expected_version=None, now=now, by=by
        )
    work_orders.absorb(
        session,
        work_order_id=order.id,
        absorption=AbsorbSuggestion(into_order_id=host, note=absorption.note),
        expected_version=None,
        now=now,
        by=by,
    )
    return host


def pull_forward(
    session: Session,
    *,
    schedule_id: int,
    pull: PullForward,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """Bring the next order of a service forward to a day or into a window; return its id.

    With `starts_at` it is planned for then, at once.
    """
    service = session.get(PreventiveSchedule, schedule_id)
    if service is None:
        raise NotFound(f"There is no schedule {schedule_id}.")
    on = pull.on
    if pull.starts_at is not None:
        on = pull.starts_at.astimezone(_zone(session, service.equipment_id)).date()
    assert on is not None
    order_id = schedules.pull_forward(
        session,
        schedule_id=schedule_id,
        on=on,
        why=pull.note,
        expected_version=expected_version,
        now=now,
        by=by,
    )
    if pull.starts_at is not None:
        given = PlanWorkOrder(planned_start_at=pull.starts_at)
        work_orders.plan(
            session, work_order_id=order_id, plan=given, expected_version=None, now=now, by=by
        )
    return order_id


def _both(
    session: Session,
    work_order_id: int,
    plan: PlanBothIntoWindow,
    expected_version: int | None,
    by: Actor,
) -> tuple[WorkOrder, WorkOrder]:
    """Both orders, held in the order of their ids: two planners who take them the other way round
    never wait for each other."""
    seen = {plan.other_order_id: plan.other_version, work_order_id: expected_version}
    if len(seen) == 1:
        raise InvalidInput({"other_order_id": "is the same order"})
    held = {
        id_: find(session, work_order_id=id_, expected_version=seen[id_], by=by)
        for id_ in sorted(seen)
    }
    return held[work_order_id], held[plan.other_order_id]


def _require_neighbours(session: Session, order: WorkOrder, other: WorkOrder) -> None:
    here = session.get_one(Equipment, order.equipment_id)
    there = session.get_one(Equipment, other.equipment_id)
    is_same_line = here.location_id is not None and here.location_id == there.location_id
    if here.id != there.id and not is_same_line:
        raise InvalidInput({"other_order_id": f"{other.number} is work of another line."})


def _window(session: Session, order: WorkOrder, plan: PlanIntoWindow) -> Occurrence:
    """The time of the window that begins then, and concerns the machine."""
    at = plan.starts_at
    times = upcoming(
        session, equipment_ids=[order.equipment_id], since=at - MINUTE, until=at + MINUTE
    )
    for time in times[order.equipment_id]:
        if time.window_id == plan.stop_window_id and time.starts_at == at:
            return time
    raise InvalidInput({"stop_window_id": "The machine has no such stop window then any more."})


def _job_hours(session: Session, order: WorkOrder) -> float | None:
    if order.estimated_hours is not None or order.component_id is None:
        return order.estimated_hours
    return session.get_one(Component, order.component_id).job_hours


def _schedule(session: Session, schedule_id: int, equipment_id: int) -> PreventiveSchedule:
    row = session.get(PreventiveSchedule, schedule_id)
    if row is None or row.equipment_id != equipment_id:
        raise InvalidInput({"schedule_id": "The machine has no such service."})
    return row


def _open_order(session: Session, schedule_id: int) -> int | None:
    return session.scalar(
        sa.select(WorkOrder.id)
        .where(
            WorkOrder.schedule_id == schedule_id,
            WorkOrder.state.in_(work_orders.HOSTS),
        )
        .order_by(WorkOrder.id)
        .limit(1)
    )


def _own_day(
    session: Session, service: PreventiveSchedule, equipment_id: int, now: datetime, by: Actor
) -> date:
    """The day the service falls due by itself; today where that is over."""
    today = now.astimezone(_zone(session, equipment_id)).date()
    row = schedule_row(session, scope=by.scope, schedule_id=service.id, today=today)
    return max(today, row.next_due_on)


def _zone(session: Session, equipment_id: int) -> ZoneInfo:
    asked = (
        sa.select(Site.timezone)
        .join(Equipment, Equipment.site_id == Site.id)
        .where(Equipment.id == equipment_id)
    )
    return ZoneInfo(session.scalars(asked).one())
