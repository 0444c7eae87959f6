"""Manners every predictor keeps, looped over the registry."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

from models.predictors import PREDICTORS
from models.predictors.base import CannotFit, Target
from models.predictors.hazard import Hazard
from tests.unit.models.keras_at_hand import keras_at_hand
from tests.unit.models.predictor_rows import EDGES, rows

SETTINGS = {
    "sensor_limit": {"window": 2.0, "columns": (0, 1)},
    "ensemble": {"hazards": tuple(Hazard(EDGES, 10, columns=(column,)) for column in (0, 1))},
}
FEW = {"class_hazard": {"iterations": 10}, "deep": {"steps": 10}}


def seen_by(sight: str, X: np.ndarray) -> np.ndarray:
    """What a predictor that `sees` this gets."""
    curve = np.exp(-0.05 * np.array([0.0, *EDGES]))
    return {
        "features": X,
        "age": np.abs(X[:, :1]).astype(float),
        "survival": np.tile(curve, (len(X), 1)),
    }[sight]


def make(name: str):
    if name == "deep":
        keras_at_hand()
    return PREDICTORS[name](EDGES, **SETTINGS.get(name, {}), **FEW.get(name, {}))


@pytest.mark.parametrize("name", sorted(PREDICTORS))
class TestManners:
    def test_init_stores_its_settings_and_does_nothing_else(self, name):
        predictor = make(name)

        settings = set(inspect.signature(type(predictor).__init__).parameters) - {"self"}

        assert set(vars(predictor)) == settings

    def test_fit_returns_self_and_its_results_end_in_an_underscore(self, name):
        predictor, (X, target) = make(name), rows()
        settings = dict(vars(predictor))

        fitted = predictor.fit(seen_by(predictor.sees, X), target)

        assert fitted is predictor
        assert {k: v for k, v in vars(predictor).items() if not k.endswith("_")} == settings

    def test_survival_falls_from_one(self, name):
        predictor, (X, target) = make(name), rows()
        told = seen_by(predictor.sees, X)

        survival = predictor.fit(told, target).predict_survival(told[:50])

        assert survival.shape == (50, len(EDGES) + 1)
        assert (survival[:, 0] == 1).all()
        assert (np.diff(survival, axis=1) <= 0).all()
        assert (survival >= 0).all()

    def test_the_same_rows_give_the_same_predictor(self, name):
        first, second, (X, target) = make(name), make(name), rows()
        told = seen_by(first.sees, X)

        curves = [p.fit(told, target).predict_survival(told) for p in (first, second)]

        assert np.array_equal(*curves)

    def test_rows_without_labels_are_refused(self, name):
        predictor, (X, target) = make(name), rows()

        with pytest.raises(CannotFit, match="do not match"):
            predictor.fit(seen_by(predictor.sees, X)[:-1], target)

    def test_nothing_watched_is_refused(self, name):
        predictor, (X, target) = make(name), rows()
        nothing = Target(np.zeros(len(X)), np.zeros(len(X), np.int8), target.watched)

        with pytest.raises(CannotFit, match="watched"):
            predictor.fit(seen_by(predictor.sees, X), nothing)

    def test_it_travels_to_a_worker(self, name):
        predictor, (X, target) = make(name), rows()
        told = seen_by(predictor.sees, X)
        fitted = predictor.fit(told, target)

        arrived = pickle.loads(pickle.dumps(fitted))  # noqa: S301

        assert np.array_equal(arrived.predict_survival(told), fitted.predict_survival(told))
