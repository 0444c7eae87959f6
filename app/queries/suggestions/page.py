"""One suggestion, put together: everything its page shows beside the order itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import WorkOrder
from app.domain.deadlines import Deadline, cost_of_waiting
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.work_orders import OrderType, State
from app.queries.places import site_zone
from app.queries.predictions import leading
from app.queries.rules_in_force import RuleBook
from app.queries.suggestions.other_work import Host, OtherWork, hosts, other_work
from app.queries.suggestions.reasons import Reason, reasons
from app.queries.suggestions.sureness import Sureness, sureness
from app.queries.suggestions.windows import Window, windows, windows_of_service

DAY, WEEK = timedelta(days=1), timedelta(days=7)
UNDECIDED = frozenset({State.REQUESTED, State.OPEN, State.PLANNED})


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was entered of a job on the component; None and "" = nobody said."""

    component_id: int | None
    class_id: int
    job_hours: float | None
    part_lead_hours: float | None
    look_first: str
    tools: str
    parts: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waiting so long is expected to cost, in the order rule's currency."""

    day: float
    week: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What speaks for and against each answer to a suggestion, by the newest forecast."""

    as_of: datetime
    threshold: float
    lower_at: datetime | None
    deadline: Deadline
    waiting: Waiting
    windows: tuple[Window, ...]
    other_work: OtherWork
    reasons: tuple[Reason, ...]
    sureness: Sureness
    preparation: Preparation
    inspection: tuple[int, str] | None

    @property
    def proposed(self) -> Window | None:
        """The window to take."""
        return next((window for window in self.windows if window.is_proposed), None)


def suggestion(
    session: Session, *, scope: Scope, work_order_id: int, now: datetime
) -> Suggestion | None:
    """What belongs to a predictive order that is not begun; None for every other order.

    Raise NotFound, for a foreign site's order too.
    """
    order, machine = _order(session, scope, work_order_id)
    newest = _newest(session, order)
    if newest is None or order.type is not OrderType.PREDICTIVE or order.state not in UNDECIDED:
        return None
    rule = RuleBook(session, {machine.id: machine.equipment_class_id}).at(machine.id, now)
    told = leading(session, runs={machine.id: newest.run_id}, component=order.mode)[machine.id]
    outlook = told.outlook
    zone = ZoneInfo(site_zone(session, site_id=machine.site_id))
    offered = windows(
        session,
        equipment_id=machine.id,
        outlook=outlook,
        bound=rule.threshold,
        job=timedelta(hours=told.job_hours or 0),
        part_lead=timedelta(hours=told.part_lead_hours or 0),
        now=now,
    )
    deadline = told.deadline(rule.threshold, now=now)
    return Suggestion(
        as_of=newest.as_of,
        threshold=rule.threshold,
        lower_at=outlook.lower_at,
        deadline=deadline,
        waiting=Waiting(
            cost_of_waiting(outlook, rule.gain, DAY, now=now),
            cost_of_waiting(outlook, rule.gain, WEEK, now=now),
        ),
        windows=offered,
        other_work=other_work(
            session,
            order=order,
            machine=machine,
            outlook=outlook,
            windows=offered,
            deadline=deadline,
            bound=rule.threshold,
            job_hours=told.job_hours,
            zone=zone,
            now=now,
        ),
        reasons=reasons(session, machine=machine, drivers=newest.drivers, now=now),
        sureness=sureness(session, scope=scope, machine=machine, newest=newest, now=now),
        preparation=_preparation(session, order, machine),
        inspection=_inspection(session, order),
    )


def hosts_of(
    session: Session, *, scope: Scope, work_order_id: int, now: datetime
) -> tuple[Host, ...]:
    """The open orders that could include the work of any suggestion; raise NotFound."""
    order, machine = _order(session, scope, work_order_id)
    zone = ZoneInfo(site_zone(session, site_id=machine.site_id))
    return hosts(session, order=order, zone=zone, now=now)


def service_windows(
    session: Session, *, scope: Scope, work_order_id: int, now: datetime
) -> tuple[Window, ...]:
    """The windows a service that is open or planned proposes; () for every other order."""
    order, machine = _order(session, scope, work_order_id)
    if order.type is not OrderType.PREVENTIVE or order.state not in (State.OPEN, State.PLANNED):
        return ()
    zone = ZoneInfo(site_zone(session, site_id=machine.site_id))
    return windows_of_service(session, order=order, zone=zone, now=now)


def _order(session: Session, scope: Scope, work_order_id: int) -> tuple[WorkOrder, Equipment]:
    order = session.get(WorkOrder, work_order_id)
    machine = None if order is None else session.get_one(Equipment, order.equipment_id)
    if order is None or machine is None or not scope.sees(machine.site_id):
        raise NotFound(f"There is no work order {work_order_id}.")
    return order, machine


def _newest(session: Session, order: WorkOrder) -> Forecast | None:
    """The newest night's word on the machine's failure mode."""
    return session.scalar(
        sa.select(Forecast)
        .where(Forecast.equipment_id == order.equipment_id, Forecast.mode == order.mode)
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
    )


def _preparation(session: Session, order: WorkOrder, machine: Equipment) -> Preparation:
    part = session.scalar(
        sa.select(Component).where(
            Component.equipment_class_id == machine.equipment_class_id,
            Component.code == order.mode,
        )
    )
    class_id = machine.equipment_class_id
    if part is None:
        return Preparation(None, class_id, None, None, "", "", "")
    return Preparation(
        component_id=part.id,
        class_id=class_id,
        job_hours=part.job_hours,
        part_lead_hours=part.part_lead_hours,
        look_first=part.look_first,
        tools=part.tools,
        parts=part.parts,
    )


def _inspection(session: Session, order: WorkOrder) -> tuple[int, str] | None:
    """The newest inspection that was asked for: its id and number."""
    found = session.scalar(
        sa.select(WorkOrder)
        .where(WorkOrder.origin_id == order.id, WorkOrder.type == OrderType.INSPECTION)
        .order_by(WorkOrder.id.desc())
        .limit(1)
    )
    return None if found is None else (found.id, found.number)
