"""Statistics of many trailing windows at once, read off at the decision rows only.

Sums come from cumulative sums, lowest and highest from a table of doubling spans, so a row costs
the same whatever the window's length. Gaps (NaN) are left out of every statistic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.grid import RoleSteps
from models.history import Numbers

Index = NDArray[np.int64]
Kind = TypeVar("Kind", np.int64, np.float64)


@dataclass(frozen=True, slots=True)
class WindowStats:
    """Each array is (roles, rows, windows). `slope` is per step; `std` divides by n - 1.

    mean, low and high need one step in the window, std and slope two; else NaN.
    """

    count: Numbers
    mean: Numbers
    std: Numbers
    low: Numbers
    high: Numbers
    slope: Numbers


def window_stats(steps: RoleSteps, start: Index, stop: Index) -> WindowStats:
    """Return statistics of the steps start .. stop-1 of several roles.

    The arrays of `steps` are (roles, steps); `start` is (rows, windows), `stop` (rows, 1).
    """
    known = np.isfinite(steps.mean)
    anchor = _anchors(steps.mean, known)
    y = np.where(known, steps.mean - anchor, 0.0)
    n, sum_x, sum_xx = _index_sums(known, start, stop)
    sum_y, sum_yy, sum_xy = _value_sums(y, start, stop)
    low, high = _extremes(steps, known, start, stop)
    one = np.where(n >= 1, n, np.nan)
    two = np.where(n >= 2, n, np.nan)
    squares = np.maximum(sum_yy - sum_y**2 / two, 0.0)
    slope = (sum_xy - sum_x * sum_y / two) / (sum_xx - sum_x**2 / two)
    moved = high > low  # rounding must not make a constant signal move
    return WindowStats(
        count=n,
        mean=anchor[..., None] + sum_y / one,
        std=np.where(moved, np.sqrt(squares / (two - 1.0)), two * 0.0),
        low=np.where(n >= 1, low, np.nan),
        high=np.where(n >= 1, high, np.nan),
        slope=np.where(moved, slope, two * 0.0),
    )


def _anchors(mean: Numbers, known: NDArray[np.bool_]) -> Numbers:
    """The first known value of each role (roles, 1): causal, and small numbers keep the
    cumulative sums exact enough."""
    if not mean.shape[-1]:
        return np.zeros((len(mean), 1))
    first = np.take_along_axis(mean, known.argmax(axis=-1)[:, None], axis=-1)
    return np.where(np.isfinite(first), first, 0.0)


def _index_sums(known: NDArray[np.bool_], start: Index, stop: Index) -> tuple[Numbers, ...]:
    """Number of known steps and the sums of x and x^2, x counted back from each window's end.

    Whole numbers all the way: their differences are exact however long the history is.
    """
    if known.all():  # no gap anywhere: the sums of 1, x, x^2 for x = -n .. -1
        n = np.broadcast_to((stop - start).astype(np.float64), (len(known), *start.shape))
        return n, -n * (n + 1) / 2, n * (n + 1) * (2 * n + 1) / 6
    x = np.arange(known.shape[-1], dtype=np.int64) * known
    counted, raw_x, raw_xx = _between([known.astype(np.int64), x, x * x], start, stop)
    sum_x = raw_x - stop * counted
    sum_xx = raw_xx - 2 * stop * raw_x + stop * stop * counted
    return counted.astype(float), sum_x.astype(float), sum_xx.astype(float)


def _value_sums(y: Numbers, start: Index, stop: Index) -> tuple[Numbers, ...]:
    """Sums of y, y^2 and x y, x counted back from each window's end."""
    x = np.arange(y.shape[-1], dtype=np.float64)
    sum_y, sum_yy, raw_xy = _between([y, y * y, x * y], start, stop)
    return sum_y, sum_yy, raw_xy - stop * sum_y


def _between(parts: list[NDArray[Kind]], start: Index, stop: Index) -> list[NDArray[Kind]]:
    """The sum of each part over each window, from one run of cumulative sums."""
    sums = [np.cumsum(part, axis=-1) for part in parts]
    padded = [np.pad(total, ((0, 0), (1, 0))) for total in sums]
    return [total[:, stop] - total[:, start] for total in padded]


def _extremes(
    steps: RoleSteps, known: NDArray[np.bool_], start: Index, stop: Index
) -> tuple[Numbers, Numbers]:
    """Lowest and highest of each window; infinite the wrong way round where nothing is known."""
    values = np.concatenate([steps.low, -steps.high])
    values[~np.concatenate([known, known])] = np.inf
    least = _least(values, start, stop)
    return least[: len(known)], -least[len(known) :]


def _least(values: Numbers, start: Index, stop: Index) -> Numbers:
    """Return the least value of each window: two overlapping spans of a power of two cover it."""
    length, size = stop - start, values.shape[-1]
    if not size or not length.size:
        return np.full((len(values), *length.shape), np.inf)
    level = np.frexp(np.maximum(length, 1))[1].astype(np.int64) - 1
    table = _doubling(values, int(level.max())).reshape(len(values), -1)
    first = np.minimum(start, size - 1)
    last = np.clip(stop - (np.int64(1) << level), 0, size - 1)
    least: Numbers = np.minimum(table[:, level * size + first], table[:, level * size + last])
    least[:, length == 0] = np.inf
    return least


def _doubling(values: Numbers, levels: int) -> Numbers:
    """Entry [:, j] holds the least of 2^j values from each position on (fewer at the end)."""
    table = np.empty((len(values), levels + 1, values.shape[-1]))
    table[:, 0] = values
    for level in range(1, levels + 1):
        span = 1 << (level - 1)
        half = table[:, level - 1]
        np.minimum(half[:, :-span], half[:, span:], out=table[:, level, :-span])
        table[:, level, -span:] = half[:, -span:]
    return table
