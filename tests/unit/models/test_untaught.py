"""Rows of lives that go on are counted and not looked at (ADR 18)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.class_data import prepare
from models.labels import CENSORED
from models.predictors.base import FailurePredictor, Target
from models.predictors.deep import Deep
from models.predictors.hazard import Hazard
from tests.unit.models.keras_at_hand import keras_at_hand
from tests.unit.models.learned_fleet import SPEC, samples
from tests.unit.models.predictor_rows import EDGES, rows


def mean_hazard(predictor: FailurePredictor, target: Target, X: np.ndarray) -> float:
    return float(1.0 - predictor.fit(X, target).predict_survival(X)[:, 1].mean())


@pytest.mark.parametrize("predictor", [Hazard(EDGES), Deep(EDGES)], ids=["boosting", "deep"])
def test_rows_that_are_not_looked_at_are_counted_all_the_same(predictor: FailurePredictor) -> None:
    if isinstance(predictor, Deep):
        keras_at_hand()
    X, target = rows(2_000)
    # Three of four survivors, at random: those that are looked at stand for them.
    hidden = (target.kind == 0) & (np.arange(2_000) % 4 > 0)

    everything = mean_hazard(predictor, target, X)
    counted = mean_hazard(predictor, replace(target, taught=~hidden), X)
    forgotten = mean_hazard(predictor, target.take(~hidden), X[~hidden])

    assert counted == pytest.approx(everything, rel=0.15)
    assert forgotten > 1.3 * everything


def test_a_machine_that_outlives_its_signs_does_not_teach_that_they_mean_nothing() -> None:
    X, target = rows(1_500)
    # Forty rows of one machine: the worst signs of all, an age of its own, and still running.
    lasting = np.zeros((40, 4), np.float32)
    lasting[:, 0], lasting[:, 1] = 2.5, np.linspace(6.0, 6.4, 40)
    lasting[:, 2], lasting[:, 3] = np.nan, 7.0
    both = np.vstack([X, lasting])
    joined = Target(
        np.append(target.duration, np.full(40, 4.0)),
        np.append(target.kind, np.zeros(40, np.int8)),
        np.append(target.watched, np.full(40, np.inf)),
    )
    own = np.arange(len(both)) >= len(X)

    by_heart, told = (
        Hazard(EDGES, min_leaf=10).fit(both, learned).predict_survival(lasting[-1:])[0, 3]
        for learned in (joined, replace(joined, taught=~own))
    )

    assert by_heart > 0.8
    assert told < 0.6


def test_what_serves_does_not_look_at_the_newest_rows_of_lives_that_go_on() -> None:
    data = prepare(SPEC, samples())
    group = data.groups[0]

    learned = data.learned_rows(data.learned_samples(None), group, None)

    goes_on = (learned.target.kind == CENSORED) & (learned.ends_at >= data.until)
    is_new = learned.at > data.until - SPEC.gap_steps * SPEC.step_us
    assert (goes_on & is_new).any()
    assert (~goes_on & is_new).any()
    assert learned.target.taught is not None
    np.testing.assert_array_equal(learned.target.taught, ~(goes_on & is_new))


def test_a_fold_leaves_its_gap_out_and_looks_at_all_the_rest() -> None:
    data = prepare(SPEC, samples())

    for fold in data.folds:
        rows_of_fold = data.learned_rows(data.learned_samples(fold), data.groups[0], fold)
        assert rows_of_fold.target.taught is None
