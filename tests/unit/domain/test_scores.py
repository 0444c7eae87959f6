"""Scores by hand, and against scikit-learn as an independent oracle."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss

from app.domain import scores
from app.domain.scores import Bin

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_a_sure_forecast_that_comes_true_costs_next_to_nothing() -> None:
    assert scores.log_score([(1.0, True), (0.0, False)]) == pytest.approx(1e-6, rel=1e-3)


def test_a_sure_forecast_that_fails_costs_much_but_not_everything() -> None:
    assert scores.log_score([(0.0, True)]) == pytest.approx(-math.log(1e-6))


def test_scores_worked_out_by_hand() -> None:
    rows = [(0.8, True), (0.4, False), (0.4, True), (0.1, False)]

    assert scores.brier_score(rows) == pytest.approx((0.04 + 0.16 + 0.36 + 0.01) / 4)
    assert scores.observed_over_expected(rows) == pytest.approx(2 / 1.7)
    # Half of the failures found at precision 1, the other half at 2 of 3.
    assert scores.average_precision(rows) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_nothing_to_judge_has_no_score() -> None:
    assert scores.log_score([]) is None
    assert scores.brier_score([]) is None
    assert scores.average_precision([(0.3, False)]) is None
    assert scores.observed_over_expected([(0.0, False)]) is None


def test_reliability_counts_each_row_once_and_the_top_belongs_to_the_last_bin() -> None:
    found = scores.reliability([(0.0, False), (0.05, True), (0.1, False), (1.0, True)])

    assert found == (
        Bin(0.0, 0.1, 2, 0.025, 1),
        Bin(0.1, 0.2, 1, 0.1, 0),
        Bin(0.9, 1.0, 1, 1.0, 1),
    )


@given(ROWS)
def test_they_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    risks = [risk for risk, _ in rows]
    failed = [came for _, came in rows]

    assert scores.brier_score(rows) == pytest.approx(
        brier_score_loss(failed, risks, pos_label=True), abs=1e-9
    )
    if any(failed):
        assert scores.average_precision(rows) == pytest.approx(
            average_precision_score(failed, risks), abs=1e-9
        )


@given(ROWS)
def test_bins_lose_no_row_and_no_failure(rows: list[tuple[float, bool]]) -> None:
    found = scores.reliability(rows)

    assert sum(each.rows for each in found) == len(rows)
    assert sum(each.failed for each in found) == sum(came for _, came in rows)
    assert all(each.low - 1e-12 <= each.mean_risk <= each.high + 1e-12 for each in found)
