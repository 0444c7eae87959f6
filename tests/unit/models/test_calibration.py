"""Curves made honest: on simulated lives whose truth is known, and by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.simulated_lives import (
    EDGES,
    Rows,
    curves_of_states,
    policy_rows,
    worn_rows,
)
from models.calibration import MIN_EVENTS, Calibrator, fit_calibrator
from models.forecasts import life_quantile
from models.interventions import MOST_WEIGHT, intervention_weights
from models.predictors.base import Target
from models.residuals import (
    PRIOR_EVENTS,
    SHAPE_INFORMATION,
    Law,
    Residuals,
    best_law,
    effective_lives,
)

WITHIN = 1 + EDGES.index(14.0)


def fit(rows: Rows) -> Calibrator:
    return fit_calibrator(
        rows.survival, EDGES, rows.target, rows.life, rows.risk_now, rows.intervened
    )


@pytest.mark.parametrize("seed", range(3))
def test_honest_curves_stay_as_they_are(seed):
    calibrator = fit(worn_rows(seed, lives=200))

    assert calibrator.kind == "failures"
    assert calibrator.laws[0].a == pytest.approx(1.0, abs=0.2)
    assert calibrator.laws[0].b == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("times", "wanted"), [(2.0, 0.5), (0.5, 2.0)])
def test_hazards_that_are_too_high_or_too_low_are_corrected(seed, times, wanted):
    calibrator = fit(worn_rows(seed, lives=200, times=times))

    assert calibrator.laws[0].a == pytest.approx(wanted, rel=0.2)
    assert calibrator.laws[0].b == pytest.approx(1.0, abs=0.12)


def test_intervals_that_are_too_wide_are_narrowed():
    """One forecast per new part, too spread out: Weibull 2.5 told of lives that follow 4."""
    rng = np.random.default_rng(5)
    edges = tuple(np.linspace(4.0, 160.0, 40))
    life = 60.0 * rng.weibull(4.0, 300)
    curve = np.exp(-((np.array([0.0, *edges]) / 60.0) ** 2.5))
    told = np.tile(curve, (300, 1))
    target = Target(life, np.ones(300, np.int8), np.full(300, np.inf))
    nobody = np.zeros(300, bool)

    calibrator = fit_calibrator(told, edges, target, np.arange(300), np.full(300, 0.1), nobody)

    def covered(curve: np.ndarray) -> float:
        low, high = (life_quantile(curve, edges, q) for q in (0.1, 0.9))
        return float(((life >= low) & (life <= high)).mean())

    assert covered(curve) > 0.93
    assert covered(calibrator.apply(curve)) == pytest.approx(0.8, abs=0.035)
    assert calibrator.laws[0].b == pytest.approx(4.0 / 2.5, abs=0.12)


def test_each_stretch_of_time_has_a_law_of_its_own():
    """Told rightly for the next ten steps, twice too high beyond."""
    rng = np.random.default_rng(8)
    edges, lives = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0), 400
    ends = np.array([0.0, *edges])
    told = np.exp(-0.05 * np.where(ends <= 10.0, ends, 2 * ends - 10.0))
    life = rng.exponential(20.0, lives)
    target = Target(life, np.ones(lives, np.int8), np.full(lives, np.inf))
    given = (np.tile(told, (lives, 1)), edges, target, np.arange(lives), np.full(lives, 0.1))

    calibrator = fit_calibrator(*given, np.zeros(lives, bool), knots=(10.0,))

    assert calibrator.ends == (3, 6)
    assert [law.a for law in calibrator.laws] == pytest.approx([1.0, 0.5], rel=0.15)
    assert -np.log(calibrator.apply(told)) == pytest.approx(0.05 * ends, rel=0.2)


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0])
def test_a_policy_that_works_does_not_teach_that_nothing_fails(times):
    """Bad machines are repaired; the truth is what would have come without."""
    misses = {"weighted": [], "ignored": [], "negative": []}
    for seed in range(6):
        rows = policy_rows(seed, lives=150, times=times)
        truth = 1 - curves_of_states()[rows.state][:, WITHIN]
        looked = rows.state > 0
        for name, seen in (
            ("weighted", rows),
            ("ignored", rows.with_interventions_ignored()),
            ("negative", rows.with_interventions_as_survivors()),
        ):
            risk = 1 - fit(seen).apply(rows.survival)[:, WITHIN]
            misses[name].append(np.abs(risk - truth)[looked].mean())

    weighted, ignored, negative = (float(np.mean(missed)) for missed in misses.values())
    assert weighted < 0.6 * ignored
    assert weighted < 0.4 * negative


def test_too_few_events_change_nothing():
    rows = worn_rows(0, lives=MIN_EVENTS - 1, times=5.0)

    calibrator = fit(rows)

    assert calibrator.kind == "identity"
    assert (calibrator.apply(rows.survival) == rows.survival).all()
    assert calibrator.sentence.startswith("Not calibrated: ")


def test_few_events_change_little():
    """Ten failures where five were told: with the prior's eight, less than half way."""
    found = [fit(worn_rows(seed, lives=14, times=0.5)) for seed in range(8)]

    levels = [calibrator.laws[0].a for calibrator in found if calibrator.kind == "failures"]

    assert 1.0 < np.median(levels) < 2.0


def test_without_failures_confirmed_faults_stand_for_them():
    rows = worn_rows(0, lives=60, times=2.0)
    faults = np.where(rows.target.kind > 0, 2, 0).astype(np.int8)
    target = Target(rows.target.duration, faults, rows.target.watched)

    calibrator = fit_calibrator(
        rows.survival, EDGES, target, rows.life, rows.risk_now, rows.intervened
    )

    assert (calibrator.kind, calibrator.failures) == ("events", 0)
    assert calibrator.interventions >= calibrator.faults > 0
    assert calibrator.laws[0].a == pytest.approx(fit(rows).laws[0].a)
    assert "failures and confirmed faults together (0 and " in calibrator.sentence


def test_the_order_of_rows_and_the_numbers_of_lives_do_not_matter():
    rows = policy_rows(1, lives=60, times=1.0)
    mixed = np.random.default_rng(0).permutation(len(rows.life))
    renamed = 7_000 - 3 * rows.life

    other = fit_calibrator(
        rows.survival[mixed],
        EDGES,
        Target(*(part[mixed] for part in rows.columns)),
        renamed[mixed],
        rows.risk_now[mixed],
        rows.intervened[mixed],
    )

    assert (other.laws[0].a, other.laws[0].b) == pytest.approx(
        (fit(rows).laws[0].a, fit(rows).laws[0].b), rel=1e-3
    )


def test_rows_told_twice_are_no_new_evidence():
    rows = worn_rows(2, lives=40, times=2.0)
    twice = np.repeat(np.arange(len(rows.life)), 2)

    again = fit_calibrator(
        rows.survival[twice],
        EDGES,
        Target(*(part[twice] for part in rows.columns)),
        rows.life[twice],
        rows.risk_now[twice],
        rows.intervened[twice],
    )

    assert (again.laws[0].a, again.laws[0].b) == pytest.approx(
        (fit(rows).laws[0].a, fit(rows).laws[0].b), rel=1e-4
    )
    assert again.effective == pytest.approx(fit(rows).effective, rel=1e-4)


def test_the_map_is_the_best_of_a_grid():
    value = np.array([0.05, 0.2, 0.4, 0.6, 0.9, 1.3, 0.3, 0.7])
    event = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    pivot = float(np.exp(np.average(np.log(value), weights=value)))
    each = np.arange(8)
    rows = Residuals(event, np.log(value), each, value, np.ones(8), each)

    law = best_law(rows)

    a, b = law.a * pivot ** (1 - law.b), law.b

    def density(level: float, shape: float) -> float:
        told = np.log(level * shape * value[:6] ** (shape - 1)).sum() - level * (value**shape).sum()
        at_pivot = np.log(level) + (shape - 1) * np.log(pivot)
        shrunk = at_pivot**2 + SHAPE_INFORMATION * np.log(shape) ** 2
        return float(told - PRIOR_EVENTS / 2 * shrunk)

    grid = [density(x, y) for x in np.linspace(0.5, 2, 61) for y in np.linspace(0.5, 2, 61)]
    assert density(a, b) >= max(grid)
    assert density(a, b) == pytest.approx(max(grid), abs=0.01)


def test_lives_of_unequal_weight_are_worth_less():
    # two rows of one life count as their mean: (2 + 1)^2 / (4 + 1)
    assert effective_lives(np.array([1.0, 3.0, 1.0]), np.array([4, 4, 9])) == pytest.approx(1.8)
    assert effective_lives(np.ones(3), np.arange(3)) == 3.0


def test_survivors_stand_for_those_who_were_repaired():
    """Four bad rows, two repaired before the next; one of the others goes on for a good row."""
    target = Target(
        duration=np.array([1.0, 1.0, 1.0, 2.0, 1.0]),
        kind=np.array([0, 0, 1, 1, 1], dtype=np.int8),
        watched=np.array([1.0, 1.0, 1.0, 1.0, 1.0]),
    )
    repaired = np.array([True, True, False, False, False])
    risk = np.array([0.9, 0.9, 0.9, 0.9, 0.1])
    life = np.array([0, 1, 2, 3, 3])

    weights = intervention_weights((1.0, 2.0), target, life, risk, repaired)

    # bad rows: 2 of 4 are repaired; all rows: 2 of 5, so a row's weight is 0.6 / 0.5 or 0.6 / 1
    assert weights.at_end == pytest.approx([1.2, 1.2, 1.2, 1.2 * 0.6, 0.6])
    assert weights.in_bin[3] == pytest.approx([1.2**0.5, 1.2 * 0.6**0.5])


def test_no_survivor_stands_for_more_than_the_declared_number():
    rows = policy_rows(3, lives=100, times=1.0)

    weights = intervention_weights(EDGES, rows.target, rows.life, rows.risk_now, rows.intervened)

    assert 1.5 < weights.at_end.max() <= MOST_WEIGHT
    assert weights.in_bin.max() <= MOST_WEIGHT


@given(
    st.floats(0.05, 20.0),
    st.floats(0.2, 5.0),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8),
)
def test_a_calibrated_curve_falls_from_one_and_survives_storage(a, b, falls):
    near, bins = Law(a, b, 0.5), len(falls)
    ends = (1, bins) if bins > 1 else (bins,)
    calibrator = Calibrator((near, Law(b, 1.0))[: len(ends)], ends, "failures", 20, 3, 9, 12.5)
    curves = np.cumprod([[1.0, *falls], [1.0, *falls]], axis=1)

    told = calibrator.apply(curves)

    assert (told[:, 0] == 1.0).all()
    assert (np.diff(told, axis=1) <= 0).all()
    assert (told >= 0).all()
    assert Calibrator.from_json(json.loads(json.dumps(calibrator.to_json()))) == calibrator


def test_it_says_what_it_did_in_one_example():
    # -ln 0.7 = 0.3567; half of it is a risk of 1 - exp(-0.1783)
    calibrator = Calibrator((Law(0.5),), (1,), "failures", 34, 0, 50, 21.3)

    assert calibrator.sentence == (
        "Calibrated to 34 failures it never saw, weighted for 50 lives that work ended first "
        "(worth 21 failures). A forecast of 30% is told as 16%."
    )
