"""An order rule tried on a year night by night and row by row, with the domain's functions only.

What a preview would be without preparing anything: the yardstick of its speed and, because it is
written apart from it, of its answers. Moments are microseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.instants import DAY_US, HOUR_US, MICROSECOND
from app.domain.previews import End
from app.domain.risk import OrderRule
from app.domain.savings import chance_of_failure
from app.domain.storms import is_storm

Crew = tuple[int, int | None]


class Part(NamedTuple):
    """A failure mode of a machine; parts sort as the night sorts them."""

    tag: str
    mode: str
    equipment_id: int


class Row(NamedTuple):
    """A forecast that may raise an order."""

    part: Part
    risk: float
    risk_hours: float
    edges_hours: list[float]
    survival: list[float]


@dataclass(frozen=True)
class Year:
    """Nights with their rows, and what happened.

    Per part: `ends` (moment, how), sorted, and `works` (known at, done at). `others` are the
    moments of orders of other machines by crew; `looked` counts machines by night and site.
    """

    nights: Mapping[int, Sequence[Row]]
    crews: Mapping[Part, Crew]
    ends: Mapping[Part, Sequence[tuple[int, End]]]
    works: Mapping[Part, Sequence[tuple[int, int]]]
    others: Mapping[Crew, Sequence[int]]
    looked: Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Answer:
    """(night, part) of each order in the order they are raised; nights with a storm, by site."""

    orders: tuple[tuple[int, Part], ...]
    storms: int


def tried(year: Year, rule: OrderRule) -> Answer:
    """Go through all nights."""
    busy_until: dict[Part, int] = {}
    raised: dict[Crew, list[int]] = defaultdict(list)
    orders: list[tuple[int, Part]] = []
    storms = 0
    for night in sorted(year.nights):
        asking = []
        for row in year.nights[night]:
            if busy_until.get(row.part, night) > night:
                continue
            risk = _risk(row, rule)
            if risk >= rule.threshold and not _is_quiet(year, rule, row.part, night):
                asking.append((-rule.saving(risk), row.part))
        storms += _storms(year, rule, night, [part for _, part in asking])
        for _, part in sorted(asking):
            crew = year.crews[part]
            if _is_used_up(year, rule, crew, raised[crew], night):
                continue
            raised[crew].append(night)
            orders.append((night, part))
            ended = min(_next_end(year, part, night), night + rule.horizon // MICROSECOND)
            busy_until[part] = ended + rule.cooldown // MICROSECOND
    return Answer(tuple(orders), storms)


def _risk(row: Row, rule: OrderRule) -> float:
    hours = (rule.lead + rule.review) // MICROSECOND / HOUR_US
    if hours == row.risk_hours:
        return row.risk
    return chance_of_failure(row.edges_hours, row.survival, hours)


def _is_quiet(year: Year, rule: OrderRule, part: Part, night: int) -> bool:
    """Whether the cooldown after work that is known by then still holds."""
    done = [done for known_at, done in year.works.get(part, ()) if known_at <= night]
    return bool(done) and max(done) + rule.cooldown // MICROSECOND > night


def _is_used_up(year: Year, rule: OrderRule, crew: Crew, raised: Sequence[int], night: int) -> bool:
    if rule.weekly_budget is None:
        return False
    return (
        _of_week(raised, night) + _of_week(year.others.get(crew, ()), night) >= rule.weekly_budget
    )


def _of_week(moments: Sequence[int], night: int) -> int:
    """How many of these sorted moments lie in the seven days up to a night."""
    return bisect_right(moments, night) - bisect_right(moments, night - 7 * DAY_US)


def _storms(year: Year, rule: OrderRule, night: int, asking: Sequence[Part]) -> int:
    """Sites where too many machines ask at once."""
    machines = {(part.equipment_id, year.crews[part][0]) for part in asking}
    by_site = Counter(site for _, site in machines)
    return sum(
        is_storm(count, year.looked[night, site], rule.storm_share)
        for site, count in by_site.items()
    )


def _next_end(year: Year, part: Part, night: int) -> int:
    """The next end of the part's life after a night; without one, never."""
    ends = year.ends.get(part, ())
    place = bisect_right(ends, night, key=lambda end: end[0])
    return ends[place][0] if place < len(ends) else 2**62
