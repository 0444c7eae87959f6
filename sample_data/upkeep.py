"""Preventive work: when it falls due, and what is found when a component is opened."""

from __future__ import annotations

import numpy as np

from sample_data.machines import Machine
from sample_data.state import WHOLE, Job, State
from sample_data.wear import Parts

FIRST_HOUR, LAST_HOUR = 7, 12
CONDITIONS = "failed", "degraded", "worn", "good"
SLIP_DAYS = 3
"""Longest time between a due date and the work, weekends apart."""


def plan(
    state: State, machine: Machine, day: int, weekday: int, chance: np.random.Generator
) -> None:
    """Put due services on today's jobs; the schedule moves on when the work is done."""
    count = len(machine.facts.components)
    slips = chance.integers(0, SLIP_DAYS + 1, count)
    hours = chance.integers(FIRST_HOUR, LAST_HOUR, count)
    if weekday >= 5:
        return
    waiting = {job.place for job in state.jobs}
    for place, part in enumerate(machine.facts.components):
        if day >= state.due_day[place] + slips[place] and place not in waiting:
            at, service = 24 * day + int(hours[place]), part.service
            state.jobs.append(Job(at, place, service.activity, service.hours, planned=True))
    state.jobs.sort(key=lambda job: job.hour)


def serviced(state: State, machine: Machine, place: int, day: int, *, planned: bool) -> None:
    """Set the next due date: fixed from the last one, floating from the last renewal."""
    service = machine.facts.components[place].service
    if service.basis == "fixed" and planned:
        state.due_day[place] += service.every_days
    elif service.basis == "floating":
        state.due_day[place] = day + service.every_days
    if planned or service.basis == "floating":
        state.done_day[place] = day


def condition(parts: Parts, place: int) -> str:
    """What someone who opens a component finds, in the words of a work order.

    Of a WHOLE machine it is the worst of its components.
    """
    if place == WHOLE:
        found = {condition(parts, each) for each in range(len(parts.wear))}
        return next(word for word in CONDITIONS if word in found)
    if parts.defect[place] >= 1.0:
        return "failed"
    if parts.defect[place] > 0.1:
        return "degraded"
    return "worn" if parts.wear[place] > 0.6 else "good"
