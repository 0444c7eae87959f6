"""One machine through one day: it runs, breaks down, stands, is worked on, and runs again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from sample_data import upkeep
from sample_data.machines import Machine
from sample_data.rows import FailureRow, Floats, ServiceRow
from sample_data.state import Job, State, Stop, moment
from sample_data.wear import begin_life, run

HOURS = 24
GROWTH_SHAPE, WEAR_SHAPE = 4.0, 0.5
"""Shapes of the gamma-distributed daily shocks: wear comes in jumps, defects grow steadily."""


@dataclass(slots=True)
class Course:
    """What happened in a day; arrays hold one row per hour."""

    running: npt.NDArray[np.bool_]
    wear: Floats
    defect: Floats
    failures: list[FailureRow] = field(default_factory=list)
    services: list[ServiceRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shift:
    """A machine, its day and its luck: what every step of the day needs."""

    machine: Machine
    state: State
    seed: int
    start: datetime
    day: int
    load: Floats
    shocks: Floats


def live_through(shift: Shift) -> Course:
    """Carry the machine through its day, from one change to the next."""
    count = len(shift.machine.facts.components)
    course = Course(np.zeros(HOURS, bool), np.zeros((HOURS, count)), np.zeros((HOURS, count)))
    hour = 0
    while hour < HOURS:
        if shift.state.stop is not None:
            hour = _stand(shift, course, shift.state.stop, hour)
        elif shift.state.jobs and shift.state.jobs[0].hour <= 24 * shift.day + hour:
            _halt(shift, shift.state.jobs.pop(0))
        else:
            hour = _operate(shift, course, hour)
    return course


def draw_shocks(count: int, chance: np.random.Generator) -> Floats:
    """Daily factors (2, components) of mean 1 on wear and on the growth of defects."""
    shapes = np.array([[WEAR_SHAPE], [GROWTH_SHAPE]])
    return chance.gamma(shapes, 1.0 / shapes, (2, count))


def _operate(shift: Shift, course: Course, hour: int) -> int:
    state, clock = shift.state, 24 * shift.day
    until = min(HOURS, state.jobs[0].hour - clock) if state.jobs else HOURS
    stretch = run(state.parts, shift.load[hour:until], shift.shocks, clock + hour)
    reached = hour + stretch.hours
    course.wear[hour:reached], course.defect[hour:reached] = stretch.wear, stretch.defect
    course.running[hour:reached] = True
    if stretch.failed is None:
        return reached
    course.running[reached - 1] = False
    at = moment(shift.start, clock + hour + stretch.after_hours)
    course.failures.append(_failure(shift, stretch.failed, at, is_sudden=stretch.is_sudden))
    _halt(shift, _repair_job(shift, stretch.failed, clock + reached), found="failed")
    return reached


def _stand(shift: Shift, course: Course, stop: Stop, hour: int) -> int:
    until = min(HOURS, hour + stop.hours_left)
    stop.hours_left -= until - hour
    course.wear[hour:until], course.defect[hour:until] = shift.state.parts.wear, 0.0
    if not stop.hours_left:
        course.services.append(_renew(shift, stop, 24 * shift.day + until))
    return until


def _halt(shift: Shift, job: Job, found: str | None = None) -> None:
    condition = found or upkeep.condition(shift.state.parts, job.place)
    shift.state.stop = Stop(job, condition, job.hours)


def _renew(shift: Shift, stop: Stop, hour: int) -> ServiceRow:
    machine, state, job = shift.machine, shift.state, stop.job
    part = machine.facts.components[job.place]
    begin_life(state.parts, job.place, part, shift.seed, machine.index)
    upkeep.serviced(state, machine, job.place, shift.day, planned=job.planned)
    state.jobs = [j for j in state.jobs if not (j.planned and j.place == job.place)]
    state.stop = None
    at = moment(shift.start, hour)
    return ServiceRow(machine.tag, part.code, at, job.activity, job.planned, stop.condition_found)


def _repair_job(shift: Shift, place: int, hour: int) -> Job:
    hours = int(shift.state.parts.repair_hours[place])
    return Job(hour, place, "replace", hours, planned=False)


def _failure(shift: Shift, place: int, at: datetime, *, is_sudden: bool) -> FailureRow:
    part = shift.machine.facts.components[place]
    ending = part.sudden if is_sudden else part.worn_out
    onset = float(shift.state.parts.onset[place])
    began = None if is_sudden or math.isnan(onset) else moment(shift.start, onset)
    return FailureRow(shift.machine.tag, part.code, at, ending.mode, ending.mechanism, began)
