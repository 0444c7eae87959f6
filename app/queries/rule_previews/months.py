"""The orders a rule would have raised and the failures of that time, month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.instants import from_micros
from app.domain.previews import UNDECIDED, USEFUL, Fate
from app.queries.rule_previews.counting import Counted
from app.queries.rule_previews.past import Past


@dataclass(frozen=True, slots=True)
class Kinds:
    """Orders by what became of them, and failures by how they were met."""

    useful: int = 0
    late: int = 0
    vain: int = 0
    undecided: int = 0
    found: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """One month: its nights and those no night issued a forecast in (0 nights: there is nothing),
    all its orders and failures, and those of them that rest on a back-test."""

    begins_on: date
    nights: int
    nights_back_test: int
    every: Kinds
    back_test: Kinds


def months(
    past: Past, found: Counted, *, since: datetime, now: datetime, zone: ZoneInfo
) -> tuple[Month, ...]:
    """Every month from *since* to *now*, by the calendar of *zone*."""

    def month(at: int) -> date:
        return from_micros(at).astimezone(zone).date().replace(day=1)

    pieces = [(month(at), kind, is_back_test) for at, kind, is_back_test in _pieces(past, found)]
    every = Counter((day, kind) for day, kind, _ in pieces)
    back_test = Counter((day, kind) for day, kind, is_back_test in pieces if is_back_test)
    nights = Counter(month(at) for at in past.nights.tolist())
    issued = Counter(month(at) for at in past.nights_as_issued.tolist())
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    return tuple(
        Month(
            begins_on=day,
            nights=nights[day],
            nights_back_test=nights[day] - issued[day],
            every=_kinds(every, day),
            back_test=_kinds(back_test, day),
        )
        for day in _firsts(first, last)
    )


def _pieces(past: Past, found: Counted) -> Iterator[tuple[int, str, bool]]:
    """When, what and whether by a back-test, of every order and every failure told of."""
    rows = np.array(found.rows, dtype=np.int64)
    at, is_back_test = past.issued.at[rows].tolist(), past.issued.is_back_test[rows].tolist()
    yield from zip(at, map(_kind, found.fates), is_back_test, strict=True)
    told = zip(past.failures, found.told, found.found, found.as_issued, strict=True)
    for failed, is_told, is_found, as_issued in told:
        if is_told:
            yield failed.at, "found" if is_found else "missed", not as_issued


def _kinds(counts: Counter[tuple[date, str]], day: date) -> Kinds:
    return Kinds(**{kind.name: counts[day, kind.name] for kind in fields(Kinds)})


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
