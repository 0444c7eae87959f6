"""Statistics of many trailing windows at once, read off at the decision rows only.

Sums come from cumulative sums, lowest and highest from a table of doubling spans, so a row costs
the same whatever the window's length. Rows lie a fixed number of steps apart but for exchanges and
runs by hand, so nearly all is read in slices, several times faster than row by row. Gaps (NaN)
are left out of every statistic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.grid import RoleSteps
from models.history import Flags, Numbers

Index = NDArray[np.int64]


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
    anchor = _anchors(mean, known)
    totals = _totals(mean - anchor, known)
    spans = _doubling(_searched(low, high, known), int((stop - start).max(initial=1)))
    told = np.empty((6, start.shape[1], len(mean), len(start)))
    last = stop[:, 0] - begin
    for window, first in enumerate((start - begin).T):
        _one_window(totals, spans, first, last, told[:, window])
    told[1] += anchor
    return WindowStats(*told.transpose(0, 2, 3, 1))


def _anchors(mean: Numbers, known: Flags) -> Numbers:
    """The first known value of each role (roles, 1): causal, and small numbers keep the
    cumulative sums exact enough."""
    if not mean.shape[-1]:
        return np.zeros((len(mean), 1))
    first = np.take_along_axis(mean, known.argmax(axis=-1)[:, None], axis=-1)
    return np.where(np.isfinite(first), first, 0.0)


@dataclass(frozen=True, slots=True)
class _Totals:
    """Sums up to each step: y, y^2 and x y (3, roles, steps + 1); 1, x and x^2 of the known steps.

    The latter are whole numbers: their differences are exact however long the history is. None
    where no step is missing.
    """

    values: Numbers
    indices: NDArray[np.int64] | None


def _totals(y: Numbers, known: Flags) -> _Totals:
    roles, size = y.shape
    x = np.arange(size)
    values = np.zeros((3, roles, size + 1))
    indices = None
    if not known.all():
        y[~known] = 0.0
        indices = np.zeros((3, roles, size + 1), np.int64)
        for counted, upto in zip((known, x * known, x * x * known), indices, strict=True):
            np.cumsum(counted, axis=-1, out=upto[:, 1:])
    for part, total in zip((y, y * y, x * y), values, strict=True):
        np.cumsum(part, axis=-1, out=total[:, 1:])
    return _Totals(values, indices)


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows whose windows begin and end at equal distances: each is a slice of the steps."""

    rows: slice
    start: slice
    stop: slice
    length: int  # of the first window
    grows: bool  # all begin at the same step


def _runs(start: Index, stop: Index) -> Iterator[_Run]:
    """Cut the rows of one window into runs, as few as a single pass finds."""
    moves = np.stack([np.diff(start), np.diff(stop)])
    turns = np.flatnonzero((moves[:, 1:] != moves[:, :-1]).any(axis=0)) + 2
    edges = [0, *turns.tolist(), len(start)]
    for a, b in pairwise(edges):
        grows = b - a > 1 and bool(moves[0, a] != moves[1, a])
        if grows and moves[0, a]:  # both ends move, each its own way: no slices, row by row
            yield from (_run(start, stop, row, row + 1, False) for row in range(a, b))
        elif a < b:
            yield _run(start, stop, a, b, grows)


def _run(start: Index, stop: Index, a: int, b: int, grows: bool) -> _Run:
    length = int(stop[a] - start[a])
    return _Run(slice(a, b), _slice(start[a:b]), _slice(stop[a:b]), length, grows)


def _slice(index: Index) -> slice:
    """Return the slice of an index with equal distances; distance 0 becomes one broadcast step."""
    first, apart = int(index[0]), int(index[1] - index[0]) if len(index) > 1 else 1
    if apart == 0:
        return slice(first, first + 1)
    return slice(first, first + apart * (len(index) - 1) + 1, apart)


def _one_window(
    totals: _Totals, spans: list[Numbers], start: Index, stop: Index, told: Numbers
) -> None:
    """Fill in count, mean - anchor, std, low, high and slope (6, roles, rows) of one window."""
    roles = told.shape[1]
    sums, least = np.empty(told[:3].shape), np.empty((2 * roles, len(start)))
    counted = None if totals.indices is None else np.empty(told[:3].shape, np.int64)
    for run in _runs(start, stop):
        np.subtract(
            totals.values[..., run.stop], totals.values[..., run.start], out=sums[..., run.rows]
        )
        if counted is not None and totals.indices is not None:
            both = (totals.indices[..., run.stop], totals.indices[..., run.start])
            np.subtract(*both, out=counted[..., run.rows])
        _least(spans, run, out=least[:, run.rows])
    index_sums = _full(start, stop) if counted is None else _shifted(counted, stop)
    told[3], told[4] = least[:roles], -least[roles:]
    _finish(told, sums, index_sums, stop)


def _full(start: Index, stop: Index) -> tuple[Numbers, ...]:
    """Sums of 1, x, x^2 for x = -n .. -1: no step is missing."""
    n = (stop - start).astype(np.float64)
    return n, -n * (n + 1) / 2, n * (n + 1) * (2 * n + 1) / 6


def _shifted(counted: NDArray[np.int64], stop: Index) -> tuple[Numbers, ...]:
    """Sums of 1, x, x^2 over the known steps, x counted back from each window's end."""
    n, raw_x, raw_xx = counted
    sum_xx = raw_xx - 2 * stop * raw_x + stop * stop * n
    return n.astype(float), (raw_x - stop * n).astype(float), sum_xx.astype(float)


def _finish(told: Numbers, sums: Numbers, index_sums: tuple[Numbers, ...], stop: Index) -> None:
    """Turn sums into statistics, in place: at every step of a long history copies would cost."""
    n, sum_x, sum_xx = index_sums
    sum_y, squares, products = sums
    products -= stop * sum_y
    one, two = np.where(n >= 1, n, np.nan), np.where(n >= 2, n, np.nan)
    told[0] = n
    mean = np.divide(sum_y, one, out=told[1])
    squares -= sum_y * mean
    np.maximum(squares, 0.0, out=squares)
    squares /= two - 1.0
    np.sqrt(squares, out=told[2])
    products -= sum_x * mean
    np.divide(products, sum_xx - sum_x**2 / two, out=told[5])
    still = told[4] <= told[3]  # rounding must not make a constant signal move
    if still.any():
        alone = np.broadcast_to(np.where(n >= 2, 0.0, np.nan), still.shape)[still]
        told[2][still] = told[5][still] = alone
    if n.min(initial=1) < 1:
        told[3:5, np.broadcast_to(n < 1, still.shape)] = np.nan


def _searched(low: Numbers, high: Numbers, known: Flags) -> Numbers:
    """Low and -high (2 x roles, steps), infinite where nothing is known: the least is wanted."""
    values = np.concatenate([low, -high])
    if not known.all():
        values[~np.concatenate([known, known])] = np.inf
    return values


def _doubling(values: Numbers, longest: int) -> list[Numbers]:
    """Entry j holds the least of 2^j values from each position on (fewer at the end)."""
    spans = [values]
    while 2 ** len(spans) <= longest:
        apart = 1 << (len(spans) - 1)
        half = spans[-1]
        whole = half.copy()
        np.minimum(half[:, :-apart], half[:, apart:], out=whole[:, :-apart])
        spans.append(whole)
    return spans


def _least(spans: list[Numbers], run: _Run, out: Numbers) -> None:
    """Fill in the least value of each window of a run: two spans of a power of two cover it."""
    if run.grows:
        since = np.minimum.accumulate(spans[0][:, run.start.start : run.stop.stop], axis=-1)
        begin = run.start.start + 1
        _grown(since, slice(run.stop.start - begin, run.stop.stop - begin, run.stop.step), out)
    elif run.length == 0:
        out[...] = np.inf
    else:
        level = run.length.bit_length() - 1
        shift = run.length - (1 << level)
        shifted = slice(run.start.start + shift, run.start.stop + shift, run.start.step)
        np.minimum(spans[level][:, run.start], spans[level][:, shifted], out=out)


def _grown(since: Numbers, at: slice, out: Numbers) -> None:
    """Windows that begin at one step; the first may be empty."""
    if at.start < 0:
        out[:, 0] = np.inf
        at, out = slice(at.start + (at.step or 1), at.stop, at.step), out[:, 1:]
    out[...] = since[:, at]
