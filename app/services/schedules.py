"""Preventive schedules and the orders they raise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.places import Site
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import ANY_MODE, WorkOrder, order_number
from app.domain.equipment import Status
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken, Stale
from app.domain.roles import EVERYWHERE, Actor, Capability, Scope
from app.domain.schedules import Due, Interval, ScheduleBasis, due_now, next_due
from app.domain.work_orders import FINISHED, OrderType, Source, State
from app.inputs.schedules import CreateSchedule, UpdateSchedule
from app.services import audit
from app.services.work_orders import write_new

_DAY = "%d %b %Y"
_RESTING = frozenset({Status.OUT_OF_SERVICE, Status.RETIRED})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A due occurrence that raised nothing, and why."""

    schedule_id: int
    schedule: str
    occurrence: date
    why: str


@dataclass(slots=True)
class Generated:
    """What one generation did: order ids, occurrences waiting for an open order, and skips."""

    raised: list[int] = field(default_factory=list)
    suppressed: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def create(session: Session, *, schedule: CreateSchedule, now: datetime, by: Actor) -> int:
    """Add a schedule and return its id; raise NotFound, InvalidInput or RuleBroken (same title)."""
    _require_planner(by)
    machine = session.get(Equipment, schedule.equipment_id)
    if machine is None or not by.scope.sees(machine.site_id):
        raise NotFound(f"There is no equipment {schedule.equipment_id}.")
    _check(session, machine, schedule, own_id=None)
    row = PreventiveSchedule(**schedule.model_dump())
    session.add(row)
    session.flush()
    _record(session, row.id, "create", schedule.model_dump(mode="json"), now, by)
    return row.id


def update(
    session: Session,
    *,
    schedule_id: int,
    schedule: UpdateSchedule,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Change a schedule from its next occurrence on; raise NotFound, Stale or RuleBroken.

    What was not sent (`last_done_on`, say) stays as it is.
    """
    _require_planner(by)
    row, machine = _find(session, schedule_id, expected_version, by)
    _check(session, machine, schedule, own_id=row.id)
    old = {name: getattr(row, name) for name in sorted(schedule.model_fields_set)}
    changes = {}
    for name, before in old.items():
        after = getattr(schedule, name)
        if before != after:
            changes[name] = [_plain(before), _plain(after)]
            setattr(row, name, after)
    if not changes:
        return
    session.flush()
    _record(session, row.id, "update", changes, now, by)


def deactivate(
    session: Session,
    *,
    schedule_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Raise nothing any more; orders already raised stay."""
    _require_planner(by)
    row, _ = _find(session, schedule_id, expected_version, by)
    if row.is_active:
        row.is_active = False
        session.flush()
        _record(session, row.id, "update", {"is_active": [True, False]}, now, by)


def generate(
    session: Session,
    *,
    now: datetime,
    by: Actor,
    today: date | None = None,
    scope: Scope = EVERYWHERE,
) -> Generated:
    """Raise the order of every occurrence that is due and was not raised yet.

    Without *today* each site goes by its own local date.

    1. One open order per schedule: while it is open, the next occurrence is counted only.
    2. A machine out of service raises nothing; the skip is named.
    3. Missed occurrences of a fixed schedule are folded into the latest.

    Run twice it raises nothing twice: the occurrence is remembered here and unique in the table.
    """
    done = Generated()
    for row, machine, zone in _active(session, scope):
        due = _due(row, today or now.astimezone(ZoneInfo(zone)).date())
        if due is None:
            continue
        why_not = _why_not(session, row, machine, due)
        if _open_order(session, row.id) is not None:
            done.suppressed += 1
        elif why_not is not None:
            name = f"{machine.tag}: {row.title}"
            done.skipped.append(Skipped(row.id, name, due.on, why_not))
        else:
            done.raised.append(_raise(session, row, machine, due, now=now, by=by))
    return done


def pull_forward(
    session: Session,
    *,
    schedule_id: int,
    on: date,
    why: str,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """Raise the next occurrence now, due already on *on*; return its order's id.

    What comes after it is as if it had been completed early: a floating schedule counts from the
    completion, a fixed one keeps its dates. Raise NotAllowed, NotFound, Stale, InvalidInput for a
    day after the due date or in the past, RuleBroken when an order is open for it already.
    """
    _require_planner(by)
    row, machine = _find(session, schedule_id, expected_version, by)
    zone = ZoneInfo(session.get_one(Site, machine.site_id).timezone)
    due = _next(row)
    _refuse_pull(session, row, machine, due, on, now.astimezone(zone).date())
    told = f"{why} Pulled forward from {due.on:{_DAY}} to {on:{_DAY}}. {_afterwards(row, due.on)}"
    order_id = _raise(session, row, machine, due, now=now, by=by, note=told.strip())
    session.get_one(WorkOrder, order_id).due_on = on
    session.flush()
    return order_id


def _refuse_pull(
    session: Session,
    row: PreventiveSchedule,
    machine: Equipment,
    due: Due,
    on: date,
    today: date,
) -> None:
    last = max(today, due.on)
    if not today <= on <= last:
        raise InvalidInput({"on": f"must lie between today and {last:{_DAY}}"})
    waiting = _open_order(session, row.id)
    if waiting is not None:
        raise RuleBroken(f"{order_number(waiting)} is open for {row.title} already.")
    why_not = _why_not(session, row, machine, due)
    if not row.is_active or why_not is not None:
        raise RuleBroken(why_not or f"{row.title} has ended.")


def _afterwards(row: PreventiveSchedule, due_on: date) -> str:
    if row.basis is ScheduleBasis.FLOATING:
        return "The next one counts from its completion."
    following = Interval(row.every, row.unit).after(due_on, anchor_day=row.starts_on.day)
    return f"The one after it stays due on {following:{_DAY}}."


def _active(session: Session, scope: Scope) -> list[tuple[PreventiveSchedule, Equipment, str]]:
    """Active schedules with their machine and its site's time zone, held for this transaction."""
    wanted = (
        sa.select(PreventiveSchedule, Equipment, Site.timezone)
        .join(Equipment, Equipment.id == PreventiveSchedule.equipment_id)
        .join(Site, Site.id == Equipment.site_id)
        .where(PreventiveSchedule.is_active)
        .order_by(PreventiveSchedule.id)
        .with_for_update(of=PreventiveSchedule)
        .execution_options(populate_existing=True)
    )
    if scope.site_ids is not None:
        wanted = wanted.where(Equipment.site_id.in_(scope.site_ids))
    return [(row, machine, zone) for row, machine, zone in session.execute(wanted)]


def _due(row: PreventiveSchedule, today: date) -> Due | None:
    return due_now(
        Interval(row.every, row.unit),
        row.basis,
        starts_on=row.starts_on,
        last_due_on=row.last_due_on,
        last_done_on=row.last_done_on,
        lead_days=row.lead_days,
        today=today,
    )


def _next(row: PreventiveSchedule) -> Due:
    """The next occurrence, however far away."""
    due_on = next_due(
        Interval(row.every, row.unit),
        row.basis,
        starts_on=row.starts_on,
        last_due_on=row.last_due_on,
        last_done_on=row.last_done_on,
    )
    return Due(due_on, 0, f"due {due_on:{_DAY}}")


def _why_not(session: Session, row: PreventiveSchedule, machine: Equipment, due: Due) -> str | None:
    if machine.status in _RESTING:
        return f"{machine.tag} is {machine.status.value.replace('_', ' ')}."
    earlier = session.scalar(
        sa.select(WorkOrder.id).where(
            WorkOrder.schedule_id == row.id, WorkOrder.occurrence_on == due.on
        )
    )
    return None if earlier is None else f"{order_number(earlier)} was raised for it."


def _open_order(session: Session, schedule_id: int) -> int | None:
    return session.scalar(
        sa.select(WorkOrder.id)
        .where(WorkOrder.schedule_id == schedule_id, WorkOrder.state.not_in(FINISHED))
        .limit(1)
    )


def _raise(
    session: Session,
    row: PreventiveSchedule,
    machine: Equipment,
    due: Due,
    *,
    now: datetime,
    by: Actor,
    note: str = "",
) -> int:
    component = None if row.component_id is None else session.get_one(Component, row.component_id)
    late = f" Stands for {due.missed} earlier ones, too." if due.missed else ""
    order = WorkOrder(
        equipment_id=machine.id,
        component_id=row.component_id,
        mode=ANY_MODE if component is None else component.code,
        type=OrderType.PREVENTIVE,
        source=Source.SCHEDULE,
        state=State.OPEN,
        title=row.title,
        description=f"{due.why[0].upper()}{due.why[1:]}.{late}",
        team_id=machine.team_id,
        due_on=due.on,
        schedule_id=row.id,
        occurrence_on=due.on,
    )
    write_new(session, order, now=now, by=by, note=note or due.why)
    row.last_due_on = due.on
    session.flush()
    return order.id


def _find(
    session: Session, schedule_id: int, expected_version: int | None, by: Actor
) -> tuple[PreventiveSchedule, Equipment]:
    row = session.get(PreventiveSchedule, schedule_id, with_for_update=True, populate_existing=True)
    machine = None if row is None else session.get_one(Equipment, row.equipment_id)
    if row is None or machine is None or not by.scope.sees(machine.site_id):
        raise NotFound(f"There is no schedule {schedule_id}.")
    if expected_version is not None and row.version != expected_version:
        raise Stale(
            f"{row.title} was changed in the meantime: you saw version {expected_version},"
            f" it is now version {row.version}."
        )
    return row, machine


def _check(
    session: Session, machine: Equipment, schedule: UpdateSchedule, *, own_id: int | None
) -> None:
    if schedule.component_id is not None:
        component = session.get(Component, schedule.component_id)
        if component is None or component.equipment_class_id != machine.equipment_class_id:
            raise InvalidInput({"component_id": f"{machine.tag} has no such component."})
    same = session.scalar(
        sa.select(PreventiveSchedule.id).where(
            PreventiveSchedule.equipment_id == machine.id,
            PreventiveSchedule.title == schedule.title,
        )
    )
    if same is not None and same != own_id:
        raise RuleBroken(f"{machine.tag} already has a schedule {schedule.title}.")


def _require_planner(by: Actor) -> None:
    if not by.may(Capability.PLAN):
        raise NotAllowed("Only a planner or admin can change schedules.")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _record(
    session: Session,
    schedule_id: int,
    action: str,
    changes: dict[str, Any],
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity="preventive_schedule",
        entity_id=schedule_id,
        action=action,
        changes=changes,
        now=now,
        by=by,
    )
