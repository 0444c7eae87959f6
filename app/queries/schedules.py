"""Preventive schedules with their next due date and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder
from app.domain.activities import Activity
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.schedules import Interval, ScheduleBasis, Unit, due_now, next_due
from app.domain.work_orders import FINISHED


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One schedule as the list shows it; `late_days` is 0 until the next due date has passed."""

    id: int
    equipment_id: int
    equipment_tag: str
    equipment_name: str
    site_id: int
    component_id: int | None
    component: str | None
    title: str
    activity: Activity
    every: int
    unit: Unit
    basis: ScheduleBasis
    lead_days: int
    starts_on: date
    last_due_on: date | None
    last_done_on: date | None
    is_active: bool
    version: int
    next_due_on: date
    why: str
    late_days: int
    open_order_id: int | None


def schedules(
    session: Session,
    *,
    scope: Scope,
    today: date,
    equipment_id: int | None = None,
    active_only: bool = False,
) -> list[ScheduleRow]:
    """The schedules of these sites, the next due first."""
    where: list[sa.ColumnElement[bool]] = []
    if equipment_id is not None:
        where.append(PreventiveSchedule.equipment_id == equipment_id)
    if active_only:
        where.append(PreventiveSchedule.is_active.is_(True))
    rows = _rows(session, scope, today, where)
    return sorted(rows, key=lambda row: (not row.is_active, row.next_due_on, row.id))


def schedule(session: Session, *, scope: Scope, schedule_id: int, today: date) -> ScheduleRow:
    """One schedule; raise NotFound."""
    for row in _rows(session, scope, today, [PreventiveSchedule.id == schedule_id]):
        return row
    raise NotFound(f"There is no schedule {schedule_id}.")


def _rows(
    session: Session, scope: Scope, today: date, where: list[sa.ColumnElement[bool]]
) -> list[ScheduleRow]:
    wanted = (
        sa.select(PreventiveSchedule, Equipment, Component.name)
        .join(Equipment, Equipment.id == PreventiveSchedule.equipment_id)
        .outerjoin(Component, Component.id == PreventiveSchedule.component_id)
        .where(*where)
        .order_by(PreventiveSchedule.id)
    )
    if scope.site_ids is not None:
        wanted = wanted.where(Equipment.site_id.in_(scope.site_ids))
    found = session.execute(wanted).all()
    waiting = _open_orders(session)
    return [
        _row(row, machine, component, today, waiting.get(row.id))
        for row, machine, component in found
    ]


def _open_orders(session: Session) -> dict[int, int]:
    rows = session.execute(
        sa.select(WorkOrder.schedule_id, sa.func.max(WorkOrder.id))
        .where(WorkOrder.schedule_id.is_not(None), WorkOrder.state.not_in(FINISHED))
        .group_by(WorkOrder.schedule_id)
    )
    return {schedule_id: order_id for schedule_id, order_id in rows if schedule_id is not None}


def _row(
    row: PreventiveSchedule,
    machine: Equipment,
    component: str | None,
    today: date,
    open_order_id: int | None,
) -> ScheduleRow:
    due_on, why = _next(row)
    return ScheduleRow(
        id=row.id,
        equipment_id=machine.id,
        equipment_tag=machine.tag,
        equipment_name=machine.name,
        site_id=machine.site_id,
        component_id=row.component_id,
        component=component,
        title=row.title,
        activity=row.activity,
        every=row.every,
        unit=row.unit,
        basis=row.basis,
        lead_days=row.lead_days,
        starts_on=row.starts_on,
        last_due_on=row.last_due_on,
        last_done_on=row.last_done_on,
        is_active=row.is_active,
        version=row.version,
        next_due_on=due_on,
        why=why,
        late_days=max(0, (today - due_on).days),
        open_order_id=open_order_id,
    )


def _next(row: PreventiveSchedule) -> tuple[date, str]:
    """The next due date and its reason, by the same rule as the generator."""
    interval = Interval(row.every, row.unit)
    due_on = next_due(
        interval,
        row.basis,
        starts_on=row.starts_on,
        last_due_on=row.last_due_on,
        last_done_on=row.last_done_on,
    )
    due = due_now(
        interval,
        row.basis,
        starts_on=row.starts_on,
        last_due_on=row.last_due_on,
        last_done_on=row.last_done_on,
        lead_days=0,
        today=due_on,
    )
    return due_on, "" if due is None else due.why
