"""Why: each reading that drives a risk, over the last weeks, beside its normal and its sisters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, SensorRole
from app.db.sensors import Sensor, SensorAssignment
from app.domain.equipment import Status
from app.domain.instants import HOUR_US, to_micros
from app.domain.risk_words import AWAY
from app.queries import readings
from app.queries.doubted_sensors import ROLE
from app.queries.event_names import event_names
from app.queries.forecasts import Driver, drivers

WEEKS = timedelta(days=28)
BUCKET_HOURS = 6
# So many sister machines tell what is usual; a fleet of a thousand would tell no more.
MOST_SISTERS, LEAST_SISTERS = 15, 2
SHOWN = 5
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reason:
    """One driver. A reading has a trace of 6-hour means from `since` to `until` (None = silent),
    the band of its normal, and the median of its sister machines in the same hours."""

    driver: Driver
    since: datetime
    until: datetime
    low: float | None = None
    high: float | None = None
    values: tuple[float | None, ...] = ()
    sisters: tuple[float | None, ...] = ()
    sister_count: int = 0


def reasons(
    session: Session, *, machine: Equipment, drivers: Sequence[Mapping[str, Any]], now: datetime
) -> tuple[Reason, ...]:
    """The strongest reasons of a forecast, each reading with its trace."""
    told = _named(session, machine, drivers)
    codes = [driver.group.removeprefix(ROLE) for driver in told if driver.group.startswith(ROLE)]
    sensors = _sensors(session, machine, codes)
    return tuple(
        _reason(session, driver, machine, sensors.get(driver.group.removeprefix(ROLE), {}), now)
        for driver in told
    )


def _named(
    session: Session, machine: Equipment, stored: Sequence[Mapping[str, Any]]
) -> tuple[Driver, ...]:
    return drivers(stored, event_names(session, equipment_id=machine.id))[:SHOWN]


def _sensors(
    session: Session, machine: Equipment, codes: Sequence[str]
) -> dict[str, dict[int, list[int]]]:
    """Role -> machine of the class -> its sensors that fill the role now."""
    rows = session.execute(
        sa.select(SensorRole.code, Sensor.equipment_id, Sensor.id)
        .join(SensorAssignment, SensorAssignment.sensor_role_id == SensorRole.id)
        .join(Sensor, Sensor.id == SensorAssignment.sensor_id)
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .where(
            SensorRole.equipment_class_id == machine.equipment_class_id,
            SensorRole.code.in_(codes),
            SensorAssignment.ended_at.is_(None),
            Equipment.site_id == machine.site_id,
            Equipment.status == Status.IN_SERVICE,
        )
        .order_by(SensorRole.code, Sensor.equipment_id, Sensor.id)
    )
    found: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for code, equipment_id, sensor_id in rows:
        found[code][equipment_id].append(sensor_id)
    return found


def _reason(
    session: Session,
    driver: Driver,
    machine: Equipment,
    sensors: Mapping[int, Sequence[int]],
    now: datetime,
) -> Reason:
    since = now - WEEKS
    own = sensors.get(machine.id)
    if not own:
        return Reason(driver, since, now)
    others = [ids[0] for owner, ids in sensors.items() if owner != machine.id][:MOST_SISTERS]
    traces = [_trace(session, sensor_id, now) for sensor_id in others]
    heard = [trace for trace in traces if not np.isnan(trace).all()]
    low, high = _band(driver)
    return Reason(
        driver=driver,
        since=since,
        until=now,
        low=low,
        high=high,
        values=_plain(_trace(session, own[0], now)),
        sisters=_plain(_median(heard)) if len(heard) >= LEAST_SISTERS else (),
        sister_count=len(heard) if len(heard) >= LEAST_SISTERS else 0,
    )


def _band(driver: Driver) -> tuple[float | None, float | None]:
    """Where the machine's own readings lie while it is healthy."""
    if driver.normal is None or driver.spread is None:
        return None, None
    return driver.normal - AWAY * driver.spread, driver.normal + AWAY * driver.spread


def _trace(session: Session, sensor_id: int, now: datetime) -> Floats:
    """Means of BUCKET_HOURS over the last WEEKS, by readings; NaN where it was silent."""
    end = to_micros(now)
    start = end - _micros(WEEKS)
    found = readings.hours(session, sensor_id=sensor_id, start=start, end=end)
    width = BUCKET_HOURS * HOUR_US
    count = _micros(WEEKS) // width
    place = np.minimum((found.at - start - 1) // width, count - 1)
    weight = np.bincount(place, weights=found.n, minlength=count)
    total = np.bincount(place, weights=found.n * found.mean, minlength=count)
    with np.errstate(invalid="ignore"):
        return np.where(weight > 0, total / weight, np.nan)


def _micros(span: timedelta) -> int:
    """A length of time in microseconds."""
    return span // timedelta(microseconds=1)


def _median(traces: Sequence[Floats]) -> Floats:
    """The median of those that were heard; NaN where none was."""
    stacked = np.stack(traces)
    silent = np.isnan(stacked).all(axis=0)
    filled = np.where(silent, 0.0, stacked)
    return np.where(silent, np.nan, np.nanmedian(filled, axis=0))


def _plain(trace: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in trace)
