"""Work a suggestion can become part of, or be done together with (domain model 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.work_orders import WorkOrder
from app.domain.deadlines import Deadline, Outlook
from app.domain.roles import Scope
from app.domain.work_orders import OrderType, State
from app.queries.schedules import ScheduleRow, schedules
from app.queries.suggestions.shared_stops import Job, shared_stops
from app.queries.suggestions.windows import Window

HOSTS = (State.OPEN, State.PLANNED, State.IN_PROGRESS, State.ON_HOLD)
BESIDE = (State.OPEN, State.PLANNED)
MOST_BESIDE = 6
MORNING = time(6)
# What falls due later is not worth giving up so much of its interval, but for the part in question.
NEAR = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Host:
    """An open order of the same machine; `risk` is that of a failure before it is due."""

    id: int
    number: str
    title: str
    type: OrderType
    state: State
    on: date | None
    is_same_part: bool
    risk: float | None


@dataclass(frozen=True, slots=True)
class Service:
    """A service that has no order yet; `is_in_time`: it falls due before the lower RUL bound."""

    schedule_id: int
    title: str
    component: str | None
    due_on: date
    is_same_part: bool
    is_in_time: bool
    risk: float


@dataclass(frozen=True, slots=True)
class Beside:
    """Other open work on the machine or its line, for the same stop.

    `stops`: the windows that both fit in, the one to take first; none for work that is scheduled.
    """

    id: int
    version: int
    number: str
    title: str
    equipment_id: int
    tag: str
    is_same_machine: bool
    on: date | None
    stops: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class OtherWork:
    """`hosts` and `services` can include the suggestion; `beside` can share its stop."""

    hosts: tuple[Host, ...]
    services: tuple[Service, ...]
    beside: tuple[Beside, ...]

    @property
    def in_time(self) -> tuple[Service, ...]:
        """Services due before the bound: they absorb the suggestion as they are."""
        return tuple(service for service in self.services if service.is_in_time)

    @property
    def later(self) -> tuple[Service, ...]:
        """Services due after the bound: they would have to come forward."""
        return tuple(service for service in self.services if not service.is_in_time)


def other_work(
    session: Session,
    *,
    order: WorkOrder,
    machine: Equipment,
    outlook: Outlook,
    windows: Sequence[Window],
    deadline: Deadline,
    bound: float,
    job_hours: float | None,
    zone: ZoneInfo,
    now: datetime,
) -> OtherWork:
    """What is open and what comes round on the machine, work on the same component first.

    *windows* are those the suggestion can be done in, *bound* the order rule's threshold,
    *job_hours* what it takes.
    """
    here = Scope(frozenset({machine.site_id}))
    today = now.astimezone(zone).date()
    rows = schedules(session, scope=here, today=today, equipment_id=machine.id, active_only=True)
    kept = [row for row in rows if row.open_order_id is None]
    services = [_service(row, order, outlook, zone, now) for row in kept]
    near = [s for s in services if s.is_same_part or s.due_on <= today + NEAR]
    return OtherWork(
        hosts=hosts(session, order=order, outlook=outlook, zone=zone, now=now),
        services=tuple(sorted(near, key=lambda s: (not s.is_same_part, s.due_on))),
        beside=_beside(session, order, machine, windows, deadline, bound, job_hours, zone),
    )


def hosts(
    session: Session,
    *,
    order: WorkOrder,
    zone: ZoneInfo,
    now: datetime,
    outlook: Outlook | None = None,
) -> tuple[Host, ...]:
    """The open orders of the machine that could include a suggestion's work."""
    rows = session.scalars(
        sa.select(WorkOrder)
        .where(
            WorkOrder.equipment_id == order.equipment_id,
            WorkOrder.type != OrderType.PREDICTIVE,
            WorkOrder.state.in_(HOSTS),
            WorkOrder.id != order.id,
        )
        .order_by(WorkOrder.id)
    )
    found = [_host(row, order, outlook, zone, now) for row in rows]
    return tuple(sorted(found, key=lambda host: (not host.is_same_part, host.id)))


def _host(
    row: WorkOrder, order: WorkOrder, outlook: Outlook | None, zone: ZoneInfo, now: datetime
) -> Host:
    on = _day(row, zone)
    known = outlook is not None and on is not None
    return Host(
        id=row.id,
        number=row.number,
        title=row.title,
        type=row.type,
        state=row.state,
        on=on,
        is_same_part=row.mode == order.mode,
        risk=_risk(outlook, on, zone, now) if known and outlook and on else None,
    )


def _service(
    row: ScheduleRow, order: WorkOrder, outlook: Outlook, zone: ZoneInfo, now: datetime
) -> Service:
    bound = outlook.lower_at
    return Service(
        schedule_id=row.id,
        title=row.title,
        component=row.component,
        due_on=row.next_due_on,
        is_same_part=row.component_id is not None and row.component_id == order.component_id,
        is_in_time=bound is None or row.next_due_on < bound.astimezone(zone).date(),
        risk=_risk(outlook, row.next_due_on, zone, now),
    )


def _risk(outlook: Outlook, on: date, zone: ZoneInfo, now: datetime) -> float:
    """The risk until the morning of a day."""
    return outlook.chance_until(datetime.combine(on, MORNING, tzinfo=zone), now=now)


def _day(order: WorkOrder, zone: ZoneInfo) -> date | None:
    """When it is done: the planned day, else the day it is due."""
    planned = order.planned_start_at
    return order.due_on if planned is None else planned.astimezone(zone).date()


def _beside(
    session: Session,
    order: WorkOrder,
    machine: Equipment,
    windows: Sequence[Window],
    deadline: Deadline,
    bound: float,
    job_hours: float | None,
    zone: ZoneInfo,
) -> tuple[Beside, ...]:
    """The machine's own work first, then by due date."""
    rows = session.execute(_asked(order, machine)).all()
    jobs = [
        Job(row.id, row.equipment_id, row.estimated_hours or usual or 0.0)
        for row, _, usual in rows
        if row.state is State.OPEN and row.planned_start_at is None
    ]
    own = Job(order.id, machine.id, order.estimated_hours or job_hours or 0.0)
    stops = shared_stops(
        session,
        job=own,
        others=jobs,
        windows=windows,
        planned_at=order.planned_start_at,
        deadline=deadline,
        bound=bound,
    )
    return tuple(
        Beside(
            id=row.id,
            version=row.version,
            number=row.number,
            title=row.title,
            equipment_id=row.equipment_id,
            tag=tag,
            is_same_machine=row.equipment_id == machine.id,
            on=_day(row, zone),
            stops=stops.get(row.id, ()),
        )
        for row, tag, _ in rows
    )


def _asked(order: WorkOrder, machine: Equipment) -> sa.Select[WorkOrder, str, float | None]:
    """Orders with the tag of their machine, and how long a job on their component takes."""
    same_line = sa.and_(
        Equipment.location_id == machine.location_id, Equipment.location_id.is_not(None)
    )
    return (
        sa.select(WorkOrder, Equipment.tag, Component.job_hours)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(Component, Component.id == WorkOrder.component_id)
        .where(
            sa.or_(Equipment.id == machine.id, same_line),
            Equipment.site_id == machine.site_id,
            WorkOrder.state.in_(BESIDE),
            WorkOrder.id != order.id,
        )
        .order_by(
            (Equipment.id != machine.id), WorkOrder.due_on.is_(None), WorkOrder.due_on, WorkOrder.id
        )
        .limit(MOST_BESIDE)
    )
