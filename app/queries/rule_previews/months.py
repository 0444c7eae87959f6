"""The orders a rule would have raised and the failures of that time, month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.instants import from_micros
from app.domain.previews import UNDECIDED, USEFUL, Fate
from app.queries.rule_previews.counting import Counted
from app.queries.rule_previews.past import Past


@dataclass(frozen=True, slots=True)
class Month:
    """One month's orders by what became of them, and its failures; `nights` 0: nothing was kept."""

    begins_on: date
    nights: int
    useful: int
    late: int
    vain: int
    undecided: int
    found: int
    missed: int


def months(
    past: Past, found: Counted, *, since: datetime, now: datetime, zone: ZoneInfo
) -> tuple[Month, ...]:
    """Every month from *since* to *now*, by the calendar of *zone*."""

    def month(at: int) -> date:
        return from_micros(at).astimezone(zone).date().replace(day=1)

    orders = Counter(
        (month(int(past.issued.at[row])), _kind(said))
        for row, said in zip(found.rows, found.fates, strict=True)
    )
    failures = Counter(
        (month(failed.at), is_found)
        for failed, is_told, is_found in zip(past.failures, found.told, found.found, strict=True)
        if is_told
    )
    nights = Counter(month(at) for at in past.nights.tolist())
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    return tuple(
        Month(
            begins_on=day,
            nights=nights[day],
            **{kind: orders[day, kind] for kind in ("useful", "late", "vain", "undecided")},
            found=failures[day, True],
            missed=failures[day, False],
        )
        for day in _firsts(first, last)
    )


def _kind(said: Fate) -> str:
    if said in USEFUL:
        return "useful"
    return "undecided" if said in UNDECIDED else said.value


def _firsts(first: date, last: date) -> Iterator[date]:
    """The first day of every month from *first* to *last*."""
    day = first.replace(day=1)
    while day <= last:
        yield day
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
