"""Statistics of many trailing windows at once, read off at the decision rows only.

The steps are cut at the edges of the windows and added up once; each window is then told from
sums and extremes between two edges, so a row costs the same whatever the window's length. Gaps
(NaN) are left out of every statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.grid import RoleSteps
from models.history import Flags, Numbers
from models.pieces import (
    Index,
    Place,
    Sums,
    between,
    edges_of,
    least_between,
    least_of,
    places_of,
    sums_of,
)


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

    The arrays of `steps` are (roles, steps); `start` is (rows, windows), `stop` (rows, 1). Steps
    that no window reaches are not looked at.
    """
    begin, end = (int(start.min()), int(stop.max())) if start.size else (0, 0)
    mean, low, high = (part[:, begin:end] for part in (steps.mean, steps.low, steps.high))
    known = np.isfinite(mean)
    anchor, gaps = _anchors(mean, known), np.flatnonzero(~known)
    first, last = (np.ascontiguousarray(edge.T) - begin for edge in (start, stop))
    edges = edges_of(first, last, end - begin)
    places = places_of(edges)
    told = np.empty((6, len(mean), *first.shape))
    _tell_extremes(least_of(low, high, gaps, edges.at), places, told[3:5])
    sums = sums_of(mean - anchor, gaps, edges.at)
    for place in places:
        ended = last[0, place.rows]
        length = ended - first[place.windows, place.rows]
        _tell(sums, place, length, ended, told[:, :, place.windows, place.rows])
    told[1] += anchor[..., None]
    return WindowStats(*told.swapaxes(2, 3))


def _anchors(mean: Numbers, known: Flags) -> Numbers:
    """The first known value of each role (roles, 1): causal, and small numbers keep the
    cumulative sums exact enough."""
    if not mean.shape[-1]:
        return np.zeros((len(mean), 1))
    first = mean[np.arange(len(mean)), known.argmax(axis=-1)]
    return np.where(np.isfinite(first), first, 0.0)[:, None]


def _tell_extremes(least: Numbers, places: Sequence[Place], told: Numbers) -> None:
    """Fill in low and high (2, roles, windows, rows)."""
    roles = told.shape[1]
    for place, found in zip(places, least_between(least, places), strict=True):
        low, high = told[:, :, place.windows, place.rows]
        low[...] = found[:roles]
        np.negative(found[roles:], out=high)


def _tell(sums: Sums, place: Place, length: Index, ended: Index, told: Numbers) -> None:
    """Fill in count, mean - anchor, std and slope of one place (6, roles, *windows).

    length: of each window, in steps; ended: the number of steps before its end.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # what is told of too few is taken back
        if sums.known is None:
            of_index = _of_all(length, ended)
        else:
            of_index = _of_known(between(sums.known, place))
        _finish(told, between(sums.values, place), of_index)


def _of_all(length: Index, ended: Index) -> tuple[Numbers, Numbers, Numbers]:
    """Return n, the mean of x and the sum of its squared distances from it: no step is missing."""
    n = length.astype(np.float64)
    return n, ended - (n + 1) / 2, n * (n * n - 1) / 12


def _of_known(known: Index) -> tuple[Numbers, Numbers, Numbers]:
    """The same from sums of 1, x and x^2 over the known steps.

    The difference of two large numbers is exact even where both overflow, for it fits itself up
    to 102,000 steps in a window; the longest that a class may have are 100,000.
    """
    n, x, xx = known
    return n.astype(np.float64), x / n, (n * xx - x * x) / n


def _finish(told: Numbers, sums: Numbers, of_index: tuple[Numbers, Numbers, Numbers]) -> None:
    """Turn sums into statistics, in place: at every step of a long history copies would cost."""
    n, mean_x, spread_x = of_index
    sum_y, squares, products = sums
    count, mean, std, low, high, slope = told
    count[...] = n
    np.multiply(sum_y, 1.0 / n, out=mean)
    squares -= sum_y * mean
    np.maximum(squares, 0.0, out=squares)
    squares *= 1.0 / (n - 1.0)
    np.sqrt(squares, out=std)
    products -= sum_y * mean_x
    np.multiply(products, 1.0 / spread_x, out=slope)
    still = high <= low  # rounding must not make a constant signal move
    if still.any():
        _put((std, slope), 0.0, still)
    fewest = n.min(initial=2)
    if fewest < 2:
        _put((std, slope), np.nan, n < 2)
    if fewest < 1:
        _put((low, high), np.nan, n < 1)


def _put(parts: Sequence[Numbers], value: float, where: Flags) -> None:
    for part in parts:
        np.copyto(part, value, where=where)
