"""The feature pass against others' rolling windows: the same numbers, and who is quickest.

Every candidate makes the same table: one row per decision time, mean, std, min, max and slope of
every sensor over every window, as float32. Candidates run in turn, the best of the repeats
counts, everything in one thread. `whole_pass` is our complete feature pass from readings: bringing
them to the step, the windows, the healthy normal, events and ages.

`ratio_to_fastest` is our time over that of the quickest rival, in the worst of the cases.
`largest_difference` is the largest difference from our table, relative to the value itself or,
where that is smaller, to the column's mean size: a slope near nothing has no digits to agree on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.measuring.report import as_json, say, tell, versions
from benchmarks.measuring.rolling import OURS, Table, ours
from benchmarks.measuring.rolling_rivals import Rival, rivals
from benchmarks.measuring.whole_pass import whole_pass

HOURS = 24
WINDOWS = (24, 72, 168)
GAPS = 0.02  # share of the steps without a reading, in the cases with gaps
CASES: Mapping[str, tuple[int, float]] = {
    "daily": (HOURS, 0.0),
    "every_step": (1, 0.0),
    "daily_with_gaps": (HOURS, GAPS),
    "every_step_with_gaps": (1, GAPS),
}
SLOW_CASE = "daily"  # the only one a slow rival is measured in


@dataclass(frozen=True, slots=True)
class Case:
    """Signals (sensors, steps) of every machine, and the number of steps before each row."""

    signals: Sequence[NDArray[np.float64]]
    stops: NDArray[np.int64]


@click.command()
@click.option("--machines", type=click.IntRange(1), default=50, show_default=True)
@click.option("--days", type=click.IntRange(8), default=90, show_default=True)
@click.option("--sensors", type=click.IntRange(1), default=4, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=5, show_default=True)
@as_json
def command(machines: int, days: int, sensors: int, repeats: int, as_json: bool) -> None:
    """Measure on hourly signals of so many machines; rivals that are not installed are named."""
    with threadpool_limits(1):
        report = measure(machines, days, sensors, repeats)
    tell(report | {"versions": versions()}, as_json=as_json)


def measure(machines: int, days: int, sensors: int, repeats: int) -> dict[str, Any]:
    """Return, per case, every candidate's seconds for all machines, ratio and difference."""
    found, missing = rivals()
    told: dict[str, dict[str, dict[str, Any]]] = {}
    for name, (every, gaps) in CASES.items():
        say(f"{name} ...")
        fit = {n: rival for n, rival in found.items() if name == SLOW_CASE or not rival.slow}
        case = make_case(machines, days * HOURS, sensors, every, gaps)
        told[name] = compared({OURS: Rival(ours), **fit}, case, repeats)
        told[name] |= {n: absent(r.slow) for n, r in found.items() if n not in fit}
        told[name] |= {n: absent(reason) for n, reason in missing.items()}
    say("the whole pass ...")
    return {
        "machines": machines,
        "days": days,
        "sensors": sensors,
        "windows": list(WINDOWS),
        **summary(told),
        "whole_pass": whole_pass(days * HOURS, sensors, WINDOWS, repeats),
        **told,
    }


def make_case(machines: int, steps: int, sensors: int, every: int, gaps: float) -> Case:
    """Return seeded signals that wander and tremble, each sensor at another level."""
    chance = np.random.default_rng(20261121)
    shape = (machines, sensors, steps)
    level = 10.0 ** (np.arange(sensors) % 4)[:, None]
    wander = chance.normal(0.0, 0.01, shape).cumsum(axis=-1)
    signals = level * (1.0 + 0.1 * wander + chance.normal(0.0, 0.05, shape))
    signals[chance.random(shape) < gaps] = np.nan
    return Case(list(signals), np.arange(every, steps + 1, every))


def compared(
    candidates: Mapping[str, Rival], case: Case, repeats: int
) -> dict[str, dict[str, Any]]:
    """Return seconds for all machines, ratio to ours and difference from ours, by candidate."""
    first = case.signals[0]
    wanted = ours(first, case.stops, WINDOWS)
    differences = {
        name: difference(rival.run(first, case.stops, WINDOWS), wanted)
        for name, rival in candidates.items()
    }
    seconds = {name: _seconds(rival, case) for name, rival in candidates.items()}
    for _ in range(repeats - 1):
        for name, rival in candidates.items():
            if not rival.slow:
                seconds[name] = min(seconds[name], _seconds(rival, case))
    return {
        name: {
            "seconds": round(seconds[name], 5),
            "ratio": round(seconds[name] / seconds[OURS], 3),
            "difference": differences[name],
        }
        for name in candidates
    }


def difference(found: Table, wanted: Table) -> float:
    """Return the largest relative difference of two tables; infinite where one has a gap only."""
    if found.shape != wanted.shape or not np.array_equal(np.isnan(found), np.isnan(wanted)):
        return float("inf")
    size = np.nanmean(np.abs(wanted), axis=0, dtype=np.float64)
    apart = np.abs(found.astype(np.float64) - wanted)
    return float(np.nanmax(apart / np.maximum(np.maximum(np.abs(wanted), size), 1e-30)))


def absent(reason: str) -> dict[str, Any]:
    """Return the row of a rival that could not be measured."""
    return {"seconds": None, "ratio": None, "difference": None, "absent": reason}


def summary(told: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return our time over the quickest rival's in the worst case, and the largest difference."""
    rows = [
        (1.0 / row["ratio"], rival, case, row["difference"])
        for case, rivals_told in told.items()
        for rival, row in rivals_told.items()
        if rival != OURS and row["ratio"] is not None
    ]
    if not rows:
        return {"ratio_to_fastest": None, "fastest": None, "largest_difference": None}
    worst, rival, case, _ = max(rows)
    return {
        "ratio_to_fastest": round(worst, 3),
        "fastest": f"{rival}, {case}",
        "largest_difference": max(row[-1] for row in rows),
    }


def _seconds(rival: Rival, case: Case) -> float:
    """Seconds for all machines; a slow rival's first one stands for the others."""
    measured = case.signals[:1] if rival.slow else case.signals
    begun = time.perf_counter()
    for signals in measured:
        rival.run(signals, case.stops, WINDOWS)
    return (time.perf_counter() - begun) * len(case.signals) / len(measured)


if __name__ == "__main__":
    command()
