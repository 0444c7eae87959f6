"""What a chart of one machine draws: readings or risk, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.records import Failure, ServiceRecord
from app.db.sensors import Sensor
from app.db.work_orders import Finding, WorkOrder, order_number
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.work_orders import Dismissal, OrderType, State
from app.queries import readings
from app.queries.equipment import machine
from app.queries.forecasts import RiskHistory, risk_history

MICROSECONDS = 1_000_000
POINTS = 2_000


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, to be drawn across a chart."""

    kind: str
    at: datetime
    text: str
    dismissal: Dismissal | None = None


@dataclass(frozen=True, slots=True)
class SensorChart:
    """One sensor in (start, end]; when drawn from hours, `chart` has the band of each."""

    chart: readings.Chart
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class RiskChart:
    """The risk of a machine or of one of its components as issued, against what happened."""

    history: RiskHistory
    marks: tuple[Mark, ...]


def sensor_chart(
    session: Session,
    *,
    scope: Scope,
    equipment_id: int,
    sensor_id: int,
    start: datetime,
    end: datetime,
) -> SensorChart:
    """At most 2,000 points of a sensor and the marks of its machine; raise NotFound."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    sensor = session.get(Sensor, sensor_id)
    if sensor is None or sensor.equipment_id != row.id:
        raise NotFound(f"There is no sensor {sensor_id}.")
    drawn = readings.chart(
        session,
        sensor_id=sensor.id,
        start=_microseconds(start),
        end=_microseconds(end),
        points=POINTS,
    )
    return SensorChart(drawn, marks(session, machine=row, start=start, end=end))


def risk_chart(
    session: Session,
    *,
    scope: Scope,
    equipment_id: int,
    now: datetime,
    component: str = "",
) -> RiskChart:
    """The last nights' risks of a machine or of one of its components, and the marks among them;
    raise NotFound."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    history = risk_history(session, machine=row, now=now, component=component)
    start = history.at[0] if history.at else now
    drawn = marks(session, machine=row, start=start, end=now, component=component)
    return RiskChart(history, drawn)


def marks(
    session: Session,
    *,
    machine: Equipment,
    start: datetime,
    end: datetime,
    component: str = "",
) -> tuple[Mark, ...]:
    """Failures, services, predicted orders and dismissals of a machine in (start, end], by time.

    *component* leaves out what belongs to another one; what names none belongs to all.
    """
    parts = session.scalars(
        sa.select(Component).where(Component.equipment_class_id == machine.equipment_class_id)
    ).all()
    names = {row.id: row.name for row in parts}
    others = {row.id for row in parts if component and row.code != component}
    failures = session.scalars(
        sa.select(Failure).where(
            Failure.equipment_id == machine.id,
            Failure.at > start,
            Failure.at <= end,
            _concerns(Failure.component_id, others),
        )
    ).all()
    failed = {row.at for row in failures}
    services = session.scalars(
        sa.select(ServiceRecord).where(
            ServiceRecord.equipment_id == machine.id,
            ServiceRecord.at > start,
            ServiceRecord.at <= end,
            _concerns(ServiceRecord.component_id, others),
        )
    )
    found = [Mark("failure", row.at, names.get(row.component_id or 0, "")) for row in failures]
    found += [
        Mark("service", row.at, names.get(row.component_id or 0, ""))
        for row in services
        if row.at not in failed  # the repair that ended a failure would hide its mark
    ]
    found += [
        Mark("order", row.created_at, order_number(row.id))
        for row in session.scalars(
            _predicted(machine.id, start, end).where(_concerns(WorkOrder.component_id, others))
        )
    ]
    found += [
        Mark("dismissal", at, order_number(order_id), reason)
        for order_id, at, reason in session.execute(
            _dismissed(machine.id, start, end).where(_concerns(WorkOrder.component_id, others))
        )
    ]
    return tuple(sorted(found, key=lambda mark: (mark.at, mark.kind)))


def _predicted(equipment_id: int, start: datetime, end: datetime) -> sa.Select[WorkOrder]:
    return sa.select(WorkOrder).where(
        WorkOrder.equipment_id == equipment_id,
        WorkOrder.type == OrderType.PREDICTIVE,
        # Work that another order took over was accepted, not refused.
        (WorkOrder.state != State.CANCELLED) | WorkOrder.absorbed_into_id.is_not(None),
        WorkOrder.created_at > start,
        WorkOrder.created_at <= end,
    )


def _dismissed(
    equipment_id: int, start: datetime, end: datetime
) -> sa.Select[int, datetime, Dismissal | None]:
    return (
        sa.select(WorkOrder.id, Finding.at, Finding.dismissal)
        .join(Finding, Finding.work_order_id == WorkOrder.id)
        .where(
            WorkOrder.equipment_id == equipment_id,
            WorkOrder.type == OrderType.PREDICTIVE,
            Finding.dismissal.is_not(None),
            WorkOrder.absorbed_into_id.is_(None),
            Finding.at > start,
            Finding.at <= end,
        )
    )


def _concerns(column: Any, others: set[int]) -> sa.ColumnElement[bool]:
    """Whether a record is of no component but those in sight."""
    return sa.or_(column.is_(None), column.not_in(others))


def _microseconds(at: datetime) -> int:
    whole = at.astimezone(UTC)
    return int(whole.timestamp()) * MICROSECONDS + whole.microsecond
