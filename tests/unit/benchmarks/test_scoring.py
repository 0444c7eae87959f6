"""The Azure protocol's scores, worked by hand on grids of one machine, one component, few days."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measuring.scoring import (
    DAY_US,
    Foretold,
    Truth,
    calibration,
    failed_within,
    score,
)

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


def test_a_part_of_the_machines_is_scored_on_its_own() -> None:
    risks = np.concatenate([grid(0.9, 0.9, 0.1, 0.1), grid(0.9, 0.1, 0.1, 0.1)])
    happened = np.concatenate([grid(1, 1, 0, 0), grid(0, 0, 1, 0)]).astype(bool)
    both = Foretold(risks, risks, threshold=0.5)
    everything = truth(happened, week=happened, judged=np.ones_like(happened))

    first = score(both.take([0]), everything.take([0]))
    second = score(both.take([1]), everything.take([1]))

    assert (first["f1_24h"], second["f1_24h"]) == (1.0, 0.0)
    assert (everything.take([0]).failures, everything.take([1]).failures) == (2, 1)


def test_every_machine_may_have_a_threshold_of_its_own() -> None:
    risks = np.concatenate([grid(0.4, 0.2), grid(0.4, 0.2)])
    thresholds = np.concatenate([grid(0.3, 0.3), grid(0.5, 0.5)])

    told = Foretold(risks, risks, thresholds)

    assert told.alarm.tolist() == [[[True, False]], [[False, False]]]
    assert told.take([1]).alarm.tolist() == [[[False, False]]]


def test_risks_that_happen_as_often_as_they_say_are_calibrated() -> None:
    risks = np.repeat([0.2, 0.8], [50, 50]).reshape(1, 1, -1)
    happened = np.concatenate([np.arange(50) < 10, np.arange(50) < 40]).reshape(1, 1, -1)
    known = np.ones(100, bool)
    everything = truth(
        happened, week=~happened, judged=known[None, None], known_day=known, known_week=known
    )

    told = calibration(Foretold(risks, risks, threshold=0.5), everything)

    assert told["24h"]["expected_calibration_error"] == pytest.approx(0.0)
    assert (told["24h"]["slope"], told["24h"]["intercept"]) == pytest.approx((1.0, 0.0))
    # Said the wrong way round: 0.2 happens eight times in ten, 0.8 twice.
    assert told["7d"]["expected_calibration_error"] == pytest.approx(0.6)
    assert told["7d"]["slope"] == pytest.approx(-1.0)
