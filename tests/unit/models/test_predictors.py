"""What each predictor alone must know, against numbers worked by hand or simulated."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from models.predictors.base import CannotFit, Target, life_table, survival_at
from models.predictors.hazard import Hazard, varying_columns
from models.predictors.level import Level, strength_of
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference
from tests.unit.models.predictor_rows import EDGES, rows


def test_a_bin_cut_short_by_censoring_is_not_counted():
    target = Target(np.array([1.5, 3.0, 2.0]), np.array([1, 0, 0], np.int8), np.full(3, np.inf))

    event, watched = life_table(target, EDGES)

    assert event.tolist() == [[False, True, False, False], [False] * 4, [False] * 4]
    assert watched.sum(axis=1).tolist() == [2, 2, 2]


def test_survival_between_two_edges_has_a_constant_hazard():
    curve = np.array([[1.0, 0.9, 0.81, 0.5, 0.5]])

    assert survival_at(curve, EDGES, 1.5)[0] == pytest.approx(0.9 * 0.9**0.5)
    assert survival_at(curve, EDGES, 4.0)[0] == 0.5
    assert survival_at(curve, EDGES, 99.0)[0] == 0.5


class TestReference:
    def test_a_known_weibull_is_recovered_from_truncated_and_censored_lives(self):
        random = np.random.default_rng(3)
        life = 100.0 * random.weibull(2.5, 6_000)
        entry = random.uniform(0.0, 80.0, len(life))
        watched = life > entry
        life, entry = life[watched], entry[watched]
        left = random.uniform(5.0, 120.0, len(life))
        target = Target(
            np.minimum(life - entry, left),
            (life - entry <= left).astype(np.int8),
            np.full(len(life), np.inf),
        )

        rule = Reference(EDGES).fit(entry[:, None], target)

        assert rule.shape_ == pytest.approx(2.5, rel=0.06)
        assert rule.scale_ == pytest.approx(100.0, rel=0.03)

    def test_cutting_lives_into_rows_changes_nothing(self):
        ends = np.array([3.0, 5.0, 6.0, 7.0, 7.0, 8.0, 9.0, 9.5, 4.5, 2.5])
        kind = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 0], np.int8)
        whole = Target(ends, kind, np.full(10, np.inf))
        age = np.concatenate([np.arange(0.0, end) for end in ends])
        left = np.concatenate([end - np.arange(0.0, end) for end in ends])
        kinds = np.concatenate(
            [np.full(int(np.ceil(e)), k) for e, k in zip(ends, kind, strict=True)]
        )
        cut = Target(left, kinds.astype(np.int8), np.ones(len(age)))

        by_life = Reference(EDGES).fit(np.zeros((10, 1)), whole)
        by_row = Reference(EDGES).fit(age[:, None], cut)

        assert by_row.events_ == by_life.events_ == 8
        assert by_row.shape_ == pytest.approx(by_life.shape_, rel=1e-3)
        assert by_row.scale_ == pytest.approx(by_life.scale_, rel=1e-3)

    def test_few_events_give_an_exponential_with_the_class_as_prior(self):
        target = Target(np.array([30.0, 70.0]), np.array([1, 0], np.int8), np.full(2, np.inf))

        alone = Reference(EDGES).fit(np.zeros((2, 1)), target)
        with_prior = Reference(EDGES, prior_rate=0.04).fit(np.zeros((2, 1)), target)

        assert (alone.shape_, alone.scale_) == (1.0, 100.0)
        assert with_prior.scale_ == pytest.approx((100 + 25) / 2)

    def test_the_risk_of_an_old_part_is_conditional_on_its_age(self):
        rule = Reference(EDGES)
        rule.shape_, rule.scale_ = 2.0, 10.0

        survival = rule.predict_survival(np.array([[6.0]]))

        assert survival[0, 3] == pytest.approx(np.exp(-(100 - 36) / 100))


class TestHazard:
    def test_it_finds_the_hazard_of_each_side(self):
        X, target = rows(4_000)

        hazard = Hazard(EDGES, near=8.0).fit(X, target)
        risk = 1 - hazard.predict_survival(X)[:, 1]

        assert risk[X[:, 0] > 0.5].mean() == pytest.approx(1 - np.exp(-1 / 4), abs=0.04)
        assert risk[X[:, 0] < -0.5].mean() == pytest.approx(1 - np.exp(-1 / 20), abs=0.03)

    def test_thinning_the_survivors_leaves_the_risks_in_place(self):
        X, target = rows(4_000)

        full = Hazard(EDGES, 20, near=8.0).fit(X, target)
        thin = Hazard(EDGES, 20, survivors=1, min_survivors=100).fit(X, target)

        assert max(thin.kept_[:2]) < 0.5
        assert thin.predict_survival(X).mean(axis=0) == pytest.approx(
            full.predict_survival(X).mean(axis=0), abs=0.02
        )

    def test_the_bound_on_repeated_rows_holds(self):
        _, target = rows(2_000)

        hazard = Hazard(EDGES, near=8.0, max_rows=2_400)
        row, bin_, event = hazard._thin(*life_table(target, EDGES))

        assert len(row) <= 2_400
        assert np.bincount(bin_, minlength=4)[0] == 600
        assert (
            event.sum() == (target.kind > 0).sum() - (target.duration > 8.0)[target.kind > 0].sum()
        )

    def test_columns_that_say_nothing_are_left_out(self):
        X, target = rows()

        hazard = Hazard(EDGES, 5).fit(X, target)

        assert hazard.columns_.tolist() == [0, 1]

    def test_too_few_events_are_named(self):
        X, target = rows(40)
        rare = Target(target.duration, np.arange(40) == 0, target.watched)

        with pytest.raises(CannotFit, match="1 events; a hazard needs 8"):
            Hazard(EDGES).fit(X, rare)

    def test_lives_that_all_end_at_once_are_refused(self):
        X, _ = rows(20)
        target = Target(np.full(20, 0.5), np.ones(20, np.int8), np.full(20, np.inf))

        with pytest.raises(CannotFit, match="outlived"):
            Hazard(EDGES).fit(X, target)

    def test_a_fit_without_any_useful_column_is_a_life_table(self):
        X, target = rows(2_000)
        blank = np.full_like(X, np.nan)

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            curve = Hazard(EDGES, near=8.0).fit(blank, target).predict_survival(blank[:1])

        event, watched = life_table(target, EDGES)
        table = np.cumprod(1 - event.sum(axis=0) / watched.sum(axis=0))
        assert curve[0, 1:] == pytest.approx(table, abs=0.02)

    def test_constant_columns_are_found(self):
        X = np.array([[1.0, 2.0, np.nan, np.nan], [1.0, 3.0, np.nan, 5.0]], np.float32)

        assert varying_columns(X).tolist() == [1]


class TestLevel:
    def test_the_level_is_shrunk_by_evidence(self):
        curves = np.tile(np.array([1.0, 0.9, 0.9, 0.9, 0.9]), (20, 1))
        kind = (np.arange(20) < 5).astype(np.int8)
        target = Target(np.ones(20), kind, np.ones(20))

        own = Level(EDGES, strength=3.0).fit(curves, target)

        # 5 seen, 20 x 0.1 = 2 expected
        assert own.observed_ == 5
        assert own.expected_ == pytest.approx(2.0)
        assert own.level_ == pytest.approx(8 / 5)

    def test_a_level_of_one_changes_nothing(self):
        curve = np.array([[1.0, 0.9, 0.8, 0.7, 0.6]])
        own = Level(EDGES)
        own.level_ = 1.0

        assert np.array_equal(own.predict_survival(curve), curve)

    def test_machines_that_differ_get_a_weaker_prior_than_machines_that_do_not(self):
        random = np.random.default_rng(1)
        expected = np.full(400, 5.0)
        alike = random.poisson(expected).astype(float)
        unlike = random.poisson(expected * random.gamma(2.0, 0.5, 400)).astype(float)

        assert strength_of(alike, expected) > 50
        assert strength_of(unlike, expected) == pytest.approx(2.0, rel=0.4)


class TestSensorLimit:
    def test_it_finds_the_column_and_the_limit(self):
        X, target = rows(2_000)

        limit = SensorLimit(EDGES, window=2.0, columns=(0, 1, 2)).fit(X, target)

        assert limit.column_ == 0
        assert limit.limit_ == pytest.approx(0.0, abs=0.3)

    def test_without_columns_it_is_the_base_rate(self):
        X, target = rows(2_000)

        base = SensorLimit(EDGES, window=2.0).fit(X, target).predict_survival(X)

        assert np.unique(base, axis=0).shape[0] == 1

    def test_a_missing_value_is_no_crash(self):
        X, target = rows(500)
        X[::3, 0] = np.nan

        limit = SensorLimit(EDGES, window=2.0, columns=(0, 1)).fit(X, target)

        assert np.isfinite(limit.predict_survival(X)).all()


def test_a_limit_between_known_and_missing_is_a_number_that_can_be_stored():
    X = np.where(np.arange(80)[:, None] < 40, np.nan, 1.0).astype(np.float32)
    X[40:, 0] += np.arange(40, dtype=np.float32) % 3
    ended = np.arange(80) < 40
    target = Target(np.where(ended, 1.0, 9.0), ended.astype(np.int8), np.full(80, np.inf))

    limit = SensorLimit(EDGES, window=2.0, columns=(0,)).fit(X, target)
    risk = 1.0 - limit.predict_survival(X)[:, 1]

    assert np.isfinite(limit.limit_)
    assert risk[:40].min() > risk[40:].max()
