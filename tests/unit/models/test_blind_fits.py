"""Nobody is foretold by a fit that looked at the newest rows of their own life (ADR 18)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.class_data import prepare
from models.cross_fits import CrossFit
from models.fit_parts import fit_parts, fits_from_parts, fits_to_json
from models.labels import CENSORED
from models.pools import pool
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


def test_every_machine_that_goes_on_is_left_to_one_fit_that_is_blind_to_it() -> None:
    data = prepare(SPEC, samples())
    group = data.groups[0]

    sides = data.sides(group)

    rows = pool(data.samples, group.modes)
    goes_on = (rows.target.kind == CENSORED) & (rows.ends_at >= data.until)
    is_new = rows.at > data.until - SPEC.gap_steps * SPEC.step_us
    assert len(sides) == 2
    assert sides[0] | sides[1] == set(rows.machine[goes_on & is_new])
    assert not sides[0] & sides[1]
    for side in sides:
        hidden = data.blinded_rows(group, side).target.taught
        expected = goes_on & is_new & np.isin(rows.machine, list(side))
        assert expected.any()
        assert hidden is not None
        np.testing.assert_array_equal(hidden, ~expected)


def test_where_no_life_goes_on_one_fit_looks_at_everything() -> None:
    data = prepare(SPEC, samples())
    ended = [
        replace(s, labels={m: replace(x, ends_at=x.ends_at - 1) for m, x in s.labels.items()})
        for s in data.samples
    ]
    group = data.groups[0]

    over = prepare(SPEC, ended)

    assert over.sides(group) == (frozenset(),)
    assert over.blinded_rows(group, frozenset()).target.taught is None


def test_a_fold_leaves_its_gap_out_and_looks_at_all_the_rest() -> None:
    data = prepare(SPEC, samples())

    for fold in data.folds:
        rows_of_fold = data.learned_rows(data.learned_samples(fold), data.groups[0], fold)
        assert rows_of_fold.target.taught is None


def test_a_machine_is_foretold_by_what_was_blind_to_it_and_a_stranger_by_all() -> None:
    X, target = rows(600)
    fits = tuple(Hazard(EDGES, seed=seed).fit(X, target) for seed in (1, 2))
    both = CrossFit(fits, (frozenset({"A"}), frozenset({"B"})))
    one, other = (fit.predict_survival(X) for fit in fits)

    np.testing.assert_array_equal(both.of("A").predict_survival(X), one)
    np.testing.assert_array_equal(both.of("B").predict_survival(X), other)
    np.testing.assert_allclose(both.of("C").predict_survival(X), np.sqrt(one * other))


def test_one_fit_packed_before_there_were_sides_is_still_read() -> None:
    X, target = rows(600)
    packed = CrossFit((Hazard(EDGES).fit(X, target),), (frozenset(),))
    told = fits_to_json(packed)
    assert told is not None
    (said,) = told["fits"]
    now = fit_parts(packed, "0.hazard")
    parts = {name.replace("0.hazard.0.", "0.hazard."): part for name, part in now.items()}
    arrays = {name: part for name, part in parts.items() if not isinstance(part, bytes)}
    blobs = {name: part for name, part in parts.items() if isinstance(part, bytes)}

    read = fits_from_parts(said, "0.hazard", arrays, blobs)

    assert read is not None
    np.testing.assert_array_equal(read.of("A").predict_survival(X), packed.predict_survival(X))
