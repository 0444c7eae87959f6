"""Windows that begin and end anywhere, against each window told by itself.

The rows of a plant lie a day apart or at every step, and some in between: after an exchange, by
hand, twice at the same step. Which way they are read must not show.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.grid import RoleSteps
from models.pieces import MANY_ROWS
from models.windows import WindowStats, window_stats

TOLERANCE = 2e-6
STATISTICS = ("count", "mean", "std", "low", "high", "slope")


def steps_of(mean: np.ndarray, apart: float = 0.0) -> RoleSteps:
    """Steps (roles, steps) whose lowest and highest lie so far from the mean."""
    return RoleSteps(mean, mean - apart, mean + apart, np.isfinite(mean).astype(float))


def signals(chance: np.random.Generator, size: int, gaps: float) -> np.ndarray:
    """Two roles: one wanders, one sticks to the same value for long."""
    wanders = 50.0 + chance.normal(0.0, 0.3, size).cumsum()
    sticks = np.repeat(chance.integers(0, 3, size // 40 + 1) * 0.1, 40)[:size]
    mean = np.stack([wanders, sticks])
    mean[chance.random(mean.shape) < gaps] = np.nan
    return mean


def trailing(
    stop: np.ndarray, windows: tuple[int, ...], exchanges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where windows begin and end that do not reach across an exchange."""
    behind = np.concatenate([[0], exchanges])[np.searchsorted(exchanges, stop)][:, None]
    return np.maximum(stop[:, None] - np.array(windows), behind), stop[:, None]


def one_by_one(steps: RoleSteps, role: int, start: int, stop: int) -> tuple[float, ...]:
    """The statistics of one window, by numpy's own means."""
    known = start + np.flatnonzero(np.isfinite(steps.mean[role, start:stop]))
    y, nan = steps.mean[role, known], np.nan
    if not len(known):
        return 0, nan, nan, nan, nan, nan
    low, high = steps.low[role, known].min(), steps.high[role, known].max()
    if len(known) == 1:
        return 1, y[0], nan, low, high, nan
    if low == high:
        return len(known), y[0], 0.0, low, high, 0.0
    x = known - known.mean()
    slope = x @ (y - y.mean()) / (x @ x)
    return len(known), y.mean(), y.std(ddof=1), low, high, slope


def assert_told(
    stats: WindowStats, steps: RoleSteps, start: np.ndarray, stop: np.ndarray, rows: list[int]
) -> None:
    """Compare some rows; small numbers are judged by the size of their column, and a std of
    nothing, the root of what rounding leaves, by the size of a small move."""
    told = np.stack([getattr(stats, name)[:, rows] for name in STATISTICS], axis=-1)
    wanted = np.array(
        [
            [[one_by_one(steps, role, a, int(stop[row, 0])) for a in start[row]] for row in rows]
            for role in range(len(steps.mean))
        ]
    )
    np.testing.assert_array_equal(np.isnan(told), np.isnan(wanted))
    size = np.nanmax(np.abs(wanted), axis=(1, 2), keepdims=True, initial=0.1)
    assert np.nanmax(np.abs(told - wanted) / size, initial=0.0) < TOLERANCE


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 3 * MANY_ROWS),
    every=st.sampled_from([1, 2, 7, 24]),
    gaps=st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    apart=st.sampled_from([0.0, 0.25]),
    exchanged=st.integers(0, 2),
    by_hand=st.integers(0, 3),
)
def test_every_window_is_told_as_if_it_were_the_only_one(
    seed, size, every, gaps, apart, exchanged, by_hand
):
    chance = np.random.default_rng(seed)
    steps = steps_of(signals(chance, size, gaps), apart)
    regular = np.arange(chance.integers(0, every), size + 1, every)
    stop = np.sort(np.append(regular, chance.integers(0, size + 1, by_hand + 1)))
    exchanges = np.sort(chance.integers(0, size + 1, exchanged))
    start, stop = trailing(stop, (1, 24, 5, 168), exchanges)

    stats = window_stats(steps, start, stop)

    some = chance.choice(len(stop), min(len(stop), 20), replace=False).tolist()
    assert_told(stats, steps, start, stop, sorted(some))


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_sparse_rows_are_told_as_they_are_among_all_rows(gaps):
    steps = steps_of(signals(np.random.default_rng(5), 4 * MANY_ROWS, gaps), 0.25)
    every = np.arange(1, 4 * MANY_ROWS + 1)
    exchanges = np.array([100, 1111])

    dense = window_stats(steps, *trailing(every, (24, 72, 168), exchanges))
    sparse = window_stats(steps, *trailing(every[23::24], (24, 72, 168), exchanges))

    for name in STATISTICS:
        among = getattr(dense, name)[:, 23::24]
        # A std of nothing is the root of what rounding leaves.
        np.testing.assert_allclose(getattr(sparse, name), among, rtol=TOLERANCE, atol=1e-7)


@pytest.mark.parametrize("every", [1, 24])
def test_ten_years_around_a_thousand_keep_the_digits_of_a_thousandth(every):
    size = 87_600
    mean = 1000.0 + np.random.default_rng(11).normal(0.0, 1e-3, (1, size))
    stop = np.arange(every, size + 1, every)[:, None]
    start = np.maximum(stop - 24, 0)

    stats = window_stats(steps_of(mean), start, stop)

    y = [Fraction(value) for value in mean[0, -24:].tolist()]
    x = [Fraction(2 * k - 23, 2) for k in range(24)]
    center = sum(y) / 24
    variance = sum((value - center) ** 2 for value in y) / 23
    slope = sum(a * b for a, b in zip(x, y, strict=True)) / sum(a * a for a in x)
    assert stats.mean[0, -1, 0] == pytest.approx(float(center), rel=1e-12)
    assert stats.std[0, -1, 0] ** 2 == pytest.approx(float(variance), rel=TOLERANCE)
    assert stats.slope[0, -1, 0] == pytest.approx(float(slope), rel=TOLERANCE)


def test_counts_stay_whole_however_long_the_history_is():
    size = 500_000
    mean = np.full((1, size), np.nan)
    mean[0, [0, size - 4, size - 1]] = 5.0, 1.0, 7.0
    stop = np.arange(24, size + 1, 24)[:, None]
    stop[-1] = size

    stats = window_stats(steps_of(mean), np.maximum(stop - 24, 0), stop)

    assert stats.count[0, -1, 0] == 2.0
    assert stats.slope[0, -1, 0] == pytest.approx(2.0)  # from 1 to 7 in three steps


def test_the_longest_window_with_a_gap_late_in_a_history_has_an_exact_slope():
    size, longest = 3_000_000, 100_000
    mean = np.full((1, size), np.nan)
    mean[0, -longest:] = 1e-5 * np.arange(longest)
    mean[0, -longest // 2] = np.nan

    start, stop = np.array([[0], [size - longest]]), np.array([[24], [size]])
    stats = window_stats(steps_of(mean), start, stop)

    assert stats.count[0, 1, 0] == longest - 1
    assert stats.slope[0, 1, 0] == pytest.approx(1e-5, rel=TOLERANCE)


def test_no_rows_and_no_steps_are_no_trouble():
    steps = steps_of(np.empty((2, 0)))
    none = np.empty((0, 1), dtype=np.int64)
    empty = np.zeros((3, 1), dtype=np.int64)

    assert window_stats(steps, none, none).mean.shape == (2, 0, 1)
    stats = window_stats(steps, empty, empty)
    assert (stats.count == 0).all()
    assert np.isnan([stats.mean, stats.std, stats.low, stats.high, stats.slope]).all()
