"""Hours of readings as an import would have left them, without going through one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa

from app.db import Database
from app.db.readings import reading_hour
from app.db.sensors import Sensor
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import system
from app.services import readings


def write_hours(
    database: Database, sensor_id: int, *, until: datetime, values: Sequence[float | None]
) -> None:
    """One reading an hour, the last in the hour that ends at *until*; None is no reading."""
    last = to_micros(until) // HOUR_US
    rows = [
        {
            "sensor_id": sensor_id,
            "hour": hour,
            "n": 1,
            "mean": value,
            "low": value,
            "high": value,
            "last": value,
            "last_at": hour * HOUR_US,
        }
        for hour, value in zip(range(last - len(values) + 1, last + 1), values, strict=True)
        if value is not None
    ]
    with database.transaction() as session:
        session.execute(sa.insert(reading_hour), rows)


def measure(database: Database, sensor: Sensor, readings_by_moment: dict[datetime, float]) -> None:
    """Store readings the way every door does, the day after the last of them."""
    with database.transaction() as session:
        readings.store(
            session,
            sensor_ids=np.full(len(readings_by_moment), sensor.id),
            at=np.array([to_micros(moment) for moment in readings_by_moment]),
            values=np.array(list(readings_by_moment.values())),
            source="test",
            now=max(readings_by_moment) + timedelta(days=1),
            by=system("test"),
        )
