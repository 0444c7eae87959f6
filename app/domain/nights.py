"""When does a site's night begin? By its local date and clock: daylight saving skips nothing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGINS = time(2, 0)
# How soon after its as-of a forecast must be issued to have foretold anything.
PUNCTUAL = timedelta(days=1)


def night_of(now: datetime, zone: ZoneInfo) -> date:
    """The local date of the newest night that has begun by *now*.

    In a spring night without a 02:00 it begins at 03:00; in an autumn night with two it begins at
    the first and stays the same date through the second.
    """
    local = now.astimezone(zone)
    begun = local.time() >= BEGINS
    return local.date() if begun else local.date() - timedelta(days=1)


def is_night_due(now: datetime, zone: ZoneInfo, *, last_run_on: date | None) -> bool:
    """Whether the newest night has not run yet; missed nights are made up for by one."""
    return last_run_on is None or last_run_on < night_of(now, zone)
