"""Preventive schedules: when is the next service due, and is it time to raise it?"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Unit(StrEnum):
    """The unit of a calendar interval."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class ScheduleBasis(StrEnum):
    """Whether the interval runs from the last due date or from the last completion."""

    FIXED = "fixed"
    FLOATING = "floating"


@dataclass(frozen=True, slots=True)
class Interval:
    """Every `every` units; at least one."""

    every: int
    unit: Unit

    def after(self, day: date, *, anchor_day: int | None = None) -> date:
        """The same moment one interval later; a day past the month's end is clamped to it."""
        if self.unit in (Unit.DAY, Unit.WEEK):
            return day + timedelta(days=self.every * (7 if self.unit is Unit.WEEK else 1))
        months = self.every * (12 if self.unit is Unit.YEAR else 1)
        return _months_later(day, months, anchor_day or day.day)


def _months_later(day: date, months: int, anchor_day: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Due:
    """One occurrence to raise, how many earlier ones it stands for, and the reason in words."""

    on: date
    missed: int
    why: str


def next_due(
    interval: Interval,
    basis: ScheduleBasis,
    *,
    starts_on: date,
    last_due_on: date | None,
    last_done_on: date | None,
) -> date:
    """The next due date; a schedule that never ran is first due on `starts_on`."""
    if basis is ScheduleBasis.FLOATING and last_done_on is not None:
        due = interval.after(last_done_on)
        # Raised already and not done since (cancelled): that occurrence is over.
        is_over = last_due_on is not None and due <= last_due_on
        return interval.after(last_due_on or due) if is_over else due
    if last_due_on is None:
        return starts_on
    return interval.after(last_due_on, anchor_day=starts_on.day)


def due_now(
    interval: Interval,
    basis: ScheduleBasis,
    *,
    starts_on: date,
    last_due_on: date | None,
    last_done_on: date | None,
    lead_days: int,
    today: date,
) -> Due | None:
    """The occurrence to raise today, or None when it is not yet time.

    Missed occurrences of a fixed schedule are folded into the latest one that is due, so that a
    week without a scheduler raises one late order and not seven.
    """
    due = next_due(
        interval, basis, starts_on=starts_on, last_due_on=last_due_on, last_done_on=last_done_on
    )
    if due - timedelta(days=lead_days) > today:
        return None
    missed = 0
    while basis is ScheduleBasis.FIXED:
        later = interval.after(due, anchor_day=starts_on.day)
        if later > today:
            break
        due, missed = later, missed + 1
    return Due(due, missed, _why(interval, basis, due, last_due_on, last_done_on))


def _why(
    interval: Interval,
    basis: ScheduleBasis,
    due: date,
    last_due_on: date | None,
    last_done_on: date | None,
) -> str:
    every = f"every {interval.every} {interval.unit.value}{'s' if interval.every > 1 else ''}"
    since = last_done_on if basis is ScheduleBasis.FLOATING else last_due_on
    if since is None:
        return f"due {due:%d %b %Y}: first occurrence, then {every}"
    word = "last done" if basis is ScheduleBasis.FLOATING else "last due"
    return f"due {due:%d %b %Y}: {every}, {word} {since:%d %b %Y}"
