"""Messages of a machine's control: some come with damage, some have nothing to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sample_data.machines import Machine
from sample_data.operation import Course
from sample_data.rows import EventRow
from sample_data.state import moment

STRAY_PER_DAY = 3 / 365
"""How often a component's warning comes without a reason."""
DAMAGE_PER_DAY = 1.2
"""How often it comes just before the component fails; in proportion to the defect before."""


@dataclass(frozen=True, slots=True)
class Nuisance:
    code: str
    detail: str
    per_day: float


NUISANCES = (
    Nuisance("E05", "Communication with the control room lost", 6 / 365),
    Nuisance("E11", "Stopped and restarted by the operator", 10 / 365),
    Nuisance("E17", "Supply voltage dip", 4 / 365),
)
NUISANCE_RATES = np.array([nuisance.per_day for nuisance in NUISANCES])


def report(
    machine: Machine, course: Course, start: datetime, day: int, chance: np.random.Generator
) -> list[EventRow]:
    """The day's messages in time order; a standing machine sends none."""
    places = machine.facts.components
    worst = course.defect.max(axis=0)
    warnings = STRAY_PER_DAY + DAMAGE_PER_DAY * worst
    counts = chance.poisson(np.concatenate([NUISANCE_RATES, warnings]))
    if not counts.any():
        return []
    labels = [(n.code, n.detail) for n in NUISANCES]
    labels += [(part.alarm, f"{part.name}: warning limit passed") for part in places]
    hours = np.sort(chance.uniform(0.0, 24.0, counts.sum()))
    codes = chance.permutation(np.repeat(np.arange(len(labels)), counts))
    return [
        EventRow(machine.tag, moment(start, 24 * day + hour), *labels[code])
        for hour, code in zip(hours, codes, strict=True)
        if course.running[int(hour)]
    ]
