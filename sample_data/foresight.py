"""What will become of a machine, day by day: to judge decisions with, and nothing else.

Chance has an address, so the days ahead hold for a copy what they hold for the plant itself: the
answer is what comes true as long as nobody intervenes.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import datetime

from sample_data.chance import Purpose, stream
from sample_data.daily import live_day
from sample_data.machines import Machine, exchanged
from sample_data.rows import FailureRow, ServiceRow
from sample_data.state import State

NEVER = 1_000_000
"""A day no plant lives to see."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Everything that ends a life in the days ahead, each in order of time."""

    failures: tuple[FailureRow, ...]
    services: tuple[ServiceRow, ...]

    def failure_of(self, component: str) -> FailureRow | None:
        """How this component's present life ends in a failure; None where a renewal comes first,
        or nothing within the days ahead."""
        failure = next((row for row in self.failures if row.component == component), None)
        services = (row.at for row in self.services if row.component in (component, None))
        renewed_at = next(services, None)
        is_late = failure is None or (renewed_at is not None and renewed_at <= failure.at)
        return None if is_late else failure


def fate(
    seed: int,
    machine: Machine,
    state: State,
    day: int,
    start: datetime,
    *,
    days: int,
    is_serviced: bool,
) -> Fate:
    """Live a copy of *machine* through *days* days from *day*; nobody asks for anything.

    *is_serviced* keeps the calendar's work and the exchange of the unit; without it only what
    breaks is repaired. Work at hand at this moment is finished either way.
    """
    machine, state = _copied(machine, state, is_serviced=is_serviced)
    failures: list[FailureRow] = []
    services: list[ServiceRow] = []
    for ahead in range(max(day, machine.first_day), day + days):
        chance = stream(seed, Purpose.DAY, machine.index, ahead)
        course, _ = live_day(seed, machine, state, ahead, start, chance)
        machine = exchanged(machine, seed, state.unit)
        failures += course.failures
        services += course.services
    return Fate(tuple(failures), tuple(services))


def _copied(machine: Machine, state: State, *, is_serviced: bool) -> tuple[Machine, State]:
    alone = copy.deepcopy(state)
    alone.jobs = [job for job in alone.jobs if is_serviced and not job.asked_for]
    if is_serviced:
        return machine, alone
    alone.due_day = [NEVER] * len(alone.due_day)
    return replace(machine, exchange_day=None), alone
