"""How far off is too far? One limit per machine, from its own healthy history.

It is set so that the machine would have been called out at most `ALARMS_PER_YEAR` times a year
while nothing was wrong with it. A young machine has a cautious limit, which its history replaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.health import HealthSeries
from models.history import Flags, Instants
from models.signals import MAD_TO_STD
from models.spec import DAY_US, ClassSpec

Floats = NDArray[np.float64]

ALARMS_PER_YEAR = 2.0
YEAR_US = 365.25 * DAY_US
SMOOTHED_US = 3 * DAY_US  # the median of so long: one bad day calls nobody
COOLDOWN_US = 14 * DAY_US  # an excursion that lasts would be called out again after this
LEAST = 4.0  # scales; below this nobody is called out, however quiet the machine
# The highest of N quiet days is passed once in the next N, too often while N is short of half a
# year: the limit is then carried on as far as a tail that falls with this power would reach.
TAIL = 3.0
LEAST_YEARS = 1 / 12  # no history counts as this long
PRIOR_ROWS = 30  # the scale of a role starts at 1 spread, worth this many rows
LEAST_SCALE = 0.5  # spreads; a role steadier than this is not held to it


@dataclass(frozen=True, slots=True)
class Limit:
    """`distance` (n,): the furthest role's distance in scales; `scale` (r,): spreads that count
    as 1; `factor`: the limit in scales. alarms_per_year: at this limit on the own history, None
    without any."""

    distance: Floats
    scale: Floats
    factor: float
    alarms_per_year: float | None


def smoothed(rows: NDArray[np.floating], lives: NDArray[np.intp], spec: ClassSpec) -> Floats:
    """Return the median (n, r) of the last days at each row; NaN where most of them are unknown.

    Days before an end of a life (`lives` tells rows apart) count as unknown after it.
    """
    count = max(round(SMOOTHED_US / (spec.review_steps * spec.step_us)), 1)
    windows = np.array(_last(np.asarray(rows, dtype=float), count, np.nan))
    windows[_last(lives, count, -1) != lives[:, None]] = np.nan
    ordered = np.sort(windows, axis=1)  # unknown ones last
    known = np.isfinite(windows).sum(axis=1)
    low, high = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, count - 1)
    ends = [np.take_along_axis(ordered, k[:, None], axis=1)[:, 0] for k in (low, high)]
    return np.where(2 * known > count, (ends[0] + ends[1]) / 2, np.nan)


def own_limit(machine: HealthSeries, deviation: Floats, spec: ClassSpec) -> Limit:
    """Return the limit of one machine; `deviation` (n, r) is smoothed and free of the sisters'."""
    scale = _scale(deviation[machine.is_history])
    distance = _furthest(np.abs(deviation) / scale)
    history = _history(machine, distance)
    years = len(history) * spec.review_steps * spec.step_us / YEAR_US
    # The m-th highest peak of N quiet days is passed m times in the next N: one less is allowed.
    allowed = max(int(ALARMS_PER_YEAR * years) - 1, 0)
    told = _least_limit(distance[history], machine.at[history], allowed)
    factor = told * max(1.0, 1.0 / (ALARMS_PER_YEAR * max(years, LEAST_YEARS))) ** (1.0 / TAIL)
    made = _alarms(distance[history], machine.at[history], factor, len(history))
    return Limit(distance, scale, factor, made / years if years else None)


def excursion(machine: HealthSeries, limit: Limit) -> int | None:
    """Return the row at which the excursion began that still goes on, None without one."""
    runs = list(_runs(machine, limit.distance, limit.factor))
    if not runs or runs[-1][1] != len(limit.distance) - 1 or np.isnan(limit.distance[-1]):
        return None
    return runs[-1][0]


def _scale(history: Floats) -> Floats:
    """Return 1.4826 x the median distance of each role in its healthy history, shrunk towards 1
    spread by `PRIOR_ROWS`."""
    count = np.isfinite(history).sum(axis=0)
    ordered = np.sort(np.abs(history), axis=0)
    middle = np.maximum(count - 1, 0) // 2
    median = np.zeros(history.shape[1])
    if len(history):
        median = np.nan_to_num(np.take_along_axis(ordered, middle[None], axis=0)[0])
    weight = count / (count + PRIOR_ROWS)
    scale = np.sqrt(weight * (MAD_TO_STD * median) ** 2 + (1.0 - weight))
    return np.asarray(np.maximum(scale, LEAST_SCALE))


def _furthest(distances: Floats) -> Floats:
    """Return the greatest known distance of each row, NaN where none is known."""
    far = np.where(np.isfinite(distances), distances, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(far), far, np.nan)


def _history(machine: HealthSeries, distance: Floats) -> NDArray[np.intp]:
    """Return the rows the limit is set on: healthy ones, without excursions that may be real.

    An excursion that still goes on, led into a failure or a fault, or ended with work on the
    machine, was not shown to be a false one; slow wear would become normal through it.
    """
    kept = machine.is_history & np.isfinite(distance)
    for first, last in _runs(machine, distance, LEAST):
        goes_on = last + 1 == len(distance)
        worked = not goes_on and machine.lives[last] != machine.lives[last + 1]
        if goes_on or worked or not machine.is_history[first : last + 1].all():
            kept[first : last + 1] = False
    return np.flatnonzero(kept)


def _runs(machine: HealthSeries, distance: Floats, limit: float) -> Iterator[tuple[int, int]]:
    """Yield (first, last row) of each stretch of at least `limit`; unknown rows do not end it, the
    end of a life does."""
    lives, known = machine.lives, np.flatnonzero(np.isfinite(distance))
    run = np.where(distance[known] >= limit, lives[known] + 1, 0)
    turns = np.flatnonzero(np.diff(run, prepend=0, append=0))
    after = np.append(known, len(distance))
    for start, stop in pairwise(turns):
        if run[start]:
            first = int(known[start])
            next_life = int(np.searchsorted(lives, lives[first], side="right"))
            yield first, min(int(after[stop]), next_life) - 1


def _last(rows: NDArray[Any], count: int, fill: float) -> NDArray[Any]:
    """Return the last `count` entries at each row, (n, count, ...), `fill` before the first."""
    before = np.full((count - 1, *rows.shape[1:]), fill, rows.dtype)
    found = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, rows]), count, axis=0)
    return np.moveaxis(found, -1, 1)


def _least_limit(distance: Floats, at: Instants, allowed: int) -> float:
    """Return the least limit that would have called out at most `allowed` times.

    The number of calls never rises with the limit, so that halving finds it.
    """
    above = np.unique(distance[distance >= LEAST])
    limits = np.concatenate([[LEAST], np.nextafter(above, np.inf)])
    low, high = 0, len(limits) - 1
    while low < high:
        middle = (low + high) // 2
        if _alarms(distance, at, float(limits[middle]), allowed) > allowed:
            low = middle + 1
        else:
            high = middle
    return float(limits[low])


def _alarms(distance: Floats, at: Instants, limit: float, most: int) -> int:
    """Count the calls at a limit, each at least a cooldown after the one before; stop beyond
    `most`."""
    off: Flags = distance >= limit
    times = at[off]
    count, row = 0, 0
    while row < len(times) and count <= most:
        count += 1
        row = int(np.searchsorted(times, times[row] + COOLDOWN_US, side="left"))
    return count
