"""A tiny fleet and what happened to it, for tests of the Azure report: a decision a day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.record import Happening, Part, Record
from benchmarks.measuring.scoring import DAY_US
from models import ClassSpec, CostSpec
from models.outcomes import FAILURE

SPEC = ClassSpec(
    code="pump",
    roles=(),
    step_us=DAY_US,
    decision_us=0,
    review_steps=1,
    windows=(1,),
    horizons=(1, 7),
    lead_steps=3,
    horizon_steps=14,
    modes=("seal",),
    costs=CostSpec(inspection=1.0, planned=5.0, unplanned=25.0, detection_share=0.8),
)


def fleet(days: int, failures: Mapping[int, tuple[float, ...]]) -> Fleet:
    """Machines by the record's number, with the days on which their seal failed."""
    happened = tuple(
        Happening(machine, "seal", round(day * DAY_US))
        for machine, when in failures.items()
        for day in when
    )
    machines, until = tuple(failures), days * DAY_US
    parts = tuple(part(machine, when) for machine, when in failures.items())
    nothing = np.zeros((len(machines), 1, days), bool)
    return Fleet(
        spec=SPEC,
        samples=(),
        at=np.arange(days, dtype=np.int64) * DAY_US,
        until=until,
        fails_day=nothing,
        fails_week=nothing,
        record=Record(machines, parts, happened, (), until),
        machines=machines,
    )


def part(machine: int, when: tuple[float, ...]) -> Part:
    """A seal that was new on day 0."""
    return Part(
        machine=machine,
        class_code="pump",
        mode="seal",
        since=-DAY_US,
        born_at=-DAY_US,
        ends=np.array([round(day * DAY_US) for day in when], dtype=np.int64),
        kinds=np.full(len(when), FAILURE, dtype=np.int8),
        is_repair=np.zeros(len(when), bool),
    )


def alarms(machines: int, days: int, *given: tuple[int, int]) -> np.ndarray:
    """Alarms (machines, 1, days) of (place of the machine, day of the grid)."""
    grid = np.zeros((machines, 1, days), bool)
    for machine, day in given:
        grid[machine, 0, day] = True
    return grid
