"""What a planner says of a component, as the prior of the age rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gamma

from models.predictors.base import Target
from models.predictors.reference import (
    ENTERED_LIVES,
    SHAPES,
    EnteredLives,
    Reference,
    weibull,
    weibull_of,
)
from models.spec import ClassSpec, SpecError, TypicalLife
from tests.unit.models.predictor_rows import EDGES

LIFE, SPREAD = 400.0, 100.0


def lives(ends: list[float], kinds: list[int]) -> Target:
    return Target(np.array(ends), np.array(kinds, np.int8), np.full(len(ends), np.inf))


def rule(target: Target, **entered: float) -> Reference:
    return Reference(EDGES, **entered).fit(np.zeros((len(target), 1)), target)


def moments(fitted: Reference) -> tuple[float, float]:
    """Mean and standard deviation."""
    mean, square = (gamma(1 + n / fitted.shape_) * fitted.scale_**n for n in (1, 2))
    return float(mean), float(np.sqrt(square - mean**2))


def failures(count: int, scale: float = 200.0) -> Target:
    """Lives at the middles of equal shares of a Weibull of shape 3."""
    shares = (np.arange(count) + 0.5) / count
    ends = scale * (-np.log1p(-shares)) ** (1 / 3)
    return lives(ends.tolist(), [1] * count)


# As good as nothing was watched yet.
NOTHING = lives([1e-6], [0])


def test_without_a_life_of_its_own_the_rule_is_what_was_entered():
    assert moments(rule(NOTHING, entered_life=LIFE, entered_spread=SPREAD)) == (
        pytest.approx(LIFE, rel=1e-4),
        pytest.approx(SPREAD, rel=1e-3),
    )


def test_without_a_spread_it_is_35_percent_of_the_life():
    assert moments(rule(NOTHING, entered_life=LIFE))[1] == pytest.approx(0.35 * LIFE, rel=1e-3)


def test_a_spread_as_wide_as_the_life_is_an_exponential():
    assert weibull_of(100.0, 100.0) == (pytest.approx(1.0), pytest.approx(100.0))


def test_impossible_spreads_keep_the_life():
    for spread, shape in ((1.0, SHAPES[1]), (900.0, SHAPES[0])):
        found, scale = weibull_of(100.0, spread)

        assert found == shape
        assert scale * gamma(1 + 1 / shape) == pytest.approx(100.0)


def test_nothing_entered_is_the_plain_rule():
    few, many = failures(3), failures(12)

    assert vars(rule(few))["scale_"] == few.duration.sum() / 3
    fitted = rule(many)
    assert (fitted.shape_, fitted.scale_) == weibull(np.zeros(12), many.duration, np.ones(12, bool))


def test_each_failure_brings_the_rule_closer_to_the_plant():
    truth = moments(rule(failures(500)))[0]

    means = [
        moments(rule(failures(n) if n else NOTHING, entered_life=LIFE, entered_spread=SPREAD))[0]
        for n in (0, 1, 3, 10, 40, 500)
    ]

    assert means == sorted(means, reverse=True)
    assert means[-1] == pytest.approx(truth, rel=0.02)


def test_ten_lives_outweigh_what_was_entered():
    truth = moments(rule(failures(500)))[0]

    mean, _ = moments(rule(failures(10), entered_life=LIFE, entered_spread=SPREAD))

    assert mean - truth < LIFE - mean


def test_with_the_shape_held_entered_lives_count_as_so_many_failures():
    """By hand: exponential lives (k = 1) of 100 and a prior of three lives of 400."""
    entered = EnteredLives(1.0, 400.0, 3.0)

    # d log likelihood / d scale = 0 at (sum of lives + 3 x 400) / (n + 3).
    def likelihood(scale: float) -> float:
        seen = -2 * np.log(scale) - 200.0 / scale
        return float(seen - 3 * np.log(scale) - 3 * entered.mean_power(1.0) / scale)

    best = (200.0 + 3 * 400.0) / 5
    assert likelihood(best) > max(likelihood(best - 1), likelihood(best + 1))
    assert entered.mean_log == pytest.approx(np.log(400.0) - 0.5772156649)
    assert ENTERED_LIVES == 3.0


def test_parts_that_outlive_the_entered_life_lengthen_it():
    survivors = [
        rule(lives([share * LIFE] * 10, [0] * 10), entered_life=LIFE) for share in (0.3, 1.2)
    ]

    young, old = (moments(fitted)[0] for fitted in survivors)

    assert LIFE < young < 1.15 * LIFE
    assert old > 1.2 * LIFE


def test_the_entered_life_takes_the_place_of_the_class_s_rate():
    plain = rule(NOTHING, prior_rate=0.1, entered_life=LIFE, entered_spread=SPREAD)

    assert moments(plain)[0] == pytest.approx(LIFE, rel=1e-4)


def test_a_rule_that_knows_of_nothing_says_so():
    assert not rule(NOTHING).is_informed
    assert rule(NOTHING, entered_life=LIFE).is_informed
    assert rule(failures(1)).is_informed


def test_entering_a_life_changes_the_settings_and_not_entering_one_does_not(
    small_spec: ClassSpec,
):
    entered = replace(small_spec, typical_lives={"seal": TypicalLife(LIFE)})
    wider = replace(small_spec, typical_lives={"seal": TypicalLife(LIFE, SPREAD)})

    hashes = {spec.settings_hash() for spec in (small_spec, entered, wider)}

    assert len(hashes) == 3
    assert replace(small_spec, typical_lives={}).settings_hash() == small_spec.settings_hash()


@pytest.mark.parametrize("wrong", [(0.0, None, None), (9.0, 0.0, None), (9.0, 1.0, -1.0)])
def test_a_life_of_nothing_is_refused(wrong: tuple[float, float | None, float | None]):
    with pytest.raises(SpecError, match="above 0"):
        TypicalLife(*wrong)
