"""A suggestion that is not followed, or not yet; a sensor that is doubted gets checked."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.work_orders import Finding, WorkOrder
from app.domain.errors import InvalidInput
from app.domain.roles import Actor
from app.domain.work_orders import FINISHED, Action, Dismissal, OrderType, Source, State
from app.inputs.work_orders import DismissWorkOrder, SnoozeWorkOrder
from app.queries.doubted_sensors import doubted_sensor
from app.services.equipment import bump
from app.services.work_orders.ledger import write_new
from app.services.work_orders.moving import begin, finish


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

    A sensor fault raises the order to check the sensor, once. RuleBroken for work a person asked
    for; InvalidInput for a snooze that is already over.
    """
    order = begin(session, Action.DISMISS, work_order_id, expected_version, now, by)
    _require_future(dismissal.snoozed_until, now)
    order.closed_at, order.snoozed_until = now, dismissal.snoozed_until
    write_dismissal(session, order, dismissal.dismissal, dismissal.note, now=now, by=by)
    changes = {"dismissal": dismissal.dismissal.value}
    finish(session, order, Action.DISMISS, note=dismissal.note, changes=changes, now=now, by=by)
    if dismissal.dismissal is Dismissal.SENSOR_FAULT:
        _have_the_sensor_checked(session, order, now=now, by=by)
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


def write_dismissal(
    session: Session,
    order: WorkOrder,
    dismissal: Dismissal,
    note: str,
    *,
    now: datetime,
    by: Actor,
) -> None:
    """Keep why a suggestion ends unfollowed, as a finding of its order."""
    session.add(
        Finding(
            work_order_id=order.id,
            equipment_id=order.equipment_id,
            component_id=order.component_id,
            at=now,
            dismissal=dismissal,
            note=note,
            recorded_at=now,
            recorded_by_id=by.id,
        )
    )


def _have_the_sensor_checked(
    session: Session, order: WorkOrder, *, now: datetime, by: Actor
) -> None:
    """An order to check the sensor that spoke loudest, unless one is open for it."""
    machine = session.get_one(Equipment, order.equipment_id)
    sensor = doubted_sensor(session, work_order_id=order.id)
    if sensor is None:
        title = f"Check the sensors of {machine.tag}"
    else:
        title = f"Check sensor {sensor.code} of {machine.tag}: {sensor.name}"[:120]
    if _is_asked_for(session, machine.id, title):
        return
    row = WorkOrder(
        equipment_id=machine.id,
        type=OrderType.CALIBRATION,
        source=Source.PERSON,
        state=State.OPEN,
        title=title,
        description="" if sensor is None else sensor.sentence,
        team_id=machine.team_id,
        origin_id=order.id,
    )
    told = f"{order.number} was dismissed: the sensor is doubted."
    write_new(session, row, now=now, by=by, note=told)


def _is_asked_for(session: Session, equipment_id: int, title: str) -> bool:
    found = session.scalar(
        sa.select(WorkOrder.id)
        .where(
            WorkOrder.equipment_id == equipment_id,
            WorkOrder.type == OrderType.CALIBRATION,
            WorkOrder.title == title,
            WorkOrder.state.not_in(FINISHED),
        )
        .limit(1)
    )
    return found is not None


def _require_future(moment: datetime | None, now: datetime) -> None:
    if moment is not None and moment <= now:
        raise InvalidInput({"snoozed_until": "must lie in the future"})
