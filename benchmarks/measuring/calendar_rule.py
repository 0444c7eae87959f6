"""What a calendar would have cost: every component replaced at a fixed age, on top of the record.

The planned work of the record is done under every policy alike and left out of every cost.

1. Until the calendar first replaces a part, the record says what became of it.
2. After that the record's own part is no longer there: its failure does not happen, and the part
   the calendar fitted fails as often as parts of its age did (Nelson-Aalen on calendar age over
   the lives known by then, left truncation allowed for). Of a part that was there before the
   record began nobody knows the age: for the calendar it is as old as it has been in sight.
3. The interval is chosen per class and component among `INTERVALS`; never replacing is one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.lives import Lives, lives_of
from benchmarks.measuring.record import Part
from benchmarks.measuring.scoring import DAY_US
from models.outcomes import FAILURE

Floats = NDArray[np.float64]
Kind = tuple[str, str]
"""Class and component."""

INTERVALS = (7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365, inf)
"""Days."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """Expected failures of one part by age in days: `total` at each of `ages`, 0 before."""

    ages: Floats
    total: Floats

    def between(self, young: float, old: float) -> float:
        """Expected failures from one age to a later one."""
        low, high = np.searchsorted(self.ages, [young, old], side="right")
        steps = np.concatenate([[0.0], self.total])
        return float(steps[high] - steps[low])


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one instant to another replace at an age of `days` (inf: never)."""

    start: int
    end: int
    days: float


@dataclass(frozen=True, slots=True)
class Prices:
    """One planned replacement and one unplanned failure, in any one currency."""

    planned: float
    unplanned: float


def nelson_aalen(lives: Lives) -> Hazard:
    """Return expected failures by age: at each age of a failure, failures over parts in sight."""
    failed = lives.end[lives.kind == FAILURE]
    ages, counts = np.unique(failed, return_counts=True)
    at_risk = [((lives.entry < age) & (lives.end >= age)).sum() for age in ages]
    return Hazard(ages, np.cumsum(counts / np.maximum(at_risk, 1)))


def by_kind(parts: Sequence[Part]) -> dict[Kind, list[Part]]:
    """Return the parts of each class and component."""
    grouped: dict[Kind, list[Part]] = {}
    for part in parts:
        grouped.setdefault((part.class_code, part.mode), []).append(part)
    return grouped


def best_interval(parts: Sequence[Part], start: int, until: int, prices: Prices) -> float:
    """Return the interval in days that would have been cheapest from `start` to `until`.

    Of equally cheap ones the longest: no work without a reason.
    """
    hazard = nelson_aalen(lives_of(parts, until))
    costs = {
        days: calendar_cost(parts, [Stretch(start, until, days)], hazard, prices)
        for days in INTERVALS
    }
    return min(costs, key=lambda days: (round(costs[days], 9), -days))


def calendar_cost(
    parts: Sequence[Part], stretches: Sequence[Stretch], hazard: Hazard, prices: Prices
) -> float:
    """Return replacements and failures of these parts in money; stretches follow one another."""
    walked = [_walk(part, stretches, hazard) for part in parts]
    replaced = sum(walk.replaced for walk in walked)
    return prices.planned * replaced + prices.unplanned * sum(walk.failures for walk in walked)


def costs_in_hindsight(parts: Sequence[Part], start: int, until: int, prices: Prices) -> float:
    """Return the cost of the calendar that only hindsight can choose: the strictest bar."""
    total = 0.0
    for same in by_kind(parts).values():
        days = best_interval(same, start, until, prices)
        hazard = nelson_aalen(lives_of(same, until))
        total += calendar_cost(same, [Stretch(start, until, days)], hazard, prices)
    return total


def plans_from_the_past(
    parts: Sequence[Part], months: Sequence[int], prices: Prices
) -> Mapping[Kind, list[Stretch]]:
    """Return what a planner could have had: each month the interval best on the months before.

    `months` are the ends of the months, the plant's start first. In the first month nobody knows.
    """
    stretches: dict[Kind, list[Stretch]] = {kind: [] for kind in by_kind(parts)}
    for number, (start, end) in enumerate(pairwise(months)):
        for kind, same in by_kind(parts).items():
            days = best_interval(same, months[0], start, prices) if number else inf
            stretches[kind].append(Stretch(start, end, days))
    return stretches


def costs_of_plans(
    parts: Sequence[Part], plans: Mapping[Kind, list[Stretch]], until: int, prices: Prices
) -> float:
    """Return the cost by `until` (the end of a stretch) of calendars that change from time to
    time."""
    total = 0.0
    for kind, same in by_kind(parts).items():
        elapsed = [stretch for stretch in plans[kind] if stretch.end <= until]
        total += calendar_cost(same, elapsed, nelson_aalen(lives_of(same, until)), prices)
    return total


@dataclass(slots=True)
class _Walk:
    """One part's place under a calendar: when what is there now was fitted, and by whom."""

    part: Part
    hazard: Hazard
    at: int
    fitted_at: int
    next_end: int
    is_of_record: bool = True
    replaced: int = 0
    failures: float = 0.0

    def to(self, stop: int) -> None:
        """Let time pass; a part the calendar fitted may fail meanwhile."""
        if not self.is_of_record:
            young, old = ((at - self.fitted_at) / DAY_US for at in (self.at, stop))
            self.failures += self.hazard.between(young, old)
        self.at = stop

    def replace(self) -> None:
        """The calendar's own work."""
        self.replaced += 1
        self.fitted_at, self.is_of_record = self.at, False

    def end_life(self) -> None:
        """An end on record: what it means depends on whose part is in place."""
        kind, is_repair = self.part.kinds[self.next_end], self.part.is_repair[self.next_end]
        self.next_end += 1
        happens = self.is_of_record or not (kind == FAILURE or is_repair)
        if happens:
            self.failures += kind == FAILURE
            self.fitted_at, self.is_of_record = self.at, True


def _walk(part: Part, stretches: Sequence[Stretch], hazard: Hazard) -> _Walk:
    start = max(stretches[0].start, part.since) if stretches else part.since
    following = int(np.searchsorted(part.ends, start, side="right"))
    walk = _Walk(part, hazard, start, part.birth(start + 1), following)
    for stretch in stretches:
        if stretch.end > walk.at:
            _walk_through(walk, stretch)
    return walk


def _walk_through(walk: _Walk, stretch: Stretch) -> None:
    ends = walk.part.ends
    while True:
        is_end = walk.next_end < len(ends) and ends[walk.next_end] <= stretch.end
        stop = int(ends[walk.next_end]) if is_end else stretch.end
        due = max(walk.at, walk.fitted_at + stretch.days * DAY_US)
        if due < stop:
            walk.to(int(due))
            walk.replace()
            continue
        walk.to(stop)
        if not is_end:
            return
        walk.end_life()
