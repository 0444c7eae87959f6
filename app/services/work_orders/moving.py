"""Moves through the table of states that write nothing but the order itself (and a dismissal)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.work_orders import Finding, WorkOrder
from app.domain.errors import InvalidInput, RuleBroken
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
    DismissWorkOrder,
    HoldWorkOrder,
    PlanWorkOrder,
    ReworkWorkOrder,
    SnoozeWorkOrder,
)
from app.queries.work_orders.rows import standing
from app.services.equipment import bump
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


def dismiss(
    session: Session,
    *,
    work_order_id: int,
    dismissal: DismissWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Do not follow a suggestion; the reason is kept as a finding, a snooze keeps the night quiet.

    RuleBroken for work a person asked for; InvalidInput for a snooze that is already over.
    """
    order = begin(session, Action.DISMISS, work_order_id, expected_version, now, by)
    _require_future(dismissal.snoozed_until, now)
    order.closed_at, order.snoozed_until = now, dismissal.snoozed_until
    session.add(
        Finding(
            work_order_id=order.id,
            equipment_id=order.equipment_id,
            component_id=order.component_id,
            at=now,
            dismissal=dismissal.dismissal,
            note=dismissal.note,
            recorded_at=now,
            recorded_by_id=by.id,
        )
    )
    changes = {"dismissal": dismissal.dismissal.value}
    finish(session, order, Action.DISMISS, note=dismissal.note, changes=changes, now=now, by=by)
    bump(session, [order.equipment_id])


def snooze(
    session: Session,
    *,
    work_order_id: int,
    snooze: SnoozeWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Decide later: the order stays requested and is out of the inbox until then.

    Nights go on adding their evidence. InvalidInput for a moment that is already over.
    """
    order = begin(session, Action.SNOOZE, work_order_id, expected_version, now, by)
    _require_future(snooze.snoozed_until, now)
    order.snoozed_until = snooze.snoozed_until
    until = f"Ask again on {snooze.snoozed_until.day} {snooze.snoozed_until:%b %Y}."
    note = f"{until} {snooze.note}".strip()
    changes = {"snoozed_until": snooze.snoozed_until.isoformat()}
    finish(session, order, Action.SNOOZE, note=note, changes=changes, now=now, by=by)


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
    session.flush()
    remember(session, order, action.value, was=was, note=note, changes=changes, now=now, by=by)


def _require_future(moment: datetime | None, now: datetime) -> None:
    if moment is not None and moment <= now:
        raise InvalidInput({"snoozed_until": "must lie in the future"})


def _refuse_a_second_open_one(session: Session, order: WorkOrder) -> None:
    """A suggestion does not reopen beside a newer one: predictive ones of the same machine and
    mode, inspections of the same machine.
    """
    if order.type is OrderType.PREDICTIVE:
        same = sa.and_(WorkOrder.type == order.type, WorkOrder.mode == order.mode)
    elif order.source is Source.DEVIATION:
        same = WorkOrder.source == order.source
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
