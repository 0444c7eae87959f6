"""Completion: the finding is written, and with it the failures and renewals nights learn from."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.equipment import Component, Equipment
from app.db.places import Site
from app.db.records import Failure, ServiceRecord
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import Finding, WorkOrder
from app.domain.errors import InvalidInput
from app.domain.order_actions import SUGGESTIONS
from app.domain.roles import Actor
from app.domain.work_orders import (
    Action,
    Function,
    OrderType,
    Outcome,
    Source,
)
from app.inputs.work_orders import CompleteWorkOrder
from app.services.equipment import bump
from app.services.work_orders.answering import about, absorbed_parts, as_an_answer
from app.services.work_orders.deed import Deed, deed_of
from app.services.work_orders.inspecting import answer
from app.services.work_orders.moving import begin, finish
from app.services.work_orders.raising import mode_of

_CODED = frozenset({OrderType.CORRECTIVE, OrderType.PREDICTIVE})
_PLANNED = frozenset({OrderType.PREVENTIVE, OrderType.PREDICTIVE, OrderType.INSPECTION})
# What names its component, or the night could not tell what the finding is about.
_SOMETHING = frozenset(
    {Outcome.FAULT_AS_PREDICTED, Outcome.OTHER_FAULT, Outcome.NOTHING_FOUND_REPLACED}
)
_FOUND = ("outcome", "function", "condition_found", "failed_at", "note")


def complete(
    session: Session,
    *,
    work_order_id: int,
    finding: CompleteWorkOrder,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """The work is done: keep what was found, and what follows from it.

    1. The finding, replacing that of an earlier completion (rework).
    2. Function lost: a failure at `failed_at`, else at the order's creation.
    3. A renewing activity: a service record of the component (none given: the whole machine). What
       is not told of an order of a schedule is what the schedule says is done.
    4. A preventive order: its schedule was last done today (the site's date).
    5. A suggestion that asked for it, or is part of it, is answered.
    """
    order = begin(session, Action.COMPLETE, work_order_id, expected_version, now, by)
    machine = session.get_one(Equipment, order.equipment_id)
    _require_coding(session, order, finding, now)
    mode_of(session, machine, finding.component_id)
    absorbed = absorbed_parts(session, order)
    component_id = about(order, finding, absorbed)
    deed = deed_of(session, order, finding, component_id)
    finding = as_an_answer(finding, component_id, deed, absorbed)
    _write_finding(session, order, finding, component_id, now=now, by=by)
    _write_failure(session, order, finding, component_id, now=now)
    _write_service(session, order, finding, component_id, deed, now=now)
    changes = _coded(finding, deed) | _note_done(session, order, machine, now)
    # The order itself last: queries in between would flush it, and count two versions for one deed.
    order.completed_at = now
    order.labour_hours, order.downtime_hours = finding.labour_hours, finding.downtime_hours
    finish(session, order, Action.COMPLETE, note=finding.note, changes=changes, now=now, by=by)
    answer(session, order, finding, now=now, by=by)
    bump(session, [machine.id])


def undo(
    session: Session,
    *,
    work_order_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Take a completion back within 30 minutes, with everything it wrote."""
    order = begin(session, Action.UNDO, work_order_id, expected_version, now, by)
    _withdraw(session, order)
    _restore_schedule(session, order)
    order.completed_at = order.labour_hours = order.downtime_hours = None
    finish(session, order, Action.UNDO, now=now, by=by)
    bump(session, [order.equipment_id])


def _require_coding(
    session: Session, order: WorkOrder, finding: CompleteWorkOrder, now: datetime
) -> None:
    problems = {}
    if order.type is OrderType.PREDICTIVE and finding.outcome is None:
        problems["outcome"] = "Say what was found of what was predicted."
    if order.source is Source.DEVIATION or _is_asked_for_look(order):
        problems |= _what_was_found(session, order, finding)
    if order.type in _CODED and finding.function is None:
        problems["function"] = "Say whether the machine lost its function."
    problems |= _when_it_failed(order, finding, now)
    if problems:
        raise InvalidInput(problems)


def _is_asked_for_look(order: WorkOrder) -> bool:
    return order.type is OrderType.INSPECTION and order.origin_id is not None


def _what_was_found(
    session: Session, order: WorkOrder, finding: CompleteWorkOrder
) -> dict[str, str]:
    """A suggested inspection teaches by what it found, and where: the suggestion names no part."""
    if finding.outcome is None:
        return {"outcome": "Say what the inspection found."}
    is_somewhere = (finding.component_id or order.component_id) is not None
    if finding.outcome in _SOMETHING and not is_somewhere and _has_components(session, order):
        return {"component_id": "Say which component it was."}
    return {}


def _has_components(session: Session, order: WorkOrder) -> bool:
    parts = (
        sa.select(Component.id)
        .join(Equipment, Equipment.equipment_class_id == Component.equipment_class_id)
        .where(Equipment.id == order.equipment_id)
        .limit(1)
    )
    return session.scalar(parts) is not None


def _when_it_failed(order: WorkOrder, finding: CompleteWorkOrder, now: datetime) -> dict[str, str]:
    if finding.failed_at is not None and finding.failed_at > now:
        return {"failed_at": "lies in the future"}
    # A suggestion is older than the failure it came before: its creation is no failure time.
    is_unknown = finding.function is Function.LOST and finding.failed_at is None
    if is_unknown and order.source in SUGGESTIONS:
        return {"failed_at": "Say when the machine lost its function."}
    return {}


def _write_finding(
    session: Session,
    order: WorkOrder,
    finding: CompleteWorkOrder,
    component_id: int | None,
    *,
    now: datetime,
    by: Actor,
) -> None:
    row = session.scalar(sa.select(Finding).where(Finding.work_order_id == order.id))
    if row is None:
        row = Finding(work_order_id=order.id, equipment_id=order.equipment_id)
        session.add(row)
    for name in _FOUND:
        setattr(row, name, getattr(finding, name))
    row.component_id, row.at = component_id, now
    row.recorded_at, row.recorded_by_id = now, by.id


def _write_failure(
    session: Session,
    order: WorkOrder,
    finding: CompleteWorkOrder,
    component_id: int | None,
    *,
    now: datetime,
) -> None:
    """One failure of this order, or none; a failure already known from elsewhere is not doubled."""
    at = finding.failed_at or order.created_at
    same = sa.and_(Failure.at == at, Failure.component_id.is_not_distinct_from(component_id))
    is_lost = finding.function is Function.LOST
    outdated = sa.delete(Failure).where(Failure.work_order_id == order.id)
    session.execute(outdated.where(sa.not_(same)) if is_lost else outdated)
    if not is_lost or _known(session, Failure, order, at, component_id):
        return
    session.add(
        Failure(
            equipment_id=order.equipment_id,
            component_id=component_id,
            at=at,
            work_order_id=order.id,
            recorded_at=now,
        )
    )


def _write_service(
    session: Session,
    order: WorkOrder,
    finding: CompleteWorkOrder,
    component_id: int | None,
    deed: Deed,
    *,
    now: datetime,
) -> None:
    if not deed.is_renewal or _known(session, ServiceRecord, order, now, deed.component_id):
        return
    is_planned = order.type in _PLANNED and finding.function is not Function.LOST
    # How another part looked says nothing about the end of this one's life.
    looked = finding.condition_found if deed.component_id == component_id else None
    session.add(
        ServiceRecord(
            equipment_id=order.equipment_id,
            component_id=deed.component_id,
            at=now,
            activity=deed.activity.value,
            is_planned=is_planned,
            condition_found=looked,
            work_order_id=order.id,
            recorded_at=now,
        )
    )


def _known(
    session: Session,
    kind: type[Failure] | type[ServiceRecord],
    order: WorkOrder,
    at: datetime,
    component_id: int | None,
) -> bool:
    found = session.scalar(
        sa.select(kind.id).where(
            kind.equipment_id == order.equipment_id,
            kind.at == at,
            kind.component_id.is_not_distinct_from(component_id),
        )
    )
    return found is not None


def _coded(finding: CompleteWorkOrder, deed: Deed) -> dict[str, object]:
    """The finding as plain facts for the audit row, with the renewal it counts as."""
    facts = finding.model_dump(mode="json", exclude_none=True, exclude={"note"})
    return {"finding": facts | ({"activity": deed.activity.value} if deed.is_renewal else {})}


def _note_done(
    session: Session, order: WorkOrder, machine: Equipment, now: datetime
) -> dict[str, object]:
    """Move the schedule's last completion; the audit row keeps the day it was before."""
    if order.schedule_id is None:
        return {}
    schedule = session.get_one(PreventiveSchedule, order.schedule_id, with_for_update=True)
    zone = ZoneInfo(session.get_one(Site, machine.site_id).timezone)
    before, schedule.last_done_on = schedule.last_done_on, now.astimezone(zone).date()
    return {"last_done_on": [before and before.isoformat(), schedule.last_done_on.isoformat()]}


def _withdraw(session: Session, order: WorkOrder) -> None:
    """Delete what this completion wrote; a renewal before an earlier rework stays."""
    session.execute(sa.delete(Finding).where(Finding.work_order_id == order.id))
    session.execute(sa.delete(Failure).where(Failure.work_order_id == order.id))
    session.execute(
        sa.delete(ServiceRecord).where(
            ServiceRecord.work_order_id == order.id, ServiceRecord.at == order.completed_at
        )
    )


def _restore_schedule(session: Session, order: WorkOrder) -> None:
    """Give the schedule the day back that the completion replaced, unless it was moved since."""
    if order.schedule_id is None:
        return
    changes = session.scalars(
        sa.select(AuditRow.changes)
        .where(
            AuditRow.entity == "work_order",
            AuditRow.entity_id == str(order.id),
            AuditRow.action == Action.COMPLETE.value,
        )
        .order_by(AuditRow.id.desc())
        .limit(1)
    ).one()
    before, after = changes["last_done_on"]
    schedule = session.get_one(PreventiveSchedule, order.schedule_id, with_for_update=True)
    if schedule.last_done_on is not None and schedule.last_done_on.isoformat() == after:
        schedule.last_done_on = before and schedule.last_done_on.fromisoformat(before)
