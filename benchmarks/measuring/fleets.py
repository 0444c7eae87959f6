"""A plant's machines as the night sees them, with what really happened to them beside it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.instants import to_micros
from app.services.retraining.plan import ClassPlan, key, plan_night
from benchmarks.measuring.plants import LAST_DECISION, ThrowAwayPlant
from benchmarks.measuring.record import Record, record_of
from benchmarks.measuring.scoring import DAY_US, Bools, Instants, failed_within
from models import ClassSpec, Sample, engines, sample_machines
from models.engines import Engine
from models.splits import Fold


class NotComparable(Exception):
    """The machines do not share their days, or one could not be read."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Machines of one class with the same decision days, by name.

    Grids are (machines, modes, days).
    `fails_day` and `fails_week`: whether the component fails within a day or a week of a decision.
    `record` is what really happened; `machines` are its numbers of the samples' machines.
    """

    spec: ClassSpec
    samples: tuple[Sample, ...]
    at: Instants
    until: int
    fails_day: Bools
    fails_week: Bools
    record: Record
    machines: tuple[int, ...]

    @property
    def at_risk(self) -> Bools:
        """Whether the component had a life to judge: not one that ends at this very instant."""
        labels = [[sample.labels[mode].at_risk for mode in self.modes] for sample in self.samples]
        return np.array(labels)

    @property
    def modes(self) -> tuple[str, ...]:
        """The components, in the order of the grids."""
        return self.spec.mode_codes

    def steps(self, days: int) -> float:
        """Steps of the class in so many days."""
        return days * self.spec.steps_per_day

    def known(self, days: int, by: int) -> NDArray[np.bool_]:
        """Return the decisions whose next `days` had passed at `by`, (days,)."""
        return np.asarray(self.at + days * DAY_US <= by)

    def as_of(self, origin: int) -> tuple[Sample, ...]:
        """The machines as they were known at an instant."""
        return tuple(sample.as_of(origin) for sample in self.samples)

    def fold(self, origin: int) -> Fold:
        """Train before `origin` minus the product's gap, test from it to the end."""
        gap = self.spec.gap_steps * self.spec.step_us
        return Fold(origin, origin - gap, self.until)


def read_fleet(plant: ThrowAwayPlant, engine: Engine) -> Fleet:
    """Read every machine with the night's own plan, loaders and samples."""
    database = plant.database()
    with database.reading() as session:
        (plan,) = plan_night(
            session,
            run_id=0,
            site_id=None,
            as_of=LAST_DECISION,
            tags=(),
            is_refit=True,
            is_forced=True,
        )
    return _fleet(plan, _samples(plan, database.url, engine), database.url)


def create_engine() -> Engine:
    """The engine of the night on this machine."""
    return engines.create("loky")


def _samples(plan: ClassPlan, url: str, engine: Engine) -> tuple[Sample, ...]:
    tasks = [plan.task(machine, url) for machine in plan.machines]
    found = [made for made in sample_machines(tasks, engine) if isinstance(made, Sample)]
    if len(found) < len(tasks):
        raise NotComparable(f"{len(tasks) - len(found)} of {len(tasks)} machines have no sample.")
    return tuple(sorted(found, key=lambda sample: sample.tag))


def _fleet(plan: ClassPlan, samples: tuple[Sample, ...], url: str) -> Fleet:
    at = samples[0].at
    if any(not np.array_equal(at, sample.at) for sample in samples):
        raise NotComparable("The machines have different decision days.")
    record = record_of((machine, plan, plan.task(machine, url).load()) for machine in plan.machines)
    numbers = {key(machine): machine.id for machine in plan.machines}
    machines = tuple(numbers[sample.tag] for sample in samples)
    day, week = (_fails_within(machines, at, record, plan.spec, days) for days in (1, 7))
    until = to_micros(plan.settings.until)
    return Fleet(plan.spec, samples, at, until, day, week, record, machines)


def _fails_within(
    machines: tuple[int, ...], at: Instants, record: Record, spec: ClassSpec, days: int
) -> Bools:
    """Whether each component of each machine fails within so many days of each decision."""
    failures: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for one in sorted(record.failures, key=lambda one: one.at):
        failures[one.machine, one.mode].append(one.at)
    rows = [
        [
            failed_within(at, np.array(failures[machine, mode], dtype=np.int64), days * DAY_US)
            for mode in spec.modes
        ]
        for machine in machines
    ]
    return np.array(rows)
