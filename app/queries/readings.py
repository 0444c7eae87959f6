"""Readings as arrays: the only way code reads them.

Rows come from the driver's own cursor straight into numpy, one seek per sensor: the ORM costs
20-130 x in these reads. Periods are (start, end] in microseconds UTC, the convention of grid
steps. The caller has found the sensor under its own scope before it asks here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session
from tsdownsample import MinMaxLTTBDownsampler

from app.db.readings import reading_hour
from app.domain.instants import HOUR_US

Instants = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

EVER = -(2**62)
FOREVER = 2**62
# A chart of more raw rows than this is drawn from hours instead.
RAW_CHART_ROWS = 50_000

_SERIES = (
    "SELECT at, value FROM sensor_reading WHERE sensor_id = ? AND at > ? AND at <= ? ORDER BY at"
)
_HOURS = (
    "SELECT hour, n, mean, low, high FROM reading_hour"
    " WHERE sensor_id = ? AND hour >= ? AND hour <= ? ORDER BY hour"
)
_HOUR_ROWS = _HOURS.replace("high FROM", "high, last, last_at FROM")
_PAIR = np.dtype([("at", "i8"), ("value", "f8")])
_BAND = [("hour", "i8"), ("n", "i8"), ("mean", "f8"), ("low", "f8"), ("high", "f8")]
HOUR_ROW = np.dtype([*_BAND, ("last", "f8"), ("last_at", "i8")])


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one sensor, rising in time: `at` (n,) microseconds UTC, `value` (n,)."""

    at: Instants
    value: Floats


@dataclass(frozen=True, slots=True)
class HourSeries:
    """Hours of one sensor: `at` (n,) the end of each hour; the rest describe (at - 1 h, at]."""

    at: Instants
    n: Whole
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Chart:
    """At most the points asked for. From hours: `value` is the mean, `low`..`high` its band."""

    at: Instants
    value: Floats
    low: Floats | None
    high: Floats | None

    @property
    def is_hourly(self) -> bool:
        """Whether the points are means of hours rather than readings."""
        return self.low is not None


def series(
    session: Session,
    *,
    sensor_id: int,
    start: int = EVER,
    end: int = FOREVER,
    limit: int | None = None,
) -> Series:
    """The readings of one sensor in (start, end]; with *limit* at most the first so many."""
    period = (sensor_id, start, end)
    if limit is None:
        rows = _fetch(session, _SERIES, period, _PAIR)
    else:
        rows = _fetch(session, f"{_SERIES} LIMIT ?", (*period, limit), _PAIR)
    return Series(np.ascontiguousarray(rows["at"]), np.ascontiguousarray(rows["value"]))


def hours(session: Session, *, sensor_id: int, start: int = EVER, end: int = FOREVER) -> HourSeries:
    """The hours of one sensor that end in (start, end]."""
    period = _hours_between(start // HOUR_US + 1, end // HOUR_US)
    rows = _fetch(session, _HOURS, (sensor_id, *period), np.dtype(_BAND))
    return HourSeries(
        rows["hour"] * HOUR_US,
        *(np.ascontiguousarray(rows[name]) for name in ("n", "mean", "low", "high")),
    )


def hour_rows(session: Session, *, sensor_id: int, first: int, last: int) -> npt.NDArray[np.void]:
    """The hours first..last (both included) as rows of `HOUR_ROW`."""
    return _fetch(session, _HOUR_ROWS, (sensor_id, *_hours_between(first, last)), HOUR_ROW)


def chart(session: Session, *, sensor_id: int, start: int, end: int, points: int = 2000) -> Chart:
    """What a chart of (start, end] needs: every peak, at most *points* points (MinMaxLTTB)."""
    if _rows_between(session, sensor_id, start, end) > RAW_CHART_ROWS:
        return _hour_chart(hours(session, sensor_id=sensor_id, start=start, end=end), points)
    found = series(session, sensor_id=sensor_id, start=start, end=end)
    kept = _kept(found.at, found.value, points)
    return Chart(found.at[kept], found.value[kept], None, None)


def _hour_chart(found: HourSeries, points: int) -> Chart:
    kept = _kept(found.at, found.mean, points)
    if not len(kept):
        return Chart(found.at, found.mean, found.low, found.high)
    # Each kept hour answers for those up to the next one, so that no peak is lost.
    low, high = np.minimum.reduceat(found.low, kept), np.maximum.reduceat(found.high, kept)
    return Chart(found.at[kept], found.mean[kept], low, high)


def _kept(at: Instants, value: Floats, points: int) -> Whole:
    if len(at) <= points:
        return np.arange(len(at))
    chosen = MinMaxLTTBDownsampler().downsample(  # type: ignore[no-untyped-call]
        at, value, n_out=points
    )
    return np.asarray(chosen, np.int64)


def _rows_between(session: Session, sensor_id: int, start: int, end: int) -> int:
    total = sa.select(sa.func.coalesce(sa.func.sum(reading_hour.c.n), 0)).where(
        reading_hour.c.sensor_id == sensor_id,
        reading_hour.c.hour.between(*_hours_between(start // HOUR_US + 1, end // HOUR_US)),
    )
    return int(session.scalar(total) or 0)


def _hours_between(first: int, last: int) -> tuple[int, int]:
    """Both hours as far as the column goes: it has 32 bits."""
    return max(first, -(2**31)), min(last, 2**31 - 1)


def _fetch(
    session: Session, statement: str, given: tuple[int, ...], shape: np.dtype[np.void]
) -> npt.NDArray[np.void]:
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        return np.fromiter(driver.execute(statement, given), dtype=shape)
    with driver.cursor(binary=True) as cursor:
        cursor.execute(statement.replace("?", "%s"), given)
        return np.fromiter(cursor.fetchall(), dtype=shape)
