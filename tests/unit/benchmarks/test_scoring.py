"""The Azure protocol's scores, worked by hand on grids of one machine, one component, few days."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measuring.scoring import DAY_US, Foretold, Truth, failed_within, score

NONE = np.zeros((1, 1, 4), bool)
ALL = np.ones((1, 1, 4), bool)


def grid(*values: float) -> np.ndarray:
    return np.array([[values]])


def truth(day: np.ndarray, **more: object) -> Truth:
    given = {
        "day": day,
        "week": NONE,
        "known_day": np.ones(4, bool),
        "known_week": np.ones(4, bool),
        "judged": ALL,
        "base_day": 0.5,
        "base_week": 0.5,
    }
    return Truth(**(given | more))


def test_a_failure_counts_from_just_after_the_decision_to_the_end_of_the_horizon():
    at = np.array([0, 1, 2, 3]) * DAY_US
    failures = np.array([2 * DAY_US])

    within = failed_within(at, failures, DAY_US)

    assert within.tolist() == [False, True, False, False]


def test_alarms_are_counted_against_failures():
    risks = grid(0.9, 0.8, 0.1, 0.7)
    happened = grid(1, 0, 0, 1).astype(bool)

    told = score(Foretold(risks, grid(0, 0, 0, 0), threshold=0.5), truth(happened))

    # Three alarms, two of them right, no failure missed: F1 = 2 * 2 / (3 + 2).
    assert told["precision"] == pytest.approx(2 / 3)
    assert told["recall"] == 1.0
    assert told["f1_24h"] == pytest.approx(0.8)
    # By falling risk: right, wrong, right; precision 1 and 2/3 at the two failures.
    assert told["ap_24h"] == pytest.approx((1 + 2 / 3) / 2)
    # Squared errors .01 + .64 + .01 + .09 against four times .25.
    assert told["brier_skill_24h"] == pytest.approx(1 - 0.75)
    assert told["false_alarms_per_machine_year"] == pytest.approx(365.25 / 4)


def test_what_is_not_known_or_not_judged_does_not_count():
    risks = grid(0.9, 0.9, 0.9, 0.9)
    known = np.array([True, True, True, False])
    judged = grid(1, 0, 1, 1).astype(bool)

    told = score(
        Foretold(risks, risks, threshold=0.5),
        truth(grid(1, 0, 1, 0).astype(bool), known_day=known, judged=judged),
    )

    assert (told["precision"], told["recall"]) == (1.0, 1.0)


def test_without_failures_there_is_neither_recall_nor_average_precision():
    told = score(Foretold(grid(0, 0, 0, 0), grid(0, 0, 0, 0), threshold=0.5), truth(NONE))

    assert (told["precision"], told["recall"], told["ap_24h"]) == (None, None, None)


def test_the_scores_have_the_keys_that_others_read():
    told = score(Foretold(grid(0, 0, 0, 0), grid(0, 0, 0, 0), threshold=0.5), truth(NONE))

    assert {"f1_24h", "ap_24h", "ap_7d", "brier_skill_7d", "false_alarms_per_machine_year"} <= set(
        told
    )
