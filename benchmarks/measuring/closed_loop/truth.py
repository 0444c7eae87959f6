"""What would have happened: orders, failures and money judged by the simulator.

The plant's chance has an address, so what becomes of a component left alone is known, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from benchmarks.measuring.closed_loop.setting import DAY
from sample_data import Plant
from sample_data.rows import CostsRow, FailureRow, ServiceRow

_Row = TypeVar("_Row", FailureRow, ServiceRow)
GRACE_DAYS = 7
"""A fault that would break the machine so soon after the horizon was no false alarm."""
SIGHT_DAYS = 60
"""A failure later than that was not prevented by work done now."""


@dataclass(slots=True)
class OrderStory:
    """One suggestion: what was true when it was raised, and what became of it.

    component: "" for the whole machine. is_real: damage was on its way to a failure within the
    horizon and grace. accepted_at: somebody decided to follow it; ended_at: done or dismissed.
    prevented_at: when the renewal it led to found a failure waiting; None = no such renewal.
    """

    order_id: int
    tag: str
    component: str
    is_predictive: bool
    raised_at: datetime
    is_real: bool
    accepted_at: datetime | None = None
    looked_at: datetime | None = None
    ended_at: datetime | None = None
    prevented_at: datetime | None = None

    def foretold(self, failure: FailureRow, lead: timedelta) -> bool:
        """Whether somebody had taken it on for this failure, raised at least *lead* before."""
        is_its = self.tag == failure.tag and self.component in ("", failure.component)
        in_hand = self.accepted_at is not None and self.accepted_at <= failure.at
        is_over = self.ended_at is not None and self.ended_at < failure.at
        return is_its and in_hand and not is_over and self.raised_at <= failure.at - lead


@dataclass(slots=True)
class Happened:
    """What broke, what was renewed, and the looks that found nothing: a plant's bill."""

    failures: list[FailureRow] = field(default_factory=list)
    services: list[ServiceRow] = field(default_factory=list)
    in_vain: list[tuple[str, datetime]] = field(default_factory=list)

    def cost(self, costs: Mapping[str, CostsRow], since: datetime, until: datetime) -> float:
        """Money spent in [since, until); *costs* by tag. The exchange of a unit is no upkeep."""
        spent = [costs[row.tag].unplanned for row in _within(self.failures, since, until)]
        planned = (row for row in self.services if row.planned and row.component is not None)
        spent += [costs[row.tag].planned for row in _within(planned, since, until)]
        spent += [costs[tag].inspection for tag, at in self.in_vain if since <= at < until]
        return sum(spent)

    def failed(self, since: datetime, until: datetime) -> list[FailureRow]:
        """Failures in [since, until)."""
        return list(_within(self.failures, since, until))


def costs_of(plant: Plant) -> dict[str, CostsRow]:
    """What an event costs, by machine."""
    return {machine.tag: machine.facts.costs for machine in plant.machines}


def is_real(plant: Plant, tag: str, component: str, *, horizon: timedelta) -> bool:
    """Whether growing damage would break the component ("" = any) within horizon and grace.

    Left alone, even by the calendar. A failure without a sign is nothing anybody can find.
    """
    fate = plant.fate(tag, horizon // DAY + GRACE_DAYS, is_serviced=False)
    parts = {component} if component else {row.component for row in fate.failures}
    ends = (fate.failure_of(part) for part in parts)
    return any(end is not None and not end.is_sudden for end in ends)


def waiting_failure(plant: Plant, tag: str, component: str) -> FailureRow | None:
    """The failure of a component that would come before the calendar's next renewal of it."""
    return plant.fate(tag, SIGHT_DAYS, is_serviced=True).failure_of(component)


def untouched(plant: Plant, days: int) -> Happened:
    """What happens in the next *days* to a plant nobody sends orders to. Moves *plant*."""
    happened = Happened()
    for _ in range(days):
        day = plant.step_day()
        happened.failures += day.failures
        happened.services += day.services
    return happened


def _within(rows: Iterable[_Row], since: datetime, until: datetime) -> Iterator[_Row]:
    return (row for row in rows if since <= row.at < until)
