"""The deep predictor: what it is told, what numpy and Keras both say of it, where it is stored.

Tests that learn need Keras on PyTorch or on TensorFlow; with CI set its absence is a failure.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from models.artifacts import pack, unpack
from models.features import feature_names
from models.predictors.base import CannotFit, Target, life_table, survival_at
from models.predictors.deep import Deep
from models.predictors.deep_network import (
    first_weights,
    inputs_of,
    layout_of,
    log_odds,
    scaling_of,
)
from models.predictors.deep_training import DeepUnavailable, network
from tests.unit.models.keras_at_hand import keras_at_hand
from tests.unit.models.predictor_rows import EDGES, rows

NAMES = (
    ("role:vibration", "vibration", "deviation", 3),
    ("role:vibration", "vibration", "own_slope", 3),
    ("role:vibration", "vibration", "deviation", 12),
    ("role:vibration", "vibration", "own_slope", 12),
    ("events", "alarm", "count", 3),
    ("events", "alarm", "count", 12),
    ("age:bearing", "bearing", "age", 0),
    ("quality", "vibration", "missing", 12),
)


def told(n: int = 600, seed: int = 0) -> tuple[np.ndarray, Target]:
    """Rows with these names. Whether the deviation rises from 12 steps to 3 decides the hazard."""
    seen, target = rows(n, seed)
    random = np.random.default_rng(seed + 1)
    X = random.normal(size=(n, len(NAMES))).astype(np.float32)
    X[:, 0] = X[:, 2] + seen[:, 0]
    X[random.random(X.shape) < 0.05] = np.nan
    return X, target


@pytest.fixture
def keras():
    """Keras on the backend this environment has."""
    return keras_at_hand()


class TestLayout:
    def test_windows_run_from_the_longest_to_the_shortest(self):
        layout = layout_of(NAMES, len(NAMES))

        assert layout.series.tolist() == [[2, 0], [3, 1], [5, 4]]
        assert layout.rest.tolist() == [6, 7]

    def test_what_is_not_told_over_every_window_is_the_rest(self):
        layout = layout_of(NAMES[:2], 2)
        alone = layout_of((NAMES[0], NAMES[2], NAMES[4]), 3)

        assert layout.series.tolist() == [[0], [1]]
        assert (alone.series.tolist(), alone.rest.tolist()) == ([[1, 0]], [2])

    def test_without_names_all_columns_are_the_rest(self):
        layout = layout_of((), 3)

        assert layout.series.shape == (0, 0)
        assert layout.rest.tolist() == [0, 1, 2]

    def test_every_column_of_a_class_has_one_place(self, small_spec):
        names = [(n.group, n.code, n.statistic, n.window) for n in feature_names(small_spec)]

        layout = layout_of(names, len(names))

        assert sorted([*layout.series.ravel(), *layout.rest]) == list(range(len(names)))
        assert layout.series.shape == (5 + 6 + 1, len(small_spec.windows))


class TestInputs:
    def test_scaling_by_hand(self):
        few = [0.0] * 7 + [4.0]
        X = np.array([[1, 2, 3, 4, 5, 6, 7, np.nan], few, [9.0] * 8, [np.nan] * 8]).T

        scaling = scaling_of(X)

        assert scaling["center"].tolist() == [4.0, 0.0, 9.0, 0.0]
        assert scaling["spread"] == pytest.approx([3.0 / 1.349, np.std(few), np.inf, np.inf])
        assert scaling["gaps"].tolist() == [1.0, 0.0, 0.0, 0.0]

    def test_a_missing_value_is_zero_and_said_to_be_missing(self):
        weights = {"center": np.ones(2), "spread": np.full(2, 2.0), "gaps": np.array([1.0, 0.0])}
        X = np.array([[5.0, 1e9], [np.nan, np.nan], [np.inf, 0.0]])

        _, rest = inputs_of(X, layout_of((), 2), weights)

        assert rest.tolist() == [[2.0, 6.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -0.5, 1.0, 0.0]]

    def test_a_series_keeps_the_order_of_the_windows(self):
        X = np.arange(8.0)[None, :]
        weights = {"center": np.zeros(8), "spread": np.full(8, 2.0), "gaps": np.zeros(8)}

        series, rest = inputs_of(X, layout_of(NAMES, 8), weights)

        assert series[0, :, :3].tolist() == [[1.0, 1.5, 2.5], [0.0, 0.5, 2.0]]
        assert rest[0, :2].tolist() == [3.0, 3.5]


class TestForward:
    def test_before_any_lesson_every_row_has_the_shared_hazard(self):
        X, _ = told(20)
        layout, hazards = layout_of(NAMES, 8), np.array([0.1, 0.2, 0.3, 0.4])
        weights = scaling_of(X) | first_weights(layout, 4, 8, hazards, seed=0)

        odds = log_odds(inputs_of(X, layout, weights), weights)

        assert 1 / (1 + np.exp(-odds)) == pytest.approx(np.tile(hazards, (20, 1)), rel=1e-6)

    # Keras 3.15 hands a prediction to numpy 2 without the new `copy` keyword.
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    @pytest.mark.parametrize("names", [NAMES, ()], ids=["series", "dense"])
    def test_numpy_says_what_keras_says(self, keras, names):
        X, _ = told(200)
        layout = layout_of(names, 8)
        weights = scaling_of(X) | first_weights(layout, 16, 32, np.full(4, 0.1), seed=0)
        random = np.random.default_rng(5)
        for name in [name for name in weights if "." in name]:
            shape = weights[name].shape
            weights[name] = weights[name] + random.normal(0, 0.3, shape).astype(np.float32)
        series, rest = inputs_of(X, layout, weights)

        asked = [series, rest] if names else [rest]
        from_keras = network(keras, weights, layout).predict_on_batch(asked)

        assert np.ptp(from_keras) > 1.0
        assert log_odds((series, rest), weights) == pytest.approx(from_keras, abs=1e-5, rel=1e-5)


class TestLearning:
    def test_it_learns_the_hazard_the_rows_were_made_with(self, keras):
        X, target = told(2_000)
        unseen, _ = told(2_000, seed=9)

        # Blurred values would blur the step of this hazard too.
        predictor = Deep(EDGES, NAMES, steps=120, learning_rate=0.01, noise=0.0).fit(X, target)

        risk = 1 - survival_at(predictor.predict_survival(unseen), EDGES, 2.0)
        rising = unseen[:, 0] - unseen[:, 2]
        # Exponential lives of 4 steps where it rises, of 20 elsewhere.
        assert np.mean(risk[rising > 0.5]) == pytest.approx(1 - np.exp(-2 / 4), abs=0.05)
        assert np.mean(risk[rising < -0.5]) == pytest.approx(1 - np.exp(-2 / 20), abs=0.03)

    def test_every_backend_learns_the_same(self, keras):
        X, target = told()

        predictor = Deep(EDGES, NAMES, steps=60).fit(X, target)

        # As learned on PyTorch; TensorFlow differed in the eighth digit.
        curves = predictor.predict_survival(X[:3])[:, 1:]
        assert curves == pytest.approx(np.array(LEARNED), abs=1e-3)

    def test_confirmed_faults_count_like_failures(self, keras):
        X, target = told()
        faults = Target(target.duration, target.kind * np.int8(2), target.watched)

        as_failures = Deep(EDGES, NAMES, steps=5).fit(X, target).predict_survival(X)
        as_faults = Deep(EDGES, NAMES, steps=5).fit(X, faults).predict_survival(X)

        assert np.array_equal(as_faults, as_failures)

    def test_thinned_rows_stand_for_the_others(self, keras):
        X, target = told(3_000)
        few, everyone = (Deep(EDGES, NAMES, steps=60, max_rows=most) for most in (800, 50_000))

        drawn, weight = few._drawn(*life_table(target, EDGES))
        risks = [1 - p.fit(X, target).predict_survival(X)[:, -1].mean() for p in (few, everyone)]

        assert len(np.unique(drawn)) == 800
        assert weight.sum() == pytest.approx(800)
        assert risks[0] == pytest.approx(risks[1], abs=0.05)

    def test_one_row_is_told_what_it_is_told_among_others(self, keras):
        X, target = told()
        predictor = Deep(EDGES, NAMES, steps=5).fit(X, target)

        alone = np.vstack([predictor.predict_survival(X[i : i + 1]) for i in range(20)])

        assert alone == pytest.approx(predictor.predict_survival(X)[:20], abs=1e-12)

    def test_it_stays_small(self, keras):
        names = [
            ("role:r", f"r{k}", s, w) for k in range(60) for s in "abcde" for w in (3, 24, 168)
        ]
        X, target = rows()

        predictor = Deep(EDGES, names, steps=1).fit(np.resize(X, (len(X), len(names))), target)

        taught = [weight.size for name, weight in predictor.weights_.items() if "." in name]
        assert sum(taught) < 50_000


class TestStored:
    def test_settings_and_arrays_are_all_there_is(self, keras):
        X, target = told()
        fitted = Deep(EDGES, NAMES, steps=20).fit(X, target)
        settings = {k: v for k, v in vars(fitted).items() if not k.endswith("_")}
        key = b"k" * 32

        stored = unpack(pack({"deep": settings}, fitted.weights_, key=key), key=key)
        revived = Deep(**stored.manifest["deep"])
        revived.weights_ = dict(stored.arrays)

        assert np.array_equal(revived.predict_survival(X), fitted.predict_survival(X))
        assert {weight.dtype for weight in fitted.weights_.values()} == {np.dtype(np.float32)}

    def test_a_forecast_needs_no_keras(self, keras, tmp_path):
        X, _ = told(50)
        fitted = Deep(EDGES, NAMES, steps=2).fit(*told())
        np.savez(tmp_path / "weights.npz", **fitted.weights_)
        np.save(tmp_path / "X.npy", X)
        asked = (
            "import json, sys; import numpy as np; from models.predictors.deep import Deep\n"
            "folder, settings = sys.argv[1], json.loads(sys.argv[2]); deep = Deep(**settings)\n"
            "deep.weights_ = dict(np.load(folder + '/weights.npz'))\n"
            "curves = deep.predict_survival(np.load(folder + '/X.npy'))\n"
            "assert 'keras' not in sys.modules\n"
            "print(json.dumps(curves.tolist()))"
        )
        settings = json.dumps({"edges": EDGES, "names": NAMES})

        said = subprocess.run(
            [sys.executable, "-c", asked, str(tmp_path), settings],
            check=True,
            capture_output=True,
            text=True,
        )

        assert np.array_equal(json.loads(said.stdout), fitted.predict_survival(X))


class TestRefusals:
    def test_names_of_other_columns_are_refused(self):
        X, target = told()

        with pytest.raises(CannotFit, match="7 columns do not match 8 names"):
            Deep(EDGES, NAMES).fit(X[:, 1:], target)

    def test_too_few_events_are_refused(self):
        X, target = told(20)
        kind = np.zeros(20, np.int8)
        kind[:7] = 1

        with pytest.raises(CannotFit, match="needs 8"):
            Deep(EDGES, NAMES).fit(X, Target(target.duration, kind, target.watched))

    def test_events_beyond_the_horizon_teach_nothing(self):
        X, _ = told()
        late = Target(np.full(600, 99.0), np.ones(600, np.int8), np.full(600, np.inf))

        with pytest.raises(CannotFit, match="No bin that was watched"):
            Deep(EDGES, NAMES).fit(X, late)

    def test_without_a_backend_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setenv("KERAS_BACKEND", "abacus")

        with pytest.raises(DeepUnavailable, match=r"forewarn\[deep-torch\].*deep-tensorflow"):
            Deep(EDGES, NAMES).fit(*told())


LEARNED = [
    [0.863744, 0.777114, 0.579655, 0.336981],
    [0.843285, 0.766286, 0.599353, 0.328467],
    [0.872857, 0.792164, 0.627946, 0.374834],
]
