"""Look before deciding: an inspection is asked for, and the suggestion waits for its answer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.places import Site
from app.db.predictions import Forecast
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.errors import InvalidInput, RuleBroken
from app.domain.roles import Actor
from app.domain.work_orders import (
    FINISHED,
    Action,
    OrderType,
    Source,
    State,
    in_sentence,
    words,
)
from app.inputs.work_orders import AskForInspection, CompleteWorkOrder
from app.services.work_orders.ledger import remember, write_new
from app.services.work_orders.moving import begin, finish

INSPECTED = "inspected"
DAY = timedelta(days=1)
NOON = time(12)


def inspect(
    session: Session,
    *,
    work_order_id: int,
    request: AskForInspection,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Raise an inspection for a suggestion; the suggestion stays and is snoozed until it is due.

    Without a day it is due the day before the lower RUL bound. Raise RuleBroken while an earlier
    one is open, InvalidInput for a day that is over.
    """
    order = begin(session, Action.INSPECT, work_order_id, expected_version, now, by)
    _refuse_a_second(session, order)
    machine = session.get_one(Equipment, order.equipment_id)
    zone = ZoneInfo(session.get_one(Site, machine.site_id).timezone)
    today = now.astimezone(zone).date()
    due_on = request.due_on or _before_the_bound(session, order, zone, today)
    if due_on < today:
        raise InvalidInput({"due_on": "lies in the past"})
    asked = _inspection(session, order, machine, due_on)
    write_new(session, asked, now=now, by=by, note=request.note or f"For {order.number}.")
    order.snoozed_until = datetime.combine(due_on + DAY, NOON, tzinfo=zone)
    told = f"{asked.number} looks at it by {due_on.day} {due_on:%b %Y}."
    finish(
        session,
        order,
        Action.INSPECT,
        note=told,
        changes={"inspection_id": asked.id},
        now=now,
        by=by,
    )


def answer(
    session: Session,
    inspection: WorkOrder,
    finding: CompleteWorkOrder,
    *,
    now: datetime,
    by: Actor,
) -> None:
    """What an inspection found wakes the suggestion that asked for it, if that still waits."""
    if inspection.origin_id is None or inspection.type is not OrderType.INSPECTION:
        return
    origin = session.get_one(WorkOrder, inspection.origin_id, with_for_update=True)
    if origin.state is not State.REQUESTED:
        return
    origin.snoozed_until = None
    session.flush()
    found = "done" if finding.outcome is None else words(finding.outcome)
    told = f"{inspection.number}: {found}. {finding.note}".strip()
    changes = {"inspection_id": inspection.id}
    remember(
        session, origin, INSPECTED, was=origin.state, note=told, changes=changes, now=now, by=by
    )


def _refuse_a_second(session: Session, order: WorkOrder) -> None:
    earlier = session.scalar(
        sa.select(WorkOrder)
        .where(
            WorkOrder.origin_id == order.id,
            WorkOrder.type == OrderType.INSPECTION,
            WorkOrder.state.not_in(FINISHED),
        )
        .order_by(WorkOrder.id)
        .limit(1)
    )
    if earlier is not None:
        raise RuleBroken(f"{earlier.number} looks at it already.")


def _before_the_bound(session: Session, order: WorkOrder, zone: ZoneInfo, today: date) -> date:
    """The day before the machine's chance to run on falls to 90 %; today when that is over."""
    newest = session.execute(
        sa.select(Forecast.as_of, Forecast.rul_p10_hours)
        .join(OrderEvidence, OrderEvidence.forecast_id == Forecast.id)
        .where(OrderEvidence.work_order_id == order.id)
        .order_by(OrderEvidence.at.desc(), OrderEvidence.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.rul_p10_hours is None:
        return max(today, order.due_on or today)
    bound: datetime = newest.as_of + timedelta(hours=newest.rul_p10_hours)
    return max(today, bound.astimezone(zone).date() - DAY)


def _inspection(session: Session, order: WorkOrder, machine: Equipment, due_on: date) -> WorkOrder:
    part = None if order.component_id is None else session.get_one(Component, order.component_id)
    what = "the machine" if part is None else in_sentence(part.name)
    hints = [order.description, "" if part is None else part.look_first]
    return WorkOrder(
        equipment_id=machine.id,
        component_id=order.component_id,
        mode=order.mode,
        type=OrderType.INSPECTION,
        source=Source.PREDICTION,
        state=State.OPEN,
        priority=order.priority,
        title=f"Look at {what} of {machine.tag}",
        description="\n".join(hint for hint in hints if hint),
        team_id=order.team_id,
        due_on=due_on,
        origin_id=order.id,
    )
