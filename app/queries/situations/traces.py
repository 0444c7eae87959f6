"""The lines beside the examples: a sensor's last weeks, or the risk as it was issued."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import SensorRole
from app.db.predictions import Forecast
from app.db.sensors import Sensor, SensorAssignment
from app.domain.instants import HOUR_US
from app.queries import readings
from app.queries.situations.shape import Trace

SENSOR_DAYS = 21
BIN_HOURS = 6
RISK_DAYS = 56
_BINS = SENSOR_DAYS * 24 // BIN_HOURS


def role_trace(
    session: Session, *, equipment_id: int, role: str, until: datetime, normal: float | None
) -> Trace | None:
    """Six-hour means of the sensor in *role* over three weeks; None where no sensor fills it."""
    sensor_id = session.scalar(
        sa.select(Sensor.id)
        .join(SensorAssignment, SensorAssignment.sensor_id == Sensor.id)
        .join(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(
            Sensor.equipment_id == equipment_id,
            SensorRole.code == role,
            SensorAssignment.ended_at.is_(None),
        )
        .order_by(Sensor.id)
        .limit(1)
    )
    if sensor_id is None:
        return None
    return sensor_trace(session, sensor_id=sensor_id, until=until, normal=normal)


def sensor_trace(
    session: Session, *, sensor_id: int, until: datetime, normal: float | None = None
) -> Trace:
    """Six-hour means of one sensor over the three weeks before *until*."""
    end = int(until.timestamp()) * 1_000_000
    start = end - SENSOR_DAYS * 24 * HOUR_US
    hours = readings.hours(session, sensor_id=sensor_id, start=start, end=end)
    place = np.clip((hours.at - 1 - start) // (BIN_HOURS * HOUR_US), 0, _BINS - 1)
    counts = np.bincount(place, weights=hours.n, minlength=_BINS)
    sums = np.bincount(place, weights=hours.n * hours.mean, minlength=_BINS)
    values = tuple(
        float(total / count) if count else None for total, count in zip(sums, counts, strict=True)
    )
    return Trace(values, normal, is_risk=False)


def risk_trace(
    session: Session, *, equipment_id: int, mode: str, until: datetime, threshold: float | None
) -> Trace:
    """The risk as it was issued in the eight weeks up to *until*, one value a forecast."""
    rows = session.execute(
        sa.select(Forecast.as_of, Forecast.risk)
        .where(
            Forecast.equipment_id == equipment_id,
            Forecast.mode == mode,
            Forecast.as_of <= until,
            Forecast.as_of > until - timedelta(days=RISK_DAYS),
        )
        .order_by(Forecast.as_of, Forecast.id)
    )
    newest = dict(rows.all())
    return Trace(tuple(newest.values()), threshold, is_risk=True)
