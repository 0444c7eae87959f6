"""What changes about a machine from hour to hour. Hours are whole hours since the plant's start."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sample_data.chance import Purpose, stream
from sample_data.machines import Machine
from sample_data.surroundings import NORMAL_DUTY, Duty
from sample_data.wear import Parts, begin_life, new_parts

WHOLE = -1


@dataclass(frozen=True, slots=True)
class Job:
    """Work that starts at an hour, or as soon after it as the machine runs.

    place: of the component; WHOLE when the unit is exchanged. asked_for: see `rows.ServiceRow`.
    """

    hour: int
    place: int
    activity: str
    hours: int
    planned: bool
    asked_for: bool = False


@dataclass(slots=True)
class Stop:
    """The machine stands while a component is worked on."""

    job: Job
    condition_found: str
    hours_left: int


@dataclass(slots=True)
class Upset:
    """A passing disturbance of one sensor: the clearest sign of a component, without the others."""

    place: int
    size: float
    hours_left: int


@dataclass(slots=True)
class State:
    """`due_day` and `done_day` (days since start) belong to the preventive schedules.

    load: how far it lies above normal today; of that `duty.offset` belongs to the regime. unit: how
    often the whole unit was exchanged. stands: it did not run in the last hour.
    """

    parts: Parts
    due_day: list[int]
    done_day: list[int]
    jobs: list[Job] = field(default_factory=list)
    stop: Stop | None = None
    upset: Upset | None = None
    duty: Duty = NORMAL_DUTY
    load: float = 0.0
    unit: int = 0
    stands: bool = False
    silent_hours: int = 0
    held: float = math.nan


def first_state(machine: Machine, seed: int) -> State:
    """Condition on the first day: older machines are somewhere between two services."""
    facts = machine.facts.components
    parts = new_parts(len(facts))
    chance = stream(seed, Purpose.MACHINE, machine.index, 1)
    state = State(parts, due_day=[], done_day=[])
    for place, part in enumerate(facts):
        begin_life(parts, place, part, seed, machine.index)
        elapsed = 0.0 if machine.first_day else float(chance.uniform(0.0, 0.9))
        age_days = round(elapsed * part.service.every_days)
        parts.wear[place] = min(0.9, parts.pace[place] * 24.0 * age_days)
        state.done_day.append(machine.first_day - age_days)
        state.due_day.append(state.done_day[place] + part.service.every_days)
    return state


def moment(start: datetime, hours: float) -> datetime:
    """The instant *hours* after *start*, to the second."""
    return start + timedelta(seconds=round(hours * 3600.0))
