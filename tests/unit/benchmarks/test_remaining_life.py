"""Remaining life told by curves whose area is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measuring.remaining_life import (
    coverage_80,
    life_quantiles,
    mean_lives,
    phm08_score,
    rmse,
)

EDGES = (10.0, 20.0, 40.0)


def exponential(rate: float) -> np.ndarray:
    """The curve of a constant hazard: within every bin the library draws it exactly."""
    return np.exp(-rate * np.array([[0.0, *EDGES]]))


@pytest.mark.parametrize("cap", [5.0, 10.0, 25.0, 40.0])
def test_the_mean_life_up_to_a_cap_is_the_area_under_the_curve(cap):
    told = mean_lives(exponential(0.1), EDGES, cap)

    assert told == pytest.approx((1.0 - np.exp(-0.1 * cap)) / 0.1)


def test_without_a_cap_or_with_one_beyond_the_curve_the_area_ends_at_the_last_edge():
    whole = (1.0 - np.exp(-4.0)) / 0.1

    assert mean_lives(exponential(0.1), EDGES) == pytest.approx(whole)
    assert mean_lives(exponential(0.1), EDGES, cap=1_000.0) == pytest.approx(whole)


def test_a_unit_that_never_fails_is_told_the_cap():
    assert mean_lives(np.ones((2, 4)), EDGES, cap=25.0) == pytest.approx([25.0, 25.0])


def test_a_quantile_beyond_the_curve_is_infinite():
    told = life_quantiles(np.vstack([exponential(0.1), np.ones((1, 4))]), EDGES, 0.5)

    assert told == pytest.approx([np.log(2.0) / 0.1, np.inf])


def test_coverage_counts_the_true_lives_between_the_quantiles():
    curves = np.repeat(exponential(0.1), 4, axis=0)
    # 10 % have failed by 1.05 steps, 90 % by 23.03.
    assert coverage_80(curves, EDGES, np.array([1.0, 1.1, 23.0, 23.1])) == 0.5


def test_rmse_is_in_the_unit_of_life():
    assert rmse(np.array([10.0, 20.0]), np.array([13.0, 16.0])) == pytest.approx(np.sqrt(12.5))


def test_the_phm08_score_is_a_sum_that_blames_a_life_foretold_too_long_more():
    true = np.zeros(2)

    assert phm08_score(np.array([-13.0, 0.0]), true) == pytest.approx(np.e - 1)
    assert phm08_score(np.array([10.0, 10.0]), true) == pytest.approx(2 * (np.e - 1))
