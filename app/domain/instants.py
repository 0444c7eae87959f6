"""Instants as whole microseconds since 1970 in UTC: how readings are kept and compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
# What came from before the plant counts as known and in force since ever.
BEGINNING = EPOCH


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly; raise ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; instants are aware")
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC moment; OverflowError beyond the year 9999."""
    return EPOCH + timedelta(microseconds=micros)
