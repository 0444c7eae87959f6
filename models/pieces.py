"""Steps cut at the edges of windows, and what lies between any two of the edges.

What lies between two neighbouring edges is first brought to one sum, one lowest and one highest:
rows a day apart leave a piece of 24 hours each, rows at every step leave the steps themselves.
Sums then come from cumulative sums of the pieces, lowest and highest from spans that double, so a
window costs the same whatever its length, and edges may lie anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.history import Numbers

Index = NDArray[np.int64]
Summed = TypeVar("Summed", Numbers, Index)

MANY_ROWS = 512  # fewer are read sooner one by one than in slices, each of which has its price


@dataclass(frozen=True, slots=True)
class Edges:
    """Where steps are cut, rising from 0 to their number, and at which of these edges windows
    begin, `since` (windows, rows), and end, `upto` (1, rows)."""

    at: Index
    since: Index
    upto: Index


def edges_of(first: Index, last: Index, size: int) -> Edges:
    """Return the edges of windows from step `first` (windows, rows) to before `last` (1, rows)."""
    if 2 * last.size >= size:  # nearly as many pieces as steps
        return Edges(np.arange(size + 1), first, last)
    is_edge = np.zeros(size + 1, bool)
    is_edge[first] = is_edge[last] = True
    number = np.cumsum(is_edge) - 1
    return Edges(np.flatnonzero(is_edge), number[first], number[last])


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums up to each edge (3, roles, edges).

    values: of y, y^2 and x y; x counts the steps. known: of 1, x and x^2 over the known steps,
    whole numbers: their differences are exact however long the history is; None where no step is
    missing.
    """

    values: Numbers
    known: Index | None


def sums_of(y: Numbers, gaps: Index, at: Index) -> Sums:
    """Sum y (roles, steps) up to the edges `at`; gaps: its flat indices of missing steps.

    What is missing in `y` becomes 0.
    """
    x = np.arange(y.shape[-1])
    known = None
    if len(gaps):
        np.put(y, gaps, 0.0)
        is_known = np.ones(y.shape, np.int64)
        np.put(is_known, gaps, 0)
        known = _upto(is_known, (np.ones_like(x), x, x * x), at)
    return Sums(_upto(y, (np.ones(len(x)), y, x.astype(np.float64)), at), known)


def _upto(values: Summed, factors: Sequence[Summed], at: Index) -> Summed:
    """Sum values x factor up to each edge, for every factor."""
    sums = np.zeros((len(factors), len(values), len(at)), values.dtype)
    for factor, of_factor in zip(factors, sums, strict=True):
        np.cumsum(_cut(np.add, values * factor, at), axis=-1, out=of_factor[:, 1:])
    return sums


def least_of(low: Numbers, high: Numbers, gaps: Index, at: Index) -> Numbers:
    """Return the least of low and of -high (roles, steps) from each of the edges `at` to the next
    (2 x roles, edges), infinite where nothing is known; gaps: flat indices of missing steps."""
    if len(gaps):
        low, high = low.copy(), high.copy()
        np.put(low, gaps, np.inf)
        np.put(high, gaps, -np.inf)
    least = np.full((2 * len(low), len(at)), np.inf)
    least[: len(low), :-1] = _cut(np.minimum, low, at)
    np.negative(_cut(np.maximum, high, at), out=least[len(low) :, :-1])
    return least


def _cut(ufunc: np.ufunc, steps: Summed, at: Index) -> Summed:
    """Bring the steps (roles, steps) between two edges to one number (roles, edges - 1)."""
    if len(at) > steps.shape[-1]:
        return steps
    cut: Summed = ufunc.reduceat(steps, at[:-1], axis=-1)
    return cut


@dataclass(frozen=True, slots=True)
class Scattered:
    """Windows of any kind; the edges where they begin (windows, rows) and end (1, rows)."""

    windows: slice
    rows: slice
    since: Index
    upto: Index


@dataclass(frozen=True, slots=True)
class Even:
    """Rows of one window that move on by one edge each: read in slices, several times faster."""

    windows: int
    rows: slice
    since: slice
    upto: slice


Place = Scattered | Even


def places_of(edges: Edges) -> list[Place]:
    """Return places that hold every window once; even ones last, the shortest windows first."""
    since, upto = edges.since, edges.upto
    rows = upto.size
    late = _even_from(since, upto) if rows >= MANY_ROWS else rows
    places: list[Place] = []
    if late:
        places.append(Scattered(slice(None), slice(late), since[:, :late], upto[:, :late]))
    if late < rows:
        stop = int(upto[0, late])
        for window in np.argsort(-since[:, late]).tolist():
            start = int(since[window, late])
            begins, ends = (slice(first, first + rows - late) for first in (start, stop))
            places.append(Even(window, slice(late, rows), begins, ends))
    return places


def _even_from(since: Index, upto: Index) -> int:
    """The row from which on all windows move on by one edge each; none of them is empty."""
    if (since[:, -1] == upto[:, -1]).any():
        return upto.size
    is_uneven = (np.diff(np.concatenate([since, upto])) != 1).any(axis=0)
    return int(np.flatnonzero(is_uneven).max(initial=-1)) + 1


def between(sums: Summed, place: Place) -> Summed:
    """Return what was added to sums (..., edges) from begin to end (..., *windows)."""
    if isinstance(place, Even):
        return sums[..., place.upto] - sums[..., place.since]
    return sums.take(place.upto, axis=-1) - sums.take(place.since, axis=-1)


def least_between(least: Numbers, places: Sequence[Place]) -> Iterator[Numbers]:
    """Yield the least values of the windows of every place (2 x roles, *windows).

    Two spans of a power of two cover a window.
    """
    width = 1
    for place in places:
        if isinstance(place, Scattered):
            yield _from_table(least, place.since, place.upto)
            continue
        while 2 * width <= place.upto.start - place.since.start:
            least, width = _doubled(least, width), 2 * width
        again = slice(place.upto.start - width, place.upto.stop - width)
        yield np.minimum(least[:, place.since], least[:, again])


def _doubled(spans: Numbers, width: int) -> Numbers:
    """From spans of `width` pieces make those of twice as many (fewer at the end)."""
    doubled = np.empty_like(spans)
    np.minimum(spans[:, :-width], spans[:, width:], out=doubled[:, :-width])
    doubled[:, -width:] = spans[:, -width:]
    return doubled


def _from_table(least: Numbers, since: Index, upto: Index) -> Numbers:
    """Windows of many lengths: the spans of all widths stand side by side, to be read at once."""
    begin, end = int(since.min()), int(upto.max())
    spans = [least[:, begin : end + 1]]
    for level in range(int((upto - since).max()).bit_length() - 1):
        spans.append(_doubled(spans[-1], 1 << level))
    # Of an empty window anything is read: it has no step that counts.
    level = np.maximum(np.frexp(upto - since)[1].astype(np.int64) - 1, 0)
    table, offset = np.concatenate(spans, axis=1), level * (end + 1 - begin) - begin
    begins = table.take(offset + since, axis=-1)
    ends = table.take(offset + upto - (1 << level), axis=-1)
    return np.asarray(np.minimum(begins, ends))
