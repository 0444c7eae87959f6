"""The whole plant, day by day. It remembers its state and answers to repairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sample_data import foresight, incidents, truth, upkeep
from sample_data.chance import Purpose, stream
from sample_data.daily import live_day
from sample_data.foresight import Fate
from sample_data.machines import Machine, Oddities, build, exchanged
from sample_data.rows import EventRow, FailureRow, Floats, ScheduleRow, ServiceRow
from sample_data.signals import observe
from sample_data.state import Job, State, first_state
from sample_data.surroundings import ambient

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

        The day that contains *at* reports it as a planned service that was asked for, with the
        condition found, unless the component fails first: then that repair renews it.
        ValueError: *at* has already been lived through. KeyError: no such machine or component.
        """
        if at < self.now:
            raise ValueError(f"{at} lies before the plant's own time {self.now}.")
        machine, state, place = self._find(tag, component)
        hour = int((at - self.start).total_seconds() // 3600)
        hours = min(machine.facts.components[place].service.hours, 24 - hour % 24)
        state.jobs = [job for job in state.jobs if job.place != place]
        state.jobs.append(Job(hour, place, "replace", hours, planned=True, asked_for=True))
        state.jobs.sort(key=lambda job: job.hour)

    def condition(self, tag: str, component: str) -> str:
        """What a technician who looks now would find: good, worn, degraded or failed."""
        _, state, place = self._find(tag, component)
        if state.stop is not None and state.stop.job.place == place:
            return state.stop.condition_found
        return upkeep.condition(state.parts, place)

    def true_hazard(self, tag: str, horizon_days: int) -> dict[str, float]:
        """How likely each component is to fail within *horizon_days* if nobody intervenes.

        Computed from the hidden state, which asking leaves as it is. For benchmarks: no predictor
        can know better, and the product must never see it. KeyError: no such machine.
        """
        machine, state = self._machine(tag)
        return truth.hazard(self.seed, machine, state, self.day, self.start, horizon_days)

    def fate(self, tag: str, days: int, *, is_serviced: bool) -> Fate:
        """What will become of a machine in the next *days* days if nobody asks for any work.

        *is_serviced* False also leaves out the calendar's services. The plant stays as it is. For
        benchmarks, like `true_hazard`: this is not what is likely, it is what will come true.
        KeyError: no such machine.
        """
        machine, state = self._machine(tag)
        return foresight.fate(
            self.seed, machine, state, self.day, self.start, days=days, is_serviced=is_serviced
        )

    def present(self) -> list[Machine]:
        """The machines that have been commissioned by now."""
        return [machine for machine in self.machines if machine.first_day <= self.day]

    def schedules(self) -> list[ScheduleRow]:
        """The preventive schedules of the machines that are there, as they stand now."""
        return [
            row
            for machine in self.present()
            for row in self._schedules_of(machine, self.states[machine.index])
        ]

    def _step(self, machine: Machine, state: State, air: Floats, today: Day) -> None:
        chance = stream(self.seed, Purpose.DAY, machine.index, self.day)
        course, hourly = live_day(self.seed, machine, state, self.day, self.start, chance)
        machine = self.machines[machine.index] = exchanged(machine, self.seed, state.unit)
        seen = observe(machine, state, course, hourly, air, self.day, chance)
        today.readings[machine.tag] = seen
        today.events.extend(incidents.report(machine, course, self.start, self.day, chance))
        today.services.extend(course.services)
        today.failures.extend(course.failures)

    def _machine(self, tag: str) -> tuple[Machine, State]:
        for machine, state in zip(self.machines, self.states, strict=True):
            if machine.tag == tag:
                return machine, state
        raise KeyError(f"There is no machine {tag}.")

    def _find(self, tag: str, component: str) -> tuple[Machine, State, int]:
        for machine, state in zip(self.machines, self.states, strict=True):
            for place, part in enumerate(machine.facts.components):
                if (machine.tag, part.code) == (tag, component):
                    return machine, state, place
        raise KeyError(f"There is no {component} on a machine {tag}.")

    def _schedules_of(self, machine: Machine, state: State) -> list[ScheduleRow]:
        return [
            ScheduleRow(
                tag=machine.tag,
                component=part.code,
                title=part.service.title,
                activity=part.service.activity,
                interval_days=part.service.every_days,
                basis=part.service.basis,
                lead_days=LEAD_DAYS,
                last_done_on=(self.start + timedelta(days=state.done_day[place])).date(),
            )
            for place, part in enumerate(machine.facts.components)
        ]
