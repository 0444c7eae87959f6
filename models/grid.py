"""Readings brought to the class's step. A step is (start, end] and is stamped at its end.

Gaps stay gaps: a step without a reading is NaN with count 0. Steps in which the machine mostly
stood are emptied too, so that a stopped machine does not look like a healthy one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.history import Flags, Instants, MachineHistory, Numbers, Series
from models.regimes import Steadying
from models.spec import ClassSpec

LARGEST = 1e15  # beyond this, in any unit, a value is a broken transmission and counts as missing
RUNNING_SHARE = 0.5  # a step counts when the machine ran at least this share of it


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps 0 .. size-1 of one machine; step k is (first_end + (k-1) * step, first_end + k * step].

    Each array of a role has one entry per step.
    """

    first_end: int
    step_us: int
    size: int
    roles: dict[str, RoleSteps]

    def step_at(self, at: Instants) -> NDArray[np.int64]:
        """Return the index of the last step that has ended by each instant (-1 = none yet)."""
        return (at - self.first_end) // self.step_us


@dataclass(frozen=True, slots=True)
class RoleSteps:
    """Mean, lowest, highest and number of readings per step; NaN and 0 where there was none."""

    mean: Numbers
    low: Numbers
    high: Numbers
    count: Numbers


def build_grid(history: MachineHistory, spec: ClassSpec, last_end: int) -> Grid:
    """Return the grid from the first reading to the step that ends at `last_end`.

    Steps are aligned to the decision time. Readings after `last_end` are left out: their step has
    not ended yet.
    """
    first_at = history.first_at if history.first_at is not None else last_end
    first_end = last_end - (last_end - first_at) // spec.step_us * spec.step_us
    size = max((last_end - first_end) // spec.step_us + 1, 0)
    ends = first_end + spec.step_us * np.arange(size, dtype=np.int64)
    stood = _stood(history, ends, spec.step_us)
    roles = {
        role: _role_steps(history.readings.get(role), first_end, spec.step_us, stood)
        for role in spec.role_codes
    }
    return Grid(first_end, spec.step_us, size, roles)


def steadied(grid: Grid, spec: ClassSpec) -> Grid:
    """Return the grid with the operating point taken out of every role that tells of health.

    The very same grid when the class has one regime. A step's regime is that of its own means, so
    nothing later than the step decides it.
    """
    regimes = spec.regimes
    if regimes is None:
        return grid
    nothing = np.full(grid.size, np.nan)
    known = [grid.roles[c].mean if c in grid.roles else nothing for c in regimes.conditions]
    ways = regimes.steadying(np.stack(known, axis=1))
    roles = {
        code: _steadied(steps, ways[code]) if code in ways else steps
        for code, steps in grid.roles.items()
    }
    return Grid(grid.first_end, grid.step_us, grid.size, roles)


def _steadied(steps: RoleSteps, way: Steadying) -> RoleSteps:
    return RoleSteps(
        way.steady(steps.mean), way.steady(steps.low), way.steady(steps.high), steps.count
    )


def _stood(history: MachineHistory, ends: Instants, step_us: int) -> Flags:
    if history.running is None:
        return np.zeros(len(ends), bool)
    ran = history.elapsed(ends) - history.elapsed(ends - step_us)
    return ran < RUNNING_SHARE * step_us


def _role_steps(series: Series | None, first_end: int, step_us: int, stood: Flags) -> RoleSteps:
    steps = _empty(len(stood))
    if series is None:
        return steps
    kept = _usable(series, first_end + (len(stood) - 1) * step_us)
    if not len(kept.at):
        return steps
    index = (kept.at - first_end - 1) // step_us + 1
    _fill(steps, index, kept)
    for column in (steps.mean, steps.low, steps.high):
        column[stood] = np.nan
    steps.count[stood] = 0.0
    return steps


def _empty(size: int) -> RoleSteps:
    mean, low, high = np.full((3, size), np.nan)
    return RoleSteps(mean, low, high, np.zeros(size))


def _usable(series: Series, last_end: int) -> Series:
    """The sane readings up to the last step's end; all of them without a copy if possible."""
    kept = (np.abs(series.value) <= LARGEST) & (series.at <= last_end)  # NaN is not
    if series.count is not None:
        kept &= series.count > 0
    if kept.all():
        return series
    low, high, count = (
        None if part is None else part[kept] for part in (series.low, series.high, series.count)
    )
    return Series(series.at[kept], series.value[kept], low, high, count)


def _fill(steps: RoleSteps, index: NDArray[np.int64], series: Series) -> None:
    """Bring readings, rising in time, into their steps; a step's mean is weighted by count."""
    low = series.value if series.low is None else series.low
    high = series.value if series.high is None else series.high
    count = np.ones(len(index)) if series.count is None else series.count
    first = np.flatnonzero(np.diff(index, prepend=index[0] - 1))
    mean = series.value
    if len(first) < len(index):
        weighted = np.add.reduceat(mean * count, first)
        count = np.add.reduceat(count, first)
        mean = weighted / count
        low, high = np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)
        index = index[first]
    steps.mean[index], steps.low[index], steps.high[index] = mean, low, high
    steps.count[index] = count
