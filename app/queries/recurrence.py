"""When a repeated window begins: RFC 5545 rules in local time, read and unrolled by dateutil.

A stored rule is the value of RRULE; lines `EXDATE:` (left out) and `RDATE:` (added) may follow it,
all as naive times of the site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from dateutil.rrule import rrule, rrulestr

STAMP = "%Y%m%dT%H%M%S"
_ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_SPARSE = _ALWAYS | {"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"}
# What a rule may say. dateutil looks for a day that never comes up to the year 9999: seconds for
# months, minutes for days. Every second week of a month, say, may never come; every week always.
PARTS = {
    "DAILY": _ALWAYS,
    "WEEKLY": _ALWAYS | {"BYDAY"},
    "MONTHLY": _SPARSE,
    "YEARLY": _SPARSE,
}
_EVERY_TIME = frozenset({"BYDAY", "BYMONTH"})
MOST_AT_ONCE = 400
# A rule that brings nothing within so long brings nothing (30 February).
PATIENCE = timedelta(days=5 * 366)


class UnreadableRule(ValueError):
    """A rule that is none, or that names no time; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its exceptions and additions, all naive local times."""

    text: str
    without: frozenset[datetime] = frozenset()
    besides: tuple[datetime, ...] = ()

    def stored(self) -> str:
        """The rule as the column keeps it."""
        lines = [self.text]
        lines += [f"EXDATE:{_stamps(sorted(self.without))}"] if self.without else []
        lines += [f"RDATE:{_stamps(self.besides)}"] if self.besides else []
        return "\n".join(lines)


def read_rule(stored: str) -> Rule:
    """The stored rule in its parts."""
    text, *more = stored.split("\n")
    given = dict(line.split(":", 1) for line in more)
    return Rule(
        text,
        frozenset(_moments(given.get("EXDATE", ""))),
        tuple(_moments(given.get("RDATE", ""))),
    )


def require_rule(text: str, first: datetime) -> None:
    """Raise UnreadableRule unless *text* can be unrolled from *first* (naive local time)."""
    _require_parts(dict(part.partition("=")[::2] for part in text.upper().split(";")))
    try:
        found = next(_unrolled(text, first, first + PATIENCE), None)
    except (ValueError, TypeError) as trouble:
        raise UnreadableRule(f"its rule cannot be read ({trouble})") from None
    if found is None:
        raise UnreadableRule("its rule names no day")


def _require_parts(said: Mapping[str, str]) -> None:
    every = said.get("INTERVAL", "1")
    if said.get("FREQ") not in PARTS or not every.isdecimal() or int(every) < 1:
        raise UnreadableRule("it must come round by days, weeks, months or years")
    known = PARTS[said["FREQ"]] | (_EVERY_TIME if int(every) == 1 else frozenset())
    strange = sorted(set(said) - known)
    if strange:
        raise UnreadableRule(f"this program does not know how to repeat it by {strange[0]}")


def starts(stored: str, first: datetime, *, since: datetime, until: datetime) -> list[datetime]:
    """When the window begins in [since, until], in order; all naive local times.

    *first* is the first time; without a rule it is the only one. At most MOST_AT_ONCE are told.
    """
    if not stored:
        return [first] if since <= first <= until else []
    rule = read_rule(stored)
    wanted = (at for at in _unrolled(rule.text, first, until) if at >= since)
    kept = (at for at in wanted if at not in rule.without)
    added = [at for at in rule.besides if since <= at <= until]
    return sorted({*islice(kept, MOST_AT_ONCE), *added})


def _unrolled(text: str, first: datetime, until: datetime) -> Iterator[datetime]:
    """Every time by the rule up to *until*: bounded, so that no impossible day is sought for ever.

    A rule that counts its times ends by itself; all others end at *until*.
    """
    rule = rrulestr(text, dtstart=first)
    if not isinstance(rule, rrule):
        raise TypeError("it is several rules")
    if "COUNT=" in text.upper():
        return takewhile(lambda at: at <= until, rule)
    own = getattr(rule, "_until", None)
    return iter(rule.replace(until=until if own is None else min(own, until)))


def _stamps(moments: list[datetime] | tuple[datetime, ...]) -> str:
    return ",".join(f"{moment:{STAMP}}" for moment in moments)


def _moments(text: str) -> list[datetime]:
    return [datetime.fromisoformat(stamp) for stamp in text.split(",") if stamp]
