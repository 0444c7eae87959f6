"""The whole plant, day by day. It remembers its state and answers to repairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sample_data import incidents, upkeep
from sample_data.chance import Purpose, stream
from sample_data.machines import Machine, Oddities, build
from sample_data.operation import Shift, draw_shocks, live_through
from sample_data.rows import EventRow, FailureRow, Floats, ScheduleRow, ServiceRow
from sample_data.signals import observe
from sample_data.state import Job, State, first_state
from sample_data.surroundings import ambient, load

LEAD_DAYS = 14
"""How long before its due date a preventive order is raised."""


@dataclass(frozen=True, slots=True)
class Day:
    """What was recorded in 24 hours from `start`.

    `readings` holds per machine an array (24, sensors): row h belongs to the hour that ended at
    start + (h + 1) hours, columns in the order of the class's roles, NaN where none arrived.
    """

    start: datetime
    readings: dict[str, Floats]
    events: list[EventRow]
    services: list[ServiceRow]
    failures: list[FailureRow]


class Plant:
    """Machines that wear from day to day. Make one with `create`."""

    def __init__(self, seed: int, machines: int, start: datetime, oddities: Oddities) -> None:
        if start.tzinfo is None:
            raise ValueError("The start of a plant must be an aware datetime.")
        self.seed = seed
        self.start = start.astimezone(UTC)
        self.oddities = oddities
        self.day = 0
        self.machines = [build(seed, place, self.start, oddities) for place in range(machines)]
        self.states = [first_state(machine, seed) for machine in self.machines]

    @classmethod
    def create(
        cls, seed: int, machines: int, start: datetime, oddities: Oddities | None = None
    ) -> Plant:
        """A plant on its first day; the first n machines are the same for any number of them."""
        return cls(seed, machines, start, oddities or Oddities())

    @property
    def now(self) -> datetime:
        """Everything before this moment has happened."""
        return self.start + timedelta(days=self.day)

    def step_day(self) -> Day:
        """Let one day pass."""
        today = Day(self.now, {}, [], [], [])
        air = ambient(self.seed, self.day, self.now)
        for machine, state in zip(self.machines, self.states, strict=True):
            if self.day >= machine.first_day:
                self._step(machine, state, air, today)
        self.day += 1
        return today

    def advance(self, days: int) -> list[Day]:
        """Let *days* days pass."""
        return [self.step_day() for _ in range(days)]

    def repair(self, tag: str, component: str, at: datetime) -> None:
        """Renew a component in the hour of *at*, or as soon after it as the machine runs.

        The day that contains *at* reports it as a planned service, with the condition found.
        ValueError: *at* has already been lived through. KeyError: no such machine or component.
        """
        if at < self.now:
            raise ValueError(f"{at} lies before the plant's own time {self.now}.")
        state, place = self._find(tag, component)
        hour = int((at - self.start).total_seconds() // 3600)
        state.jobs.append(Job(hour, place, "replace", 0, planned=True))
        state.jobs.sort(key=lambda job: job.hour)

    def condition(self, tag: str, component: str) -> str:
        """What a technician who looks now would find: good, worn, degraded or failed."""
        state, place = self._find(tag, component)
        return upkeep.condition(state.parts, place)

    def schedules(self) -> list[ScheduleRow]:
        """The preventive schedules of all machines as they stand now."""
        return [
            row
            for machine, state in zip(self.machines, self.states, strict=True)
            for row in self._schedules_of(machine, state)
        ]

    def _step(self, machine: Machine, state: State, air: Floats, today: Day) -> None:
        chance = stream(self.seed, Purpose.DAY, machine.index, self.day)
        before, state.load = state.load, 0.85 * state.load + chance.normal(0.0, 0.03)
        hourly = load(before, state.load, machine.facts.shifts, today.start.weekday())
        upkeep.plan(state, machine, self.day, today.start.weekday(), chance)
        shocks = draw_shocks(len(machine.facts.components), chance)
        shift = Shift(machine, state, self.seed, self.start, self.day, hourly, shocks)
        course = live_through(shift)
        seen = observe(machine, state, course, hourly, air, self.day, chance)
        today.readings[machine.tag] = seen
        today.events.extend(incidents.report(machine, course, self.start, self.day, chance))
        today.services.extend(course.services)
        today.failures.extend(course.failures)

    def _find(self, tag: str, component: str) -> tuple[State, int]:
        for machine, state in zip(self.machines, self.states, strict=True):
            for place, part in enumerate(machine.facts.components):
                if (machine.tag, part.code) == (tag, component):
                    return state, place
        raise KeyError(f"There is no {component} on a machine {tag}.")

    def _schedules_of(self, machine: Machine, state: State) -> list[ScheduleRow]:
        return [
            ScheduleRow(
                tag=machine.tag,
                component=part.code,
                title=part.service.title,
                interval_days=part.service.every_days,
                basis=part.service.basis,
                lead_days=LEAD_DAYS,
                last_done_on=(self.start + timedelta(days=state.done_day[place])).date(),
            )
            for place, part in enumerate(machine.facts.components)
        ]
