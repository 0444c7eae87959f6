"""Hours of readings as an import would have left them, without going through one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db import Database
from app.db.readings import reading_hour
from app.domain.instants import HOUR_US, to_micros


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
