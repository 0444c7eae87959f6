"""How long before the failures the alarms came: every failure counted once, not every decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.measuring.event_scores import Window, event_scores, judge, merge
from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.scoring import DAY_US, YEAR_DAYS, Bools

HOURS = 24.0
COUNTED = ("failures", "found", "alarms", "right")
SCORED = ("precision", "recall", "f1", "false_alarms_per_machine_year")

Key = tuple[int, str, int]
"""Machine, component, night."""


@dataclass(frozen=True, slots=True)
class Warned:
    """The decisions from `first` on that alarmed, (machines, modes, days), and what they count for.

    An alarm is in time from `horizon` to `lead` before a failure, in days.
    """

    alarm: Bools
    first: int
    horizon: float
    lead: float = 0.0


def lead_times(fleet: Fleet, warned: Warned) -> dict[str, Any]:
    """Return how many failures were found, and how long before them, in hours.

    1. A failure is found if its component had an alarm in [failure - horizon, failure - lead], and
       before it. Failures that no tested decision could have warned of in time are left out.
    2. The lead is that from the first such alarm to the failure; median and 10th percentile are
       those of the failures found.
    3. Alarms of one component closer than the horizon are one: right if one of its decisions found
       a failure, else false.
    """
    nights = fleet.at[fleet.at >= warned.first]
    lead, horizon = (round(days * DAY_US) for days in (warned.lead, warned.horizon))
    # Nobody is warned at the very instant of a failure: the least lead is a microsecond.
    window = Window(max(lead, 1), horizon, int(nights[0]), int(nights[-1]), fleet.until)
    record = fleet.record
    alarms = merge(alarmed(fleet, warned), horizon)
    told = judge(alarms, record.failures, record.faults, record.machines, window)
    years = (window.last + horizon - window.first) / (YEAR_DAYS * DAY_US)
    scores = event_scores(told, years_each=years)
    return {
        **{name: scores[name] for name in (*COUNTED, *SCORED)},
        "lead_hours_median": _hours(scores["lead_days_median"]),
        "lead_hours_p10": _hours(scores["lead_days_p10"]),
    }


def alarmed(fleet: Fleet, warned: Warned) -> Iterator[Key]:
    """Yield every alarm by the record's number of its machine."""
    nights = fleet.at[fleet.at >= warned.first]
    for machine, mode, night in zip(*np.nonzero(warned.alarm), strict=True):
        yield fleet.machines[machine], fleet.modes[mode], int(nights[night])


def _hours(days: float | None) -> float | None:
    return None if days is None else days * HOURS
