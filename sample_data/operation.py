"""One machine through one day: it runs, breaks down, stands, is worked on, and runs again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from sample_data import upkeep
from sample_data.machines import Machine
from sample_data.rows import FailureRow, Floats, ServiceRow
from sample_data.state import WHOLE, Job, State, Stop, moment
from sample_data.wear import begin_life, run, start_up

HOURS = 24
INDUCED = "faulty work"
"""Mechanism of a failure that the last work on the component brought about."""
GROWTH_SHAPE, WEAR_SHAPE = 4.0, 0.5
"""Shapes of the gamma-distributed daily shocks: wear comes in jumps, defects grow steadily."""


@dataclass(slots=True)
class Course:
    """What happened in a day; arrays hold one row per hour.

    resting: it stands, ready to run, because it is the other machine's turn.
    """

    running: npt.NDArray[np.bool_]
    resting: npt.NDArray[np.bool_]
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
    of_parts = (HOURS, count)
    course = Course(
        np.zeros(HOURS, bool), np.zeros(HOURS, bool), np.zeros(of_parts), np.zeros(of_parts)
    )
    rests = shift.machine.rests(shift.seed, shift.day)
    hour = 0
    while hour < HOURS:
        if shift.state.stop is not None:
            hour = _stand(shift, course, shift.state.stop, hour)
        elif shift.state.jobs and shift.state.jobs[0].hour <= 24 * shift.day + hour:
            _halt(shift, shift.state.jobs.pop(0))
        elif rests:
            hour = _rest(shift, course, hour)
        else:
            hour = _operate(shift, course, hour)
    return course


def draw_shocks(count: int, chance: np.random.Generator) -> Floats:
    """Daily factors (2, components) of mean 1 on wear and on the growth of defects."""
    shapes = np.array([[WEAR_SHAPE], [GROWTH_SHAPE]])
    return chance.gamma(shapes, 1.0 / shapes, (2, count))


def _operate(shift: Shift, course: Course, hour: int) -> int:
    state, clock, until = shift.state, 24 * shift.day, _next_job(shift)
    if state.stands:
        start_up(state.parts)
        state.stands = False
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


def _next_job(shift: Shift) -> int:
    jobs = shift.state.jobs
    return min(HOURS, jobs[0].hour - 24 * shift.day) if jobs else HOURS


def _rest(shift: Shift, course: Course, hour: int) -> int:
    until = _next_job(shift)
    course.resting[hour:until] = True
    course.wear[hour:until] = shift.state.parts.wear
    shift.state.stands = True
    return until


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
    shift.state.stands = True


def _renew(shift: Shift, stop: Stop, hour: int) -> ServiceRow:
    machine, state, job = shift.machine, shift.state, stop.job
    parts = machine.facts.components
    renewed = range(len(parts)) if job.place == WHOLE else [job.place]
    for place in renewed:
        begin_life(state.parts, place, parts[place], shift.seed, machine.index)
        upkeep.serviced(state, machine, place, shift.day, planned=job.planned)
    state.unit += job.place == WHOLE
    state.jobs = [j for j in state.jobs if not (j.planned and j.place in renewed)]
    state.stop = None
    return ServiceRow(
        tag=machine.tag,
        component=None if job.place == WHOLE else parts[job.place].code,
        at=moment(shift.start, hour),
        activity=job.activity,
        planned=job.planned,
        condition_found=stop.condition_found,
        asked_for=job.asked_for,
    )


def _repair_job(shift: Shift, place: int, hour: int) -> Job:
    hours = int(shift.state.parts.repair_hours[place])
    return Job(hour, place, "replace", hours, planned=False)


def _failure(shift: Shift, place: int, at: datetime, *, is_sudden: bool) -> FailureRow:
    part = shift.machine.facts.components[place]
    ending = part.sudden if is_sudden else part.worn_out
    parts = shift.state.parts
    if is_sudden and parts.induced_in[place] <= 0.0:
        ending = replace(ending, mechanism=INDUCED)
    onset = float(parts.onset[place])
    began = None if is_sudden or math.isnan(onset) else moment(shift.start, onset)
    return FailureRow(shift.machine.tag, part.code, at, ending.mode, ending.mechanism, began)
