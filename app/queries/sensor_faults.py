"""Sensors whose readings cannot be true: stuck, silent, or out of range.

A machine that stands still, or whose sensors are all silent, has no faulty sensor: a value counts
as stuck by the hours in which the machine ran, a sensor as silent while others of it reported. One
that was taken off, and has sent nothing since, has no fault either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass, SensorRole
from app.db.readings import ReadingQuarantine, reading_hour
from app.db.sensors import Sensor, SensorAssignment
from app.domain.equipment import Status
from app.domain.instants import DAY_US, HOUR_US, from_micros, to_micros
from app.domain.roles import Scope
from app.domain.sensors import SENSOR_KINDS
from app.queries import readings
from app.queries.predictions import seen
from app.queries.sensors import is_heard_after, roles_ended

# A fault shows for this long before it is called one.
FAULT_HOURS = 24
LEAST_REFUSED = 3
LOOK_BACK = timedelta(days=60)
Hours = readings.Whole


class FaultKind(StrEnum):
    """How a sensor fails."""

    STUCK = "stuck"
    SILENT = "silent"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class SensorFault:
    """One faulty sensor; `sentence` says what was seen."""

    sensor_id: int
    equipment_id: int
    tag: str
    code: str
    name: str
    kind: FaultKind
    since: datetime
    last_value: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class _Point:
    """A measuring point with its newest hour; flat: one value in all of its last 24 hours."""

    id: int
    equipment_id: int
    tag: str
    code: str
    name: str
    unit: str
    kind: str
    newest: int
    is_flat: bool


def sensor_faults(
    session: Session, *, scope: Scope, now: datetime, equipment_id: int | None = None
) -> tuple[SensorFault, ...]:
    """The faulty sensors of machines in service (or of one machine) at *now*, by tag and code."""
    points = _fitted(session, _points(session, scope, now, equipment_id), now, equipment_id)
    heard = _newest_by_machine(points)
    faults = _out_of_range(session, points, heard)
    rest = [point for point in points if point.id not in faults]
    faults |= {p.id: _silent(session, p) for p in rest if _is_silent(p, heard)}
    rest = [p for p in rest if p.is_flat and p.id not in faults and _others_move(p, points)]
    faults |= _stuck(session, rest)
    return tuple(faults[point.id] for point in points if point.id in faults)


def _points(
    session: Session, scope: Scope, now: datetime, equipment_id: int | None
) -> list[_Point]:
    """Every sensor in use that ever reported by *now*; one seek and a day of hours for each."""
    hours = reading_hour.c
    newest = (
        sa.select(sa.func.max(hours.hour))
        .where(hours.sensor_id == Sensor.id, hours.hour <= to_micros(now) // HOUR_US)
        .correlate(Sensor)
        .scalar_subquery()
    )
    known = (
        sa.select(
            Sensor.id.label("id"),
            Sensor.equipment_id.label("equipment_id"),
            Equipment.tag.label("tag"),
            Sensor.code.label("code"),
            Sensor.name.label("name"),
            Sensor.unit.label("unit"),
            Sensor.kind.label("kind"),
            newest.label("newest"),
        )
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .where(
            Sensor.is_active,
            seen(Equipment.site_id, scope),
            sa.true() if equipment_id is None else Equipment.id == equipment_id,
            Equipment.status.in_((Status.IN_SERVICE, Status.STANDBY)),
        )
        .subquery()
    )
    last_day = sa.and_(
        hours.sensor_id == known.c.id,
        hours.hour > known.c.newest - FAULT_HOURS,
        hours.hour <= known.c.newest,
    )
    is_flat = (sa.func.min(hours.low) == sa.func.max(hours.high)).label("is_flat")
    asked = (
        sa.select(*known.c, is_flat)
        .join(reading_hour, last_day)
        .group_by(*known.c)
        .order_by(known.c.tag, known.c.code, known.c.id)
    )
    return [_Point(**row) for row in session.execute(asked).mappings()]


def _fitted(
    session: Session, points: Iterable[_Point], now: datetime, equipment_id: int | None
) -> list[_Point]:
    """The points without those that fell silent when their role ended: they were taken off."""
    ended = roles_ended(session, now=now, equipment_id=equipment_id)
    return [p for p in points if p.id not in ended or is_heard_after(p.newest, ended[p.id])]


def _newest_by_machine(points: Iterable[_Point]) -> dict[int, int]:
    found: dict[int, int] = {}
    for point in points:
        found[point.equipment_id] = max(point.newest, found.get(point.equipment_id, point.newest))
    return found


# --- silent


def _is_silent(point: _Point, heard: Mapping[int, int]) -> bool:
    return heard[point.equipment_id] - point.newest >= FAULT_HOURS


def _silent(session: Session, point: _Point) -> SensorFault:
    last, last_at = session.execute(
        sa.select(reading_hour.c.last, reading_hour.c.last_at).where(
            reading_hour.c.sensor_id == point.id, reading_hour.c.hour == point.newest
        )
    ).one()
    said = f"{point.name} has sent nothing, while other sensors of {point.tag} have."
    return _fault(point, FaultKind.SILENT, from_micros(last_at), last, said)


# --- stuck


def _others_move(point: _Point, points: Sequence[_Point]) -> bool:
    """Whether something about the machine changes; where all is flat it stands still."""
    beside = [p for p in points if p.equipment_id == point.equipment_id and p is not point]
    return not beside or any(not other.is_flat for other in beside)


def _stuck(session: Session, points: Sequence[_Point]) -> dict[int, SensorFault]:
    """Those of the flat sensors that did not change in 24 hours in which their machine ran."""
    if not points:
        return {}
    ran = _running_sensors(session, points)
    found = {}
    for point in points:
        start = (point.newest * HOUR_US) - LOOK_BACK // timedelta(microseconds=1)
        known = _hours(session, point.id, start, point.newest)
        since, value = _unchanged_since(known)
        if since == known.at[0]:  # for longer than we looked back: see when it began
            known = readings.hours(session, sensor_id=point.id, end=point.newest * HOUR_US)
            since, value = _unchanged_since(known)
        spent = known.at[known.at >= since]
        if point.equipment_id in ran:
            spent = np.intersect1d(spent, _running_hours(session, *ran[point.equipment_id], since))
        if len(spent) >= FAULT_HOURS:
            shown = _figure(point, value)
            said = f"{point.name} has shown {shown} without any change while the machine ran."
            moment = from_micros(int(since) - HOUR_US)
            found[point.id] = _fault(point, FaultKind.STUCK, moment, value, said)
    return found


def _unchanged_since(known: readings.HourSeries) -> tuple[int, float]:
    """The end of the first hour from which on one value was all there was, and that value."""
    value = float(known.low[-1])
    other = np.flatnonzero((known.low != value) | (known.high != value))
    first = int(other[-1]) + 1 if len(other) else 0
    return int(known.at[first]), value


def _running_sensors(session: Session, points: Sequence[_Point]) -> dict[int, tuple[int, float]]:
    """Machine -> the sensor that tells whether it runs, and from which value on it does."""
    rows = session.execute(
        sa.select(Sensor.equipment_id, Sensor.id, EquipmentClass.running_above)
        .join(SensorAssignment, SensorAssignment.sensor_id == Sensor.id)
        .join(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .join(EquipmentClass, EquipmentClass.id == SensorRole.equipment_class_id)
        .where(
            Sensor.equipment_id.in_({point.equipment_id for point in points}),
            SensorAssignment.ended_at.is_(None),
            SensorRole.code == EquipmentClass.running_role,
            EquipmentClass.running_above.is_not(None),
        )
        .order_by(Sensor.id)
    )
    return {machine: (sensor, above or 0.0) for machine, sensor, above in rows}


def _running_hours(session: Session, sensor_id: int, above: float, since: int) -> Hours:
    known = readings.hours(session, sensor_id=sensor_id, start=since - 1)
    return known.at[known.mean > above]


def _hours(session: Session, sensor_id: int, start: int, newest: int) -> readings.HourSeries:
    return readings.hours(session, sensor_id=sensor_id, start=start, end=newest * HOUR_US)


# --- out of range


def _out_of_range(
    session: Session, points: Sequence[_Point], heard: Mapping[int, int]
) -> dict[int, SensorFault]:
    """Sensors with several values in their machine's last day that cannot be true."""
    by_id = {point.id: point for point in points}
    if not by_id:
        return {}
    table = ReadingQuarantine
    earliest = (min(heard.values()) * HOUR_US) - DAY_US
    rows = session.execute(
        sa.select(table.sensor_id, table.at, table.value)
        .where(table.sensor_id.in_(by_id), table.at > earliest)
        .order_by(table.sensor_id, table.at, table.id)
    ).all()
    refused: dict[int, list[tuple[int, float]]] = {}
    for sensor_id, at, value in rows:
        last = heard[by_id[sensor_id].equipment_id] * HOUR_US
        if last - DAY_US < at <= last + DAY_US:
            refused.setdefault(sensor_id, []).append((at, value))
    return {
        sensor_id: _refused(by_id[sensor_id], values)
        for sensor_id, values in refused.items()
        if len(values) >= LEAST_REFUSED
    }


def _refused(point: _Point, values: Sequence[tuple[int, float]]) -> SensorFault:
    kind = SENSOR_KINDS[point.kind]
    first, last = values[0][0], values[-1][1]
    said = (
        f"{point.name} sent {_figure(point, last)}; only {kind.low:g} to {kind.high:g}"
        f" {kind.unit}".rstrip()
        + " can be true."
    )
    return _fault(point, FaultKind.OUT_OF_RANGE, from_micros(first), last, said)


def _fault(
    point: _Point, kind: FaultKind, since: datetime, value: float | None, said: str
) -> SensorFault:
    return SensorFault(
        sensor_id=point.id,
        equipment_id=point.equipment_id,
        tag=point.tag,
        code=point.code,
        name=point.name,
        kind=kind,
        since=since,
        last_value=value,
        sentence=said,
    )


def _figure(point: _Point, value: float) -> str:
    unit = point.unit or SENSOR_KINDS[point.kind].unit
    return f"{value:.{SENSOR_KINDS[point.kind].decimals}f} {unit}".rstrip()
