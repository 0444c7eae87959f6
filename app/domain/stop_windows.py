"""Stop windows: when production releases a machine, and how such a time comes round again.

A repetition is an RFC 5545 rule in the site's local time, without its start: what the form offers
is written here as such a rule, and read back from it; any other rule came from a calendar file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_EVERY = 52
LAST = -1
_UNTIL = r"(?:;UNTIL=(?P<until>\d{8})T235959)?"
_WEEKLY = re.compile(r"FREQ=WEEKLY;INTERVAL=(?P<every>\d+);BYDAY=(?P<day>[A-Z]{2})" + _UNTIL)
_MONTHLY = re.compile(
    r"FREQ=MONTHLY;INTERVAL=(?P<every>\d+);BYDAY=(?P<nth>-?\d)(?P<day>[A-Z]{2})" + _UNTIL
)


class Repeat(StrEnum):
    """How a stop window comes round; `other` is a rule that came with a calendar file."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Repetition:
    """Every so many weeks, or every so many months on the nth weekday; until a day, or for ever."""

    repeat: Repeat
    every: int = 1
    until: date | None = None


def rule_text(repetition: Repetition, first: date) -> str:
    """The rule as text; "" for once. The weekday, and which one of the month, is that of *first*.

    A fifth weekday is taken as the last one of each month: most months have no fifth.
    """
    if repetition.repeat is Repeat.ONCE:
        return ""
    day, until = WEEKDAYS[first.weekday()], repetition.until
    end = "" if until is None else f";UNTIL={until:%Y%m%d}T235959"
    every = f"INTERVAL={repetition.every}"
    if repetition.repeat is Repeat.WEEKLY:
        return f"FREQ=WEEKLY;{every};BYDAY={day}{end}"
    return f"FREQ=MONTHLY;{every};BYDAY={nth_of_month(first)}{day}{end}"


def repetition(rrule: str, first: date) -> Repetition:
    """What the form shows of a stored rule for a window that begins on *first*."""
    if not rrule:
        return Repetition(Repeat.ONCE)
    for repeat, pattern in ((Repeat.WEEKLY, _WEEKLY), (Repeat.MONTHLY, _MONTHLY)):
        found = pattern.fullmatch(rrule)
        if found:
            text = found["until"]
            until = None if text is None else date(int(text[:4]), int(text[4:6]), int(text[6:]))
            read = Repetition(repeat, int(found["every"]), until)
            return read if rule_text(read, first) == rrule else Repetition(Repeat.OTHER)
    return Repetition(Repeat.OTHER)


def nth_of_month(day: date) -> int:
    """Which of its weekdays in the month a day is: 1 to 4, and -1 for a fifth."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth < 5 else LAST


def at_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """A naive local time as a moment (UTC). What a clock skips in spring is read an hour later, of
    what it shows twice in autumn the first counts."""
    return moment.replace(tzinfo=zone, fold=0).astimezone(UTC)


def on_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment as the site's clock shows it, naive."""
    return moment.astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Offer:
    """One occurrence offered to a job: the machine fails before it begins with this risk."""

    starts_at: datetime
    ends_at: datetime
    risk: float

    @property
    def length(self) -> timedelta:
        """How long production releases the machine."""
        return self.ends_at - self.starts_at


def proposed(offers: Sequence[Offer], *, bound: float, job: timedelta) -> int | None:
    """The place of the offer to take, *offers* in order of time; None when none is long enough.

    Domain model 3: the last one whose risk until it begins stays below *bound*; the first one when
    none does, for every later one is worse.
    """
    fitting = [place for place, offer in enumerate(offers) if offer.length >= job]
    below = [place for place in fitting if offers[place].risk < bound]
    return below[-1] if below else next(iter(fitting), None)
