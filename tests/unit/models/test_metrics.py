"""Scores against numbers worked by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from models import metrics

RISK = np.array([0.9, 0.6, 0.2, 0.1])
FAILED = np.array([True, False, True, False])

ROWS = st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=1)


def test_a_life_censored_before_the_horizon_is_unknown():
    duration = np.array([3.0, 3.0, 7.0, 8.0, 7.0])
    kind = np.array([1, 0, 0, 1, 2], dtype=np.int8)

    failed, known = metrics.known_within(duration, kind, 7.0)

    assert failed.tolist() == [True, False, False, False, True]
    assert known.tolist() == [True, False, True, True, True]


def test_log_score_by_hand():
    # -(ln 0.9 + ln 0.4 + ln 0.2 + ln 0.9) / 4
    assert metrics.log_score(RISK, FAILED) == pytest.approx(0.684112, abs=1e-6)


def test_brier_score_and_skill_by_hand():
    # (0.01 + 0.36 + 0.64 + 0.01) / 4 = 0.255; the base rate 0.5 has 0.25
    assert metrics.brier_score(RISK, FAILED) == pytest.approx(0.255)
    assert metrics.brier_skill(RISK, FAILED, np.full(4, 0.5)) == pytest.approx(-0.02)


def test_average_precision_by_hand():
    # half the failures at precision 1/1, the other half at 2/3
    assert metrics.average_precision(RISK, FAILED) == pytest.approx(5 / 6)


def test_no_failure_has_no_average_precision_and_may_raise_no_alarm():
    nothing = np.zeros(4, bool)

    assert metrics.average_precision(RISK, nothing) is None
    assert metrics.best_threshold(RISK, nothing) > 1


def test_the_best_threshold_lies_between_two_risks():
    risk = np.array([0.8, 0.6, 0.3, 0.2])
    failed = np.array([True, True, False, False])

    threshold = metrics.best_threshold(risk, failed)

    assert threshold == pytest.approx(0.45)
    assert metrics.f1_score(risk, failed, threshold) == 1.0


def test_an_alarm_costs_an_inspection_and_saves_a_breakdown():
    costs = metrics.decision_costs(RISK, FAILED, threshold=0.5, inspection=300.0, saved=5_000.0)

    assert costs.tolist() == [-4_700.0, 300.0, 0.0, 0.0]


def test_the_reliability_table_counts_every_row_once():
    table = metrics.reliability(np.array([0.05, 0.05, 0.95, 1.0]), FAILED)

    assert table == [
        {"rows": 2, "risk": pytest.approx(0.05), "observed": 0.5},
        {"rows": 2, "risk": pytest.approx(0.975), "observed": 0.5},
    ]


def test_the_bootstrap_draws_whole_machines():
    totals, counts = np.array([[10.0], [0.0]]), np.array([10.0, 10.0])

    means = metrics.bootstrap_means(totals, counts, draws=2_000)

    assert set(np.unique(means)) == {0.0, 0.5, 1.0}
    assert means.mean() == pytest.approx(0.5, abs=0.05)


@given(ROWS)
def test_average_precision_is_that_of_scikit_learn(rows):
    risk, failed = (np.array(column) for column in zip(*rows, strict=True))
    if not failed.any():
        return

    ours = metrics.average_precision(risk, failed)

    assert ours == pytest.approx(average_precision_score(failed, risk))


@given(ROWS)
def test_no_threshold_beats_the_best_one(rows):
    risk, failed = (np.array(column) for column in zip(*rows, strict=True))
    if not failed.any():
        return
    best = metrics.f1_score(risk, failed, metrics.best_threshold(risk, failed))

    others = [f1_score(failed, risk >= level, zero_division=0.0) for level in np.unique(risk)]

    assert best == pytest.approx(max(others))
