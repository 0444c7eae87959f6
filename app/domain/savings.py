"""What predictive orders save: one formula, for a visitor's own numbers and for the record.

    saving = faults found x P(would have broken down) x (unplanned - planned cost)
             - false alarms - value of the life given up - running cost of the system

Source: domain model 5, savings ledger. A fault found is not a certain breakdown, therefore the
probability: that it would have failed before the next planned stop, given the fault (`Looks`). The
cost of a planned repair includes the inspection that found the fault; a false alarm costs its
inspection (and the repair, where a part was replaced for nothing). Life given up is a share of a
planned repair: the part would have run on. Costs are in any one currency.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

MONTHS = 12
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Prices:
    """What one event costs, everything included."""

    unplanned: float
    planned: float
    inspection: float
    life_given_up_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Saving:
    """The terms of a saving; the last three are costs, written as positive numbers."""

    avoided: float = 0.0
    false_alarms: float = 0.0
    life_given_up: float = 0.0
    running: float = 0.0

    @property
    def total(self) -> float:
        """What is left; negative where it costs more than it avoids."""
        return self.avoided - self.false_alarms - self.life_given_up - self.running

    def __add__(self, other: Saving) -> Saving:
        return Saving(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def times(self, number: float) -> Saving:
        """The same *number* times."""
        return Saving(*(number * getattr(self, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plant assumes and no order tells: money in its currency, the share in 0..1."""

    system_cost_per_year: float
    set_up_cost: float
    life_given_up_share: float


@dataclass(frozen=True, slots=True)
class Running:
    """What the system cost while one yearly cost was in force."""

    since: datetime
    until: datetime
    a_year: float

    @property
    def cost(self) -> float:
        """Its share of a year."""
        return self.a_year * ((self.until - self.since) / YEAR)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """A year of a plant, in its own numbers; shares lie in 0..1."""

    machines: int
    failures_per_machine_year: float
    downtime_cost_per_hour: float
    repair_hours_unplanned: float
    repair_hours_planned: float
    unplanned_repair_cost: float
    planned_repair_cost: float
    detection_share: float
    would_have_failed: float
    false_alarms_per_machine_year: float
    inspection_cost: float
    life_given_up_share: float
    system_cost_per_year: float
    set_up_cost: float = 0.0

    @property
    def prices(self) -> Prices:
        """What one event costs: the hours down and the repair."""
        down = self.downtime_cost_per_hour
        return Prices(
            unplanned=down * self.repair_hours_unplanned + self.unplanned_repair_cost,
            planned=down * self.repair_hours_planned + self.planned_repair_cost,
            inspection=self.inspection_cost,
            life_given_up_share=self.life_given_up_share,
        )

    @property
    def failures(self) -> float:
        """Failures in a year."""
        return self.machines * self.failures_per_machine_year

    @property
    def faults_found(self) -> float:
        """Faults found in time in a year."""
        return self.failures * self.detection_share

    @property
    def false_alarms(self) -> float:
        """Orders in a year that find nothing."""
        return self.machines * self.false_alarms_per_machine_year


@dataclass(frozen=True, slots=True)
class Spread:
    """How unsure a term is: factors around the likely value, and the most it can be."""

    least: float
    most: float
    limit: float = math.inf

    def around(self, value: float) -> tuple[float, float]:
        """The value at either end."""
        return min(value * self.least, self.limit), min(value * self.most, self.limit)


# What a plant rarely knows better; a share never exceeds 1.
SPREADS: dict[str, Spread] = {
    "failures_per_machine_year": Spread(0.7, 1.3),
    "downtime_cost_per_hour": Spread(0.75, 1.25),
    "repair_hours_unplanned": Spread(0.7, 1.3),
    "detection_share": Spread(0.6, 1.25, limit=1.0),
    "would_have_failed": Spread(0.6, 1.25, limit=1.0),
    "false_alarms_per_machine_year": Spread(0.5, 2.0),
    "planned_repair_cost": Spread(0.75, 1.25),
    "life_given_up_share": Spread(0.0, 2.0, limit=1.0),
    "system_cost_per_year": Spread(0.8, 1.3),
}


@dataclass(frozen=True, slots=True)
class Swing:
    """What one term does to the yearly saving, all others at their likely value."""

    term: str
    least: float
    most: float
    at_least: float
    at_most: float

    @property
    def low(self) -> float:
        """The smaller of the two savings."""
        return min(self.at_least, self.at_most)

    @property
    def high(self) -> float:
        """The larger of the two savings."""
        return max(self.at_least, self.at_most)


@dataclass(frozen=True, slots=True)
class Span:
    """A number nobody knows exactly: low <= likely <= high."""

    low: float
    likely: float
    high: float


def fault_found(prices: Prices, would_have_failed: float) -> Saving:
    """One fault that was repaired before it broke the machine, with the chance that it would."""
    return Saving(
        avoided=would_have_failed * (prices.unplanned - prices.planned),
        life_given_up=prices.life_given_up_share * prices.planned,
    )


def false_alarm(prices: Prices, *, replaced: bool = False) -> Saving:
    """One order that found nothing; a part replaced for nothing costs the repair too."""
    return Saving(false_alarms=prices.inspection + (prices.planned if replaced else 0.0))


@dataclass(frozen=True, slots=True)
class Looks:
    """What looking adds to a forecast: expected breakdowns of all machines looked at, and of those
    where a fault was found.

    A look finds a coming breakdown with the rule's detection share, so of the breakdowns expected
    of *all* orders that many stood behind the faults found. Where half the orders find nothing,
    a fault found is the likelier of the two to have been a breakdown: Bayes, P(breakdown | fault)
    = P(fault | breakdown) P(breakdown) / P(fault), in the mean over orders (ADR 16).
    """

    expected: float = 0.0
    expected_where_found: float = 0.0

    @classmethod
    def of(cls, rows: Iterable[tuple[float, float, bool]]) -> Looks:
        """From (detection share, chance as issued, whether a fault was found) of each order."""
        known = tuple(rows)
        return cls(
            expected=sum(share * chance for share, chance, _ in known),
            expected_where_found=sum(chance for _, chance, has_found in known if has_found),
        )

    @property
    def factor(self) -> float:
        """How much likelier a breakdown is where a fault was found; 1 as long as little is known.

        One breakdown is added on both sides: a handful of orders moves it little. A fault never
        makes a breakdown less likely.
        """
        return max(1.0, (self.expected + 1.0) / (self.expected_where_found + 1.0))

    def found(self, chance: float) -> float:
        """The chance as issued, after a fault was found; at most certain."""
        return min(1.0, self.factor * chance)


def running_costs(
    costs: Sequence[tuple[datetime, float]], since: datetime, until: datetime
) -> tuple[Running, ...]:
    """The running cost in [since, until), piece by piece.

    *costs* are (from when, a year): the first from *since* on, the others rising; one from before
    *since* ends those before it.
    """
    ends = [*(at for at, _ in costs[1:]), until]
    pieces = (
        Running(max(at, since), min(end, until), a_year)
        for (at, a_year), end in zip(costs, ends, strict=True)
    )
    return tuple(piece for piece in pieces if piece.since < piece.until)


def yearly_saving(a: Assumptions) -> Saving:
    """What a year with these numbers saves, term by term."""
    return (
        fault_found(a.prices, a.would_have_failed).times(a.faults_found)
        + false_alarm(a.prices).times(a.false_alarms)
        + Saving(running=a.system_cost_per_year)
    )


def pay_back_months(set_up_cost: float, saving_a_year: float) -> float | None:
    """Months until the set-up is earned back; None when it never is."""
    if saving_a_year <= 0:
        return None
    return MONTHS * set_up_cost / saving_a_year


def sensitivity(a: Assumptions) -> tuple[Swing, ...]:
    """How far each unsure term alone moves the yearly saving, the strongest first."""
    swings = (_swing(a, term, spread) for term, spread in SPREADS.items())
    return tuple(sorted(swings, key=lambda swing: (swing.low - swing.high, swing.term)))


def outlook(a: Assumptions) -> Span:
    """The yearly saving, low / likely / high.

    The terms are taken as independent: the swings to one side add up as the root of their
    squares. Everything going wrong at once is less likely than that, and worse.
    """
    likely = yearly_saving(a).total
    swings = sensitivity(a)
    down = math.hypot(*(likely - swing.low for swing in swings))
    up = math.hypot(*(swing.high - likely for swing in swings))
    return Span(likely - down, likely, likely + up)


def chance_of_failure(
    edges_hours: list[float] | tuple[float, ...],
    survival: list[float] | tuple[float, ...],
    hours: float,
) -> float:
    """The chance of a failure within *hours* by a forecast as issued.

    *survival* is one longer than *edges_hours*: 1 at hour 0, then the share still running at each
    edge. Between edges it falls in a straight line; beyond the last one nothing is claimed, the
    last value stands.
    """
    before_at, before = 0.0, survival[0]
    for at, share in zip(edges_hours, survival[1:], strict=True):
        if hours <= at:
            way = 0.0 if at <= before_at else (max(hours, 0.0) - before_at) / (at - before_at)
            return 1.0 - (before + way * (share - before))
        before_at, before = at, share
    return 1.0 - before


def _swing(a: Assumptions, term: str, spread: Spread) -> Swing:
    least, most = spread.around(getattr(a, term))
    at_least, at_most = (
        yearly_saving(Assumptions(**{**asdict(a), term: value})).total for value in (least, most)
    )
    return Swing(term, least, most, at_least, at_most)
