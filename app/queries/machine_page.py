"""One machine's page: its sensors, open orders, what happened to it, and its prediction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.places import Location, Site, Team
from app.db.predictions import PredictorVersion
from app.db.readings import reading_hour
from app.db.records import Failure, ServiceRecord
from app.db.sensors import Sensor, SensorAssignment
from app.db.training import MachineOutcome, MachineStatus
from app.db.work_orders import WorkOrder, order_number
from app.domain.equipment import Criticality, Status
from app.domain.roles import Scope
from app.domain.sensors import SENSOR_KINDS
from app.domain.work_orders import UNFINISHED, OrderType, Priority, State
from app.queries.after_work import after_work
from app.queries.equipment import Choice, components, machine
from app.queries.forecasts import Prediction, prediction
from app.queries.machine_health import HealthView, machine_health
from app.queries.sensor_faults import SensorFault, sensor_faults
from app.queries.sensors import is_heard_after, roles_ended

NEWEST_RECORDS = 12


@dataclass(frozen=True, slots=True)
class SensorView:
    """A measuring point with its newest hour; the instant is integer UTC microseconds.

    taken_off_at: its role ended then and it has sent nothing since; None = it is in its place.
    """

    id: int
    code: str
    name: str
    kind: str
    unit: str
    decimals: int
    last: float | None
    last_at: int | None
    fault: SensorFault | None
    taken_off_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order as one line of another page."""

    id: int
    number: str
    title: str
    type: OrderType
    state: State
    priority: Priority
    due_on: date | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A failure or a service: what, when, by which order; `after_id` is the work before a failure
    that came within 14 days of it."""

    kind: str
    at: datetime
    component: str
    detail: str
    order_id: int | None
    after_id: int | None = None


@dataclass(frozen=True, slots=True)
class MachinePage:
    """Everything the page of one machine shows; `unpredicted` says what a prediction lacks."""

    id: int
    tag: str
    name: str
    class_name: str
    site_name: str
    location: str
    team: str
    criticality: Criticality
    status: Status
    make: str
    model: str
    serial: str
    installed_on: date | None
    attributes: tuple[tuple[str, str], ...]
    components: tuple[Choice, ...]
    sensors: tuple[SensorView, ...]
    open_orders: tuple[OrderLine, ...]
    records: tuple[RecordLine, ...]
    prediction: Prediction | None
    unpredicted: str
    health: HealthView | None
    class_id: int


def machine_page(
    session: Session, *, scope: Scope, equipment_id: int, now: datetime
) -> MachinePage:
    """One machine with sensors, open orders, newest records and prediction; raise NotFound."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    return MachinePage(
        id=row.id,
        tag=row.tag,
        name=row.name,
        class_name=session.get_one(EquipmentClass, row.equipment_class_id).name,
        site_name=session.get_one(Site, row.site_id).name,
        location=_name(session, Location.name, Location.id == row.location_id),
        team=_name(session, Team.name, Team.id == row.team_id),
        criticality=row.criticality,
        status=row.status,
        make=row.make,
        model=row.model,
        serial=row.serial,
        installed_on=row.installed_on,
        attributes=tuple((str(name), str(value)) for name, value in row.attributes.items()),
        components=components(session, class_id=row.equipment_class_id),
        sensors=_sensors(session, row.id, scope, now),
        open_orders=_open_orders(session, row.id),
        records=_records(session, row.id, scope, now),
        prediction=prediction(session, machine=row, now=now),
        unpredicted=_unpredicted(session, row.id),
        health=machine_health(session, machine=row),
        class_id=row.equipment_class_id,
    )


def _unpredicted(session: Session, equipment_id: int) -> str:
    """Why the newest night could not predict, in its words; also of a machine it skipped."""
    reason = session.scalar(
        sa.select(PredictorVersion.reason).where(
            PredictorVersion.equipment_id == equipment_id, PredictorVersion.is_current
        )
    )
    return (_skipped(session, equipment_id) if reason is None else reason) or ""


def _skipped(session: Session, equipment_id: int) -> str | None:
    return session.scalar(
        sa.select(MachineOutcome.reason)
        .where(
            MachineOutcome.equipment_id == equipment_id,
            MachineOutcome.status == MachineStatus.SKIPPED,
        )
        .order_by(MachineOutcome.id.desc())
        .limit(1)
    )


def _name(session: Session, name: Any, wanted: Any) -> str:
    return session.scalar(sa.select(name).where(wanted)) or ""


def _sensors(
    session: Session, equipment_id: int, scope: Scope, now: datetime
) -> tuple[SensorView, ...]:
    faults = {
        fault.sensor_id: fault
        for fault in sensor_faults(session, scope=scope, now=now, equipment_id=equipment_id)
    }
    ended = roles_ended(session, now=now, equipment_id=equipment_id)
    rows = session.scalars(
        sa.select(Sensor)
        .outerjoin(
            SensorAssignment,
            (SensorAssignment.sensor_id == Sensor.id) & SensorAssignment.ended_at.is_(None),
        )
        .where(Sensor.equipment_id == equipment_id, Sensor.is_active)
        # Sensors that predictions know by a role come first.
        .order_by(SensorAssignment.id.is_(None), Sensor.code, Sensor.id)
    )
    return tuple(_sensor(session, row, faults.get(row.id), ended.get(row.id)) for row in rows.all())


def _sensor(
    session: Session, row: Sensor, fault: SensorFault | None, ended_at: datetime | None
) -> SensorView:
    kind = SENSOR_KINDS[row.kind]
    newest = session.execute(
        sa.select(reading_hour.c.last, reading_hour.c.last_at, reading_hour.c.hour)
        .where(reading_hour.c.sensor_id == row.id)
        .order_by(reading_hour.c.hour.desc())
        .limit(1)
    ).first()
    is_still_heard = newest and ended_at and is_heard_after(newest[2], ended_at)
    return SensorView(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        unit=row.unit or kind.unit,
        decimals=kind.decimals,
        last=newest[0] if newest else None,
        last_at=newest[1] if newest else None,
        fault=fault,
        taken_off_at=None if is_still_heard else ended_at,
    )


def _open_orders(session: Session, equipment_id: int) -> tuple[OrderLine, ...]:
    rows = session.scalars(
        sa.select(WorkOrder)
        .where(WorkOrder.equipment_id == equipment_id, WorkOrder.state.in_(UNFINISHED))
        .order_by(WorkOrder.due_on.is_(None), WorkOrder.due_on, WorkOrder.id)
    )
    return tuple(
        OrderLine(
            row.id,
            order_number(row.id),
            row.title,
            row.type,
            row.state,
            row.priority,
            row.due_on,
            row.created_at,
        )
        for row in rows
    )


def _records(
    session: Session, equipment_id: int, scope: Scope, now: datetime
) -> tuple[RecordLine, ...]:
    names = {
        row.id: row.name
        for row in session.scalars(
            sa.select(Component)
            .join(Equipment, Equipment.equipment_class_id == Component.equipment_class_id)
            .where(Equipment.id == equipment_id)
        )
    }
    found = after_work(session, scope=scope, equipment_ids=[equipment_id])
    before = {line.failure_id: line.order_id for line in found}
    lines = [
        RecordLine(
            "failure",
            row.at,
            names.get(row.component_id or 0, ""),
            row.mechanism,
            row.work_order_id,
            before.get(row.id),
        )
        for row in session.scalars(_newest(Failure, equipment_id, now))
    ]
    lines += [
        RecordLine(
            "service" if row.is_planned else "repair",
            row.at,
            names.get(row.component_id or 0, ""),
            row.activity,
            row.work_order_id,
        )
        for row in session.scalars(_newest(ServiceRecord, equipment_id, now))
    ]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True)[:NEWEST_RECORDS])


def _newest(table: Any, equipment_id: int, now: datetime) -> sa.Select[Any]:
    return (
        sa.select(table)
        .where(table.equipment_id == equipment_id, table.at <= now)
        .order_by(table.at.desc(), table.id.desc())
        .limit(NEWEST_RECORDS)
    )
