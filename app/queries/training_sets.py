"""What the night reads of one machine: everything known by the cut-off, as plain arrays.

As-of t: readings and events with at <= t; services, failures and findings with at < t; and of all
but readings only what was recorded by t. Runs inside the workers, each with its own connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, SensorRole
from app.db.records import Failure, MachineEvent, ServiceRecord
from app.db.sensors import Sensor, SensorAssignment
from app.db.work_orders import ANY_MODE, Finding, WorkOrder
from app.domain.activities import RENEWING, Activity
from app.domain.errors import NotFound
from app.domain.instants import EPOCH, to_micros
from app.domain.work_orders import Dismissal, Outcome
from app.queries import readings

DISMISSED = "dismissed:"


@dataclass(frozen=True, slots=True)
class RoleReadings:
    """One role's readings in time order, n of them; `restarts` are exchanges of the sensor."""

    at: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    count: NDArray[np.float64]
    restarts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """One machine's record by `until` (microseconds UTC); records are (at, text...) tuples.

    `exchanges` are instants at which the whole unit behind the tag was replaced, `overhauls`
    those at which the whole machine was overhauled. `stops` are (from, to) in which it stood, as
    people said of a suggestion.
    """

    tag: str
    attributes: Mapping[str, float | str]
    installed_at: int | None
    roles: Mapping[str, RoleReadings]
    events: tuple[tuple[int, str], ...]
    services: tuple[tuple[int, str, bool, str], ...]
    exchanges: tuple[int, ...]
    overhauls: tuple[int, ...]
    failures: tuple[tuple[int, str], ...]
    outcomes: tuple[tuple[int, str, str], ...]
    stops: tuple[tuple[int, int], ...]
    until: int


def training_set(
    session: Session, *, equipment_id: int, until: datetime, is_hourly: bool
) -> TrainingSet:
    """Everything the predictor of one machine may know at *until*.

    *is_hourly* reads the hourly aggregate; otherwise raw readings (steps shorter than an hour).
    Raise NotFound when the machine is gone.
    """
    machine = session.get(Equipment, equipment_id)
    if machine is None:
        raise NotFound(f"Equipment {equipment_id} is gone.")
    return TrainingSet(
        tag=machine.tag,
        attributes=_attributes(machine),
        installed_at=_midnight(machine),
        roles=_roles(session, equipment_id, until, is_hourly),
        events=_events(session, equipment_id, until),
        services=_services(session, equipment_id, until),
        exchanges=_exchanges(session, equipment_id, until),
        overhauls=_overhauls(session, equipment_id, until),
        failures=_failures(session, equipment_id, until),
        outcomes=_outcomes(session, equipment_id, until),
        stops=_stops(session, equipment_id, until),
        until=to_micros(until),
    )


def attribute(machine: Equipment, name: str) -> float | str | None:
    """A declared attribute of a machine: its own, else make or model."""
    if name in machine.attributes:
        return _plain(machine.attributes[name])
    return {"make": machine.make, "model": machine.model}.get(name)


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, int | float) else str(value)


def _attributes(machine: Equipment) -> dict[str, float | str]:
    own = {name: _plain(value) for name, value in machine.attributes.items()}
    return {"make": machine.make, "model": machine.model} | own


def _midnight(machine: Equipment) -> int | None:
    if machine.installed_on is None:
        return None
    return to_micros(datetime.combine(machine.installed_on, time.min, tzinfo=UTC))


def _roles(
    session: Session, equipment_id: int, until: datetime, is_hourly: bool
) -> dict[str, RoleReadings]:
    rows = session.execute(
        sa.select(
            SensorRole.code,
            Sensor.id,
            SensorAssignment.started_at,
            SensorAssignment.ended_at,
        )
        .join_from(SensorAssignment, Sensor)
        .join(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(Sensor.equipment_id == equipment_id)
        .order_by(SensorRole.code, SensorAssignment.started_at.nulls_first(), SensorAssignment.id)
    ).all()
    pieces: dict[str, list[RoleReadings]] = {}
    for code, sensor_id, started_at, ended_at in rows:
        start = started_at or EPOCH
        if start < until:
            end = min(ended_at or until, until)
            pieces.setdefault(code, []).append(
                _piece(session, sensor_id, to_micros(start), to_micros(end), is_hourly)
            )
    return {code: _joined(parts) for code, parts in pieces.items()}


def _piece(session: Session, sensor_id: int, start: int, end: int, is_hourly: bool) -> RoleReadings:
    """One sensor's readings in (start, end]; the start is where it took over the role."""
    if is_hourly:
        hours = readings.hours(session, sensor_id=sensor_id, start=start, end=end)
        count = hours.n.astype(np.float64)
        return RoleReadings(hours.at, hours.mean, hours.low, hours.high, count, (start,))
    raw = readings.series(session, sensor_id=sensor_id, start=start, end=end)
    ones = np.ones(len(raw.at))
    return RoleReadings(raw.at, raw.value, raw.value, raw.value, ones, (start,))


def _joined(parts: list[RoleReadings]) -> RoleReadings:
    """Successive holders of a role as one series; every holder but the first is a restart."""
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    return RoleReadings(
        at=at[order],
        mean=np.concatenate([part.mean for part in parts])[order],
        low=np.concatenate([part.low for part in parts])[order],
        high=np.concatenate([part.high for part in parts])[order],
        count=np.concatenate([part.count for part in parts])[order],
        restarts=tuple(start for part in parts[1:] for start in part.restarts),
    )


def _events(session: Session, equipment_id: int, until: datetime) -> tuple[tuple[int, str], ...]:
    rows = session.execute(
        sa.select(MachineEvent.at, MachineEvent.code)
        .where(
            MachineEvent.equipment_id == equipment_id,
            MachineEvent.at <= until,
            MachineEvent.recorded_at <= until,
        )
        .order_by(MachineEvent.at, MachineEvent.id)
    )
    return tuple((to_micros(at), code) for at, code in rows)


def _services(
    session: Session, equipment_id: int, until: datetime
) -> tuple[tuple[int, str, bool, str], ...]:
    rows = session.execute(
        sa.select(
            ServiceRecord.at,
            Component.code,
            ServiceRecord.is_planned,
            ServiceRecord.condition_found,
        )
        .outerjoin(Component, Component.id == ServiceRecord.component_id)
        .where(
            ServiceRecord.equipment_id == equipment_id,
            ServiceRecord.activity.in_(RENEWING),
            *_known(ServiceRecord, until),
        )
        .order_by(ServiceRecord.at, ServiceRecord.id)
    )
    return tuple(
        (to_micros(at), code or ANY_MODE, is_planned, condition.value if condition else "")
        for at, code, is_planned, condition in rows
    )


def _exchanges(session: Session, equipment_id: int, until: datetime) -> tuple[int, ...]:
    """A replacement recorded of no particular component. One that came with an order does not
    count: whoever closed it may only have forgotten to name the part.
    """
    rows = session.scalars(
        sa.select(ServiceRecord.at)
        .where(
            ServiceRecord.equipment_id == equipment_id,
            ServiceRecord.component_id.is_(None),
            ServiceRecord.activity == Activity.REPLACE,
            ServiceRecord.work_order_id.is_(None),
            *_known(ServiceRecord, until),
        )
        .order_by(ServiceRecord.at, ServiceRecord.id)
    )
    return tuple(to_micros(at) for at in rows)


def _overhauls(session: Session, equipment_id: int, until: datetime) -> tuple[int, ...]:
    """An overhaul recorded of no particular component, with an order or without: should only the
    name of the part have been forgotten, the machine reads as before and nothing changes.
    """
    rows = session.scalars(
        sa.select(ServiceRecord.at)
        .where(
            ServiceRecord.equipment_id == equipment_id,
            ServiceRecord.component_id.is_(None),
            ServiceRecord.activity == Activity.OVERHAUL,
            *_known(ServiceRecord, until),
        )
        .order_by(ServiceRecord.at, ServiceRecord.id)
    )
    return tuple(to_micros(at) for at in rows)


def _failures(session: Session, equipment_id: int, until: datetime) -> tuple[tuple[int, str], ...]:
    rows = session.execute(
        sa.select(Failure.at, Component.code)
        .outerjoin(Component, Component.id == Failure.component_id)
        .where(Failure.equipment_id == equipment_id, *_known(Failure, until))
        .order_by(Failure.at, Failure.id)
    )
    return tuple((to_micros(at), code or ANY_MODE) for at, code in rows)


def _outcomes(
    session: Session, equipment_id: int, until: datetime
) -> tuple[tuple[int, str, str], ...]:
    """Findings of orders, and dismissals as `dismissed:<reason>`."""
    rows = session.execute(
        sa.select(Finding.at, Component.code, WorkOrder.mode, Finding.outcome, Finding.dismissal)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .outerjoin(Component, Component.id == Finding.component_id)
        .where(
            Finding.equipment_id == equipment_id,
            sa.or_(Finding.outcome.is_not(None), Finding.dismissal.is_not(None)),
            *_known(Finding, until),
        )
        .order_by(Finding.at, Finding.id)
    )
    return tuple(
        (to_micros(at), code or mode, _outcome_code(outcome, dismissal))
        for at, code, mode, outcome, dismissal in rows
    )


def _stops(session: Session, equipment_id: int, until: datetime) -> tuple[tuple[int, int], ...]:
    """From a suggestion to its dismissal because the machine stood."""
    rows = session.execute(
        sa.select(WorkOrder.created_at, Finding.at)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .where(
            Finding.equipment_id == equipment_id,
            Finding.dismissal == Dismissal.MACHINE_STOPPED,
            *_known(Finding, until),
        )
        .order_by(Finding.at, Finding.id)
    )
    return tuple((to_micros(since), to_micros(at)) for since, at in rows if since < at)


def _outcome_code(outcome: Outcome | None, dismissal: Dismissal | None) -> str:
    if outcome is not None:
        return outcome.value
    return f"{DISMISSED}{dismissal.value}" if dismissal is not None else ""


def _known(
    table: type[ServiceRecord] | type[Failure] | type[Finding], until: datetime
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.at < until, table.recorded_at <= until
