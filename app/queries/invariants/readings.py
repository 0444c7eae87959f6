"""Do the hourly aggregates say what the raw readings say?"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.readings import reading_hour, sensor_reading
from app.db.sensors import Sensor
from app.domain.instants import HOUR_US

# Means are sums of floats in another order than they arrived.
_CLOSE = 1e-9
Hour = tuple[int, float, float, float]


def wrong_hours(session: Session) -> Iterator[str]:
    """Hours that are missing, too many, or differ in count, mean, low or high from their readings.

    Reads every raw row, one sensor at a time: the sensor leads the key, so each is one seek.
    Hours are kept for ever, raw rows are not: hours before the oldest raw row stand alone.
    """
    for sensor_id in session.scalars(sa.select(Sensor.id).order_by(Sensor.id)).all():
        raw, kept = _raw(session, sensor_id), _kept(session, sensor_id)
        oldest = min(raw, default=None)
        for hour in sorted(raw.keys() | kept.keys()):
            if oldest is None or hour < oldest:
                continue
            if not _agree(raw.get(hour), kept.get(hour)):
                yield f"sensor {sensor_id}, hour {hour}: {kept.get(hour)} is not {raw.get(hour)}"


def orphans(session: Session) -> Iterator[str]:
    """Readings of a sensor that is not there: the tables of readings have no foreign key."""
    for table in (reading_hour, sensor_reading):
        known = sa.select(Sensor.id)
        lost = sa.select(table.c.sensor_id).distinct().where(table.c.sensor_id.not_in(known))
        for sensor_id in session.scalars(lost.order_by(table.c.sensor_id)):
            yield f"{table.name} has rows of sensor {sensor_id}, which does not exist"


def _raw(session: Session, sensor_id: int) -> dict[int, Hour]:
    """Count, mean, low and high per hour; the hour h holds (h - 1, h]."""
    table = sensor_reading.c
    hour = (table.at + (HOUR_US - 1)) // HOUR_US
    found = session.execute(
        sa.select(
            hour,
            sa.func.count(),
            sa.func.avg(table.value),
            sa.func.min(table.value),
            sa.func.max(table.value),
        )
        .where(table.sensor_id == sensor_id)
        .group_by(hour)
    )
    return {int(row[0]): (row[1], row[2], row[3], row[4]) for row in found}


def _kept(session: Session, sensor_id: int) -> dict[int, Hour]:
    table = reading_hour.c
    found = session.execute(
        sa.select(table.hour, table.n, table.mean, table.low, table.high).where(
            table.sensor_id == sensor_id
        )
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in found}


def _agree(raw: Hour | None, kept: Hour | None) -> bool:
    if raw is None or kept is None:
        return False
    scale = max(1.0, abs(raw[2]), abs(raw[3]))
    return (raw[0], raw[2], raw[3]) == (kept[0], kept[2], kept[3]) and abs(
        raw[1] - kept[1]
    ) <= _CLOSE * scale
