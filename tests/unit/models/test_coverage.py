"""Coverage of intervals and honesty of risks, by hand, by oracle and on simulated lives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from models.censoring import censoring_weights, ipcw_weights_for_horizon
from models.coverage import (
    Intervals,
    calibration_slope,
    declared_ages,
    expected_calibration_error,
    interval_coverage,
    intervals_of,
    rows_at_age,
)
from models.forecasts import life_quantile
from models.metrics import known_within, squared_losses
from models.predictors.base import Target

EDGES = (10.0, 20.0, 40.0, 80.0, 160.0, 400.0)


def target(duration: list[float] | np.ndarray, kind: list[int] | np.ndarray) -> Target:
    watched = np.full(len(duration), np.inf)
    return Target(np.asarray(duration, float), np.asarray(kind, np.int8), watched)


def test_censoring_weights_by_hand():
    # At 2 one of 4 is cut: 3/4 are left. At 4 nobody: it ends first. At 5 the only one is cut.
    duration = np.array([1.0, 2.0, 4.0, 4.0, 5.0])
    ended = np.array([True, False, True, True, False])

    weights = censoring_weights(duration, ended, np.array([1.0, 2.0, 4.0, 5.0, 5.0]))

    assert weights == pytest.approx([1.0, 1.0, 4 / 3, 4 / 3, 4 / 3])


def test_of_two_at_once_the_end_comes_before_the_censoring():
    # At 3 one ends and one of the two others is cut.
    duration, ended = np.array([3.0, 3.0, 6.0]), np.array([True, False, True])

    weights = censoring_weights(duration, ended, duration)

    assert weights[[0, 2]] == pytest.approx([1.0, 2.0])


def test_horizon_weights_by_hand():
    # Unknown within 5: the one cut at 2, when four were watched; those after it count 4/3.
    duration = np.array([1.0, 2.0, 4.0, 5.0, 9.0])
    kind = np.array([1, 0, 2, 0, 1], dtype=np.int8)

    weights = ipcw_weights_for_horizon(duration, kind, 5.0)

    assert weights == pytest.approx([1.0, 0.0, 4 / 3, 4 / 3, 4 / 3])
    assert weights.sum() == pytest.approx(5.0)


def test_nobody_cut_short_everybody_counts_once():
    weights = ipcw_weights_for_horizon(np.array([1.0, 8.0]), np.array([1, 1], np.int8), 5.0)

    assert weights.tolist() == [1.0, 1.0]


def test_the_brier_score_forgets_nothing_that_censoring_hid():
    """Without weights failures are over-represented: who failed is known, who was cut is not."""
    rng = np.random.default_rng(0)
    life, cut = rng.exponential(20.0, 4000), rng.exponential(15.0, 4000)
    duration, kind = np.minimum(life, cut), (life <= cut).astype(np.int8)
    risk = np.full(4000, 0.3)

    weights = ipcw_weights_for_horizon(duration, kind, 14.0)
    failed, known = known_within(duration, kind, 14.0)
    weighted = np.average(squared_losses(risk, failed), weights=weights)

    truth = squared_losses(risk, life <= 14.0).mean()
    naive = squared_losses(risk[known], failed[known]).mean()
    assert weighted == pytest.approx(truth, abs=0.01)
    assert abs(naive - truth) > 0.04


def test_an_interval_that_ends_beyond_the_forecast_is_open_and_says_so():
    sure = np.exp(-np.array([0.0, *EDGES]) / 40.0)
    slow = np.exp(-np.array([0.0, *EDGES]) / 2000.0)
    never = np.ones(7)

    told = intervals_of(np.array([sure, slow, never]), EDGES)

    assert told.low == pytest.approx([-40 * np.log(0.9), -2000 * np.log(0.9), 400.0])
    assert told.high == pytest.approx([40 * np.log(10), np.inf, np.inf])
    assert told.nominal == pytest.approx([0.8, 0.9, 1.0])


@given(st.lists(st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6), min_size=1, max_size=4))
def test_intervals_are_those_a_forecast_tells(falls):
    curves = np.cumprod(np.hstack([np.ones((len(falls), 1)), falls]), axis=1)

    told = intervals_of(curves, EDGES)

    for row, curve in enumerate(curves):
        low, high = (life_quantile(curve, EDGES, share) for share in (0.1, 0.9))
        assert told.low[row] == pytest.approx(EDGES[-1] if low is None else low)
        assert told.high[row] == pytest.approx(np.inf if high is None else high)


def test_coverage_by_hand():
    # Intervals 10 to 30. Inside 15, 20; outside 5, 35 and the one cut at 40; unknown: cut at 12
    # (of 10 lives still watched then, so that the nine later ones count 10/9).
    duration = [5.0, 12.0, 15.0, 20.0, 35.0, 40.0, 16.0, 17.0, 18.0, 19.0, 21.0]
    kind = [1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1]
    told = Intervals(np.full(11, 10.0), np.full(11, 30.0), np.full(11, 0.8))

    found = interval_coverage(told, target(duration, kind), np.arange(11), {"50%": np.arange(11)})

    assert found.share == pytest.approx(7 * (10 / 9) / (1 + 9 * (10 / 9)))
    assert found.nominal == pytest.approx(0.8)
    assert (found.lives, found.decisions, found.known, found.inside) == (11, 11, 10, 7)
    assert found.effective == pytest.approx(11**2 / (1 + 9 * (10 / 9) ** 2))


def test_of_an_open_interval_only_the_start_matters():
    # Cut at 12, after the start at 10: inside. Cut at 10 exactly: it did outlive it. At 9: unknown.
    told = Intervals(np.full(4, 10.0), np.full(4, np.inf), np.full(4, 0.9))

    found = interval_coverage(
        told, target([12.0, 10.0, 9.0, 3.0], [0, 0, 0, 1]), np.arange(4), {"50%": np.arange(4)}
    )

    assert (found.known, found.inside) == (3, 2)


def test_a_life_cut_at_the_very_end_of_its_interval_outlived_it():
    told = Intervals(np.array([10.0]), np.array([30.0]), np.array([0.8]))

    found = interval_coverage(told, target([30.0], [0]), np.array([0]), {"50%": np.array([0])})

    assert (found.known, found.inside) == (1, 0)


def test_below_ten_lives_only_counts_are_told():
    rows = {"25%": np.arange(9), "50%": np.arange(9)}
    told = Intervals(np.full(9, 1.0), np.full(9, 9.0), np.full(9, 0.8))

    found = interval_coverage(told, target(np.full(9, 5.0), np.ones(9, int)), np.arange(9), rows)

    assert (found.share, found.nominal) == (None, None)
    assert (found.lives, found.decisions, found.inside) == (9, 18, 18)
    assert found.to_json()["by_age"]["25%"]["inside"] == 9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("told_mean", [20.0, 40.0])
def test_the_share_is_that_of_the_lives_nobody_cut_short(seed, told_mean):
    """Lives of 40 steps on average; of intervals told for 20, those that outlived them are cut."""
    rng = np.random.default_rng(seed)
    life, cut = rng.exponential(40.0, 2000), rng.uniform(5.0, 110.0, 2000)
    told = intervals_of(np.tile(np.exp(-np.array([0.0, *EDGES]) / told_mean), (2000, 1)), EDGES)
    seen = target(np.minimum(life, cut), life <= cut)

    found = interval_coverage(told, seen, np.arange(2000), {"new": np.arange(2000)})

    truth = ((life >= told.low) & (life <= told.high)).mean()
    assert found.share == pytest.approx(truth, abs=0.025)
    assert found.inside / found.known > found.share + 0.01
    assert found.effective < found.known


def test_declared_ages_are_quantiles_of_lives_not_of_rows():
    # Lives of 10, 20, 30 and 40 steps in rows every 5; the last is cut: it is not known to fail.
    life = np.repeat([0, 1, 2, 3], [2, 4, 6, 8])
    ends = np.array([10.0, 20.0, 30.0, 40.0])[life]
    age = np.concatenate([np.arange(0.0, end, 5.0) for end in (10, 20, 30, 40)])

    found = declared_ages(age, target(ends - age, np.where(life == 3, 0, 1)), life)

    assert found == {"25%": 10.0, "50%": 20.0, "75%": 30.0}


def test_a_life_first_seen_old_is_not_counted_as_a_survivor_of_its_youth():
    # At 10 one of two fails; the third is watched from 15 on. At 20 one of two: a quarter is left.
    age, ends, life = np.array([0.0, 0.0, 15.0]), np.array([10.0, 30.0, 20.0]), np.arange(3)

    found = declared_ages(age, target(ends - age, [1, 0, 1]), life)

    assert found == {"25%": 10.0, "50%": 10.0, "75%": 20.0}


def test_an_age_that_no_life_reached_is_not_declared():
    assert declared_ages(np.zeros(2), target([5.0, 9.0], [0, 0]), np.arange(2)) == {}


def test_one_row_per_life_the_nearest_to_the_age():
    age = np.array([0.0, 7.0, 14.0, 3.0, 0.0, 12.0])
    life = np.array([5, 5, 5, 8, 9, 9])

    assert rows_at_age(age, life, 10.5, within=4.0).tolist() == [1, 5]
    assert rows_at_age(age, life, 10.5, within=8.0).tolist() == [1, 3, 5]
    assert rows_at_age(age[:0], life[:0], 10.5, within=8.0).tolist() == []


def test_the_slope_agrees_with_an_unpenalised_logistic_regression():
    rng = np.random.default_rng(1)
    risk = rng.uniform(0.02, 0.9, 400)
    failed = rng.random(400) < risk**2
    weights = rng.uniform(0.5, 2.0, 400)
    logit = np.log(risk / (1 - risk))

    found = calibration_slope(risk, failed, weights)

    oracle = LogisticRegression(C=np.inf, tol=1e-10).fit(logit[:, None], failed, weights)
    assert found == pytest.approx((oracle.coef_[0, 0], oracle.intercept_[0]), abs=1e-5)


def test_the_slope_by_hand():
    # Told 0.2 and 0.8, seen 1/3 and 2/3: log-odds half as far apart, in the middle right.
    risk = np.array([0.2, 0.2, 0.2, 0.8, 0.8, 0.8])
    failed = np.array([True, False, False, True, True, False])

    assert calibration_slope(risk, failed) == pytest.approx((0.5, 0.0))


@pytest.mark.parametrize(
    ("risk", "failed"),
    [
        ([0.2, 0.4, 0.6], [False, False, False]),
        ([0.2, 0.4, 0.6], [True, True, True]),
        ([0.2, 0.4, 0.6], [False, False, True]),
        ([0.2, 0.4, 0.6], [True, False, False]),
        ([0.3, 0.3, 0.3], [True, False, False]),
    ],
)
def test_rows_that_do_not_tell_have_no_slope(risk, failed):
    assert calibration_slope(np.array(risk), np.array(failed)) is None


def test_extreme_risks_still_have_a_slope():
    risk = np.array([0.0, 0.0, 1.0, 1.0, 1e-9, 1.0])
    failed = np.array([False, True, True, False, False, True])

    found = calibration_slope(risk, failed)

    # Seen log-odds -ln 2 and ln 2, told (clipped) -13.8 and 13.8.
    assert found is not None
    assert found[0] == pytest.approx(np.log(2) / np.log((1 - 1e-6) / 1e-6))


def test_calibration_error_by_hand():
    # Halves: told 0.15 seen 0.5, told 0.75 seen 1.0: (0.35 + 0.25) / 2
    risk = np.array([0.1, 0.7, 0.2, 0.8])
    failed = np.array([True, True, False, True])

    assert expected_calibration_error(risk, failed, bins=2) == pytest.approx(0.3)


def test_equal_risks_stay_in_one_bin_whatever_their_order():
    risk = np.full(10, 0.3)
    failed = np.arange(10) < 3

    assert expected_calibration_error(risk, failed) == pytest.approx(0.0)
    assert expected_calibration_error(risk, failed[::-1]) == pytest.approx(0.0)


def test_a_weight_counts_as_that_many_rows():
    risk, failed = np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, True, False, True])
    weights = np.array([3, 1, 2, 2])
    many = np.repeat(np.arange(4), weights)

    told = expected_calibration_error(risk, failed, 2, weights.astype(float))

    assert told == pytest.approx(expected_calibration_error(risk[many], failed[many], 2))
