"""The decisions of all nights in turn: which forecasts a rule would have turned into orders.

The night's own rule: a risk at or above the threshold asks for an order, unless one is open for
the same machine and mode or the cooldown still holds; the highest expected savings first, until
the crew's budget of the last seven days is used up. An order ends with the life of its component
(a failure, a fault found, a renewal), at the latest with the horizon; the cooldown runs from
there, and from any work on the component.

Only forecasts over the threshold are ever touched, and of those only what is still free is put in
order, night by night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from app.domain.instants import MICROSECOND
from app.domain.risk import OrderRule
from app.domain.storms import is_storm
from app.queries.rule_previews.curves import Floats, Integers
from app.queries.rule_previews.marks import NEVER, WEEK_US
from app.queries.rule_previews.past import Past

HOUR = timedelta(hours=1)
NOBODY = np.array([], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Raised:
    """Places of the forecasts that became orders, in the order of the nights.

    `storms` counts nights and sites that asked for so many orders at once that a planner would
    have been asked first.
    """

    rows: Integers
    storms: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Forecasts over the threshold and not in a cooldown, by night and key; `nights` has the
    night of each, `begins` the place of each night's first, `end_at` when the order would end."""

    rows: Integers
    key: Integers
    crew: Integers
    saving: Floats
    end_at: Integers
    nights: npt.NDArray[np.uint16]
    begins: tuple[int, ...]


def wanted(past: Past, rule: OrderRule) -> Wanted:
    """The forecasts a night would think about."""
    risk = past.risk_within((rule.lead + rule.review) / HOUR)
    rows = np.flatnonzero(risk >= rule.threshold)
    at = past.issued.at[rows]
    is_free = at - past.work_at[rows] >= rule.cooldown // MICROSECOND
    rows, at = rows[is_free], at[is_free]
    key = past.issued.key[rows]
    begins = np.searchsorted(rows, past.begins)
    return Wanted(
        rows=rows,
        key=key,
        crew=past.crew_of[key],
        saving=risk[rows] * rule.gain - rule.order_cost,
        end_at=np.minimum(past.end_at[rows], at + rule.horizon // MICROSECOND),
        # Sixteen bits are sorted in one go.
        nights=np.repeat(np.arange(len(past.nights), dtype=np.uint16), np.diff(begins)),
        begins=tuple(begins.tolist()),
    )


def decided(past: Past, rule: OrderRule, asked: Wanted) -> tuple[Raised, Raised | None]:
    """What the rule would have raised, and what with one more order a crew and week (None where
    there is no limit). Both go through the nights together, side by side."""
    budget = rule.weekly_budget
    budgets = (NEVER,) if budget is None else (budget, budget + 1)
    lanes = _Lanes(past, rule, asked, budgets)
    for night, (begin, end) in enumerate(pairwise(asked.begins)):
        if begin < end:
            lanes.decide(night, slice(begin * len(budgets), end * len(budgets)))
    found = [lanes.raised(lane) for lane in range(len(budgets))]
    return found[0], found[1] if len(found) > 1 else None


class _Lanes:
    """What one night leaves to the next: open orders and quiet times by key, budgets by crew.

    Several budgets are tried at once, each in a lane with keys and crews of its own; what is
    wanted stands here once for each lane, night by night.
    """

    def __init__(self, past: Past, rule: OrderRule, asked: Wanted, budgets: Sequence[int]) -> None:
        self.past, self.rule, self.asked = past, rule, asked
        lanes, crews, wanted_rows = len(budgets), len(past.crews), max(1, len(asked.rows))
        self.is_limited = rule.weekly_budget is not None
        order = np.tile(asked.nights, lanes).argsort(kind="stable")
        self.lane, self.place = np.divmod(order, wanted_rows)
        self.key = asked.key[self.place] + self.lane * len(past.keys)
        self.crew = asked.crew[self.place] + self.lane * crews
        self.cost = -asked.saving[self.place]
        self.blocks_until = (asked.end_at + rule.cooldown // MICROSECOND)[self.place]
        self.at = past.nights.tolist()
        self.busy_until = np.full(lanes * len(past.keys), -NEVER, dtype=np.int64)
        self.left = np.repeat(np.array(budgets, dtype=np.int64), crews) - np.tile(
            past.others, lanes
        )
        # The night behind the last one whose week an order of this night falls into.
        self.week_ends = np.searchsorted(past.nights, past.nights + WEEK_US, side="left").tolist()
        calm = past.looked.min(axis=1, initial=len(past.keys)) * rule.storm_share
        self.calm = calm.tolist()
        self.taken, self.storms = [NOBODY], 0

    def decide(self, night: int, here: slice) -> None:
        """Decide one night, the highest saving first."""
        is_free = self.busy_until.take(self.key[here]) <= self.at[night]
        free: Integers = is_free.nonzero()[0] + here.start
        if len(free) > self.calm[night]:
            self.storms += self._storms(night, free)
        if self.is_limited:
            free = free.compress(self.left[night].take(self.crew.take(free)) > 0)
        if not len(free):
            return
        free = free.take(self.cost.take(free).argsort(kind="stable"))
        if self.is_limited:
            free = self._within_budget(night, free)
        self.busy_until[self.key.take(free)] = self.blocks_until.take(free)
        self.taken.append(free)

    def _within_budget(self, night: int, free: Integers) -> Integers:
        """The first of each crew, as many as it has left; what they use is used all week."""
        left, crew = self.left[night], self.crew.take(free)
        is_within = _rank_within(crew) < left.take(crew)
        used = np.bincount(crew.compress(is_within), minlength=len(left))
        self.left[night : self.week_ends[night]] -= used
        return free.compress(is_within)

    def raised(self, lane: int) -> Raised:
        """What one lane raised; the storms are those of the first."""
        taken = np.concatenate(self.taken)
        of_lane = self.place[taken[self.lane[taken] == lane]]
        return Raised(self.asked.rows[of_lane], self.storms if lane == 0 else 0)

    def _storms(self, night: int, free: Integers) -> int:
        """Sites whose machines ask for too many orders at once, in the first lane."""
        keys = self.key[free[self.lane[free] == 0]]
        _, first = np.unique(self.past.machine_of[keys], return_index=True)
        sites = self.past.site_of[keys[first]]
        asking = np.bincount(sites, minlength=len(self.past.sites)).tolist()
        looked = self.past.looked[night].tolist()
        return sum(
            is_storm(count, machines, self.rule.storm_share)
            for count, machines in zip(asking, looked, strict=True)
        )


def _rank_within(groups: Integers) -> Integers:
    """How many of the same group stand before each: 0 for the first."""
    order = groups.argsort(kind="stable")
    ordered = groups.take(order)
    rank = np.empty(len(groups), dtype=np.int64)
    rank[order] = np.arange(len(groups)) - ordered.searchsorted(ordered)
    return rank
