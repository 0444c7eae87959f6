"""Readings of one sensor for a program, page by page: as measured, or by the hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.instants import from_micros, to_micros
from app.domain.roles import Scope
from app.queries import readings
from app.queries.page import read_key, write_key
from app.queries.sensors import sensor


class Resolution(StrEnum):
    """As measured, or the mean of each hour with its lowest and highest value."""

    RAW = "raw"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """Parallel lists, rising in time; of hours `at` is the end and `values` the mean.

    `n`, `low` and `high` are null for readings as measured.
    """

    sensor: int
    resolution: Resolution
    at: list[datetime]
    values: list[float]
    n: list[int] | None
    low: list[float] | None
    high: list[float] | None
    after: str | None


def reading_page(
    session: Session,
    *,
    scope: Scope,
    sensor_id: int,
    start: datetime,
    end: datetime,
    resolution: Resolution,
    limit: int,
    after: str | None = None,
) -> ReadingPage:
    """Readings in (start, end], the oldest first; raise NotFound for a sensor out of sight."""
    found = sensor(session, scope=scope, sensor_id=sensor_id)
    key = read_key(after, int)
    first = to_micros(start) if key is None else max(to_micros(start), int(key[0]))
    page = _hours if resolution is Resolution.HOUR else _raw
    return page(session, found.id, first, to_micros(end), limit)


def _raw(session: Session, sensor_id: int, start: int, end: int, limit: int) -> ReadingPage:
    found = readings.series(session, sensor_id=sensor_id, start=start, end=end, limit=limit + 1)
    at = found.at.tolist()
    return ReadingPage(
        sensor=sensor_id,
        resolution=Resolution.RAW,
        at=[from_micros(moment) for moment in at[:limit]],
        values=found.value[:limit].tolist(),
        n=None,
        low=None,
        high=None,
        after=_after(at, limit),
    )


def _hours(session: Session, sensor_id: int, start: int, end: int, limit: int) -> ReadingPage:
    # Ten years of one sensor are 88 thousand hours: few enough to cut the page out of them.
    found = readings.hours(session, sensor_id=sensor_id, start=start, end=end)
    at = found.at.tolist()
    return ReadingPage(
        sensor=sensor_id,
        resolution=Resolution.HOUR,
        at=[from_micros(moment) for moment in at[:limit]],
        values=found.mean[:limit].tolist(),
        n=found.n[:limit].tolist(),
        low=found.low[:limit].tolist(),
        high=found.high[:limit].tolist(),
        after=_after(at, limit),
    )


def _after(at: list[int], limit: int) -> str | None:
    return write_key((at[limit - 1],)) if len(at) > limit else None
