"""Moves through the table of states that write nothing but the order itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.db.equipment import Equipment
from app.db.work_orders import WorkOrder
from app.domain.errors import RuleBroken
from app.domain.order_actions import permit
from app.domain.roles import Actor
from app.domain.work_orders import (
    FINISHED,
    Action,
    OrderType,
    Source,
    transition,
    words,
)
from app.inputs.work_orders import (
    CancelWorkOrder,
    HoldWorkOrder,
    PlanWorkOrder,
    ReworkWorkOrder,
)
from app.queries.work_orders.rows import standing
from app.services.work_orders.ledger import find, remember
from app.services.work_orders.raising import check_people


def accept(
    session: Session,
    *,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """A planner takes a request or suggestion on."""
    order = begin(session, Action.ACCEPT, work_order_id, expected_version, now, by)
    order.snoozed_until = None
    finish(session, order, Action.ACCEPT, now=now, by=by)


def plan(
    session: Session,
    *,
    work_order_id: int,
    plan: PlanWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Fix when, how long and by whom."""
    order = begin(session, Action.PLAN, work_order_id, expected_version, now, by)
    site_id = session.get_one(Equipment, order.equipment_id).site_id
    check_people(session, site_id, plan.assignee_id, plan.team_id)
    for name, value in plan.model_dump(exclude_none=True).items():
        setattr(order, name, value)
    start_at = plan.planned_start_at.isoformat()
    finish(session, order, Action.PLAN, changes={"planned_start_at": start_at}, now=now, by=by)


def take(
    session: Session,
    *,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Start an open order as one's own; RuleBroken when it is somebody else's."""
    order = begin(session, Action.TAKE, work_order_id, expected_version, now, by)
    order.assignee_id = by.id
    order.started_at = order.started_at or now
    finish(session, order, Action.TAKE, changes={"assignee_id": by.id}, now=now, by=by)


def start(
    session: Session,
    *,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Start the work; somebody must be assigned."""
    order = begin(session, Action.START, work_order_id, expected_version, now, by)
    order.started_at = order.started_at or now
    finish(session, order, Action.START, now=now, by=by)


def hold(
    session: Session,
    *,
    work_order_id: int,
    pause: HoldWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """The work stands still, for a reason."""
    order = begin(session, Action.HOLD, work_order_id, expected_version, now, by)
    order.hold = pause.hold
    changes = {"hold": pause.hold.value}
    finish(session, order, Action.HOLD, note=pause.note, changes=changes, now=now, by=by)


def resume(
    session: Session,
    *,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """The work goes on."""
    order = begin(session, Action.RESUME, work_order_id, expected_version, now, by)
    order.hold = None
    finish(session, order, Action.RESUME, now=now, by=by)


def close(
    session: Session,
    *,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """A planner has reviewed the completed work."""
    order = begin(session, Action.CLOSE, work_order_id, expected_version, now, by)
    order.closed_at = now
    finish(session, order, Action.CLOSE, now=now, by=by)


def rework(
    session: Session,
    *,
    work_order_id: int,
    rework: ReworkWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """The work goes back; what was found stays on record until it is completed again."""
    order = begin(session, Action.REWORK, work_order_id, expected_version, now, by)
    order.completed_at = None
    finish(session, order, Action.REWORK, note=rework.reason, now=now, by=by)


def cancel(
    session: Session,
    *,
    work_order_id: int,
    cancellation: CancelWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """It will not be done, for a reason."""
    order = begin(session, Action.CANCEL, work_order_id, expected_version, now, by)
    order.closed_at, order.hold = now, None
    finish(session, order, Action.CANCEL, note=cancellation.reason, now=now, by=by)


def begin(
    session: Session,
    action: Action,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> WorkOrder:
    """The order, once it is sure that *by* may do *action* to it; nothing is written before."""
    order = find(session, work_order_id=work_order_id, expected_version=expected_version, by=by)
    permit(standing(order), action, by=by, now=now)
    rule = transition(order.state, action, by.roles)
    if order.state in FINISHED and rule.to not in FINISHED:
        _refuse_a_second_open_one(session, order)
    return order


def finish(
    session: Session,
    order: WorkOrder,
    action: Action,
    *,
    now: datetime,
    by: Actor,
    note: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Move the order as the table says and write its line of history and its audit row."""
    was = order.state
    order.state = transition(was, action, by.roles).to
    # A move that stays where it is counts as one, too, even when it says the same again.
    flag_modified(order, "state")
    session.flush()
    remember(session, order, action.value, was=was, note=note, changes=changes, now=now, by=by)


def _refuse_a_second_open_one(session: Session, order: WorkOrder) -> None:
    """A suggestion does not reopen beside a newer one: predictive ones of the same machine and
    mode, inspections of the same machine.
    """
    if order.type is OrderType.PREDICTIVE:
        same = sa.and_(WorkOrder.type == order.type, WorkOrder.mode == order.mode)
    elif order.source is Source.DEVIATION:
        same = WorkOrder.source == order.source
    elif order.condition_limit_id is not None:
        same = WorkOrder.condition_limit_id == order.condition_limit_id
    else:
        return
    other = session.scalar(
        sa.select(WorkOrder).where(
            WorkOrder.equipment_id == order.equipment_id, same, WorkOrder.state.not_in(FINISHED)
        )
    )
    if other is not None:
        what = "machine and mode" if order.type is OrderType.PREDICTIVE else "machine"
        raise RuleBroken(f"{other.number} is already {words(other.state)} for the same {what}.")
