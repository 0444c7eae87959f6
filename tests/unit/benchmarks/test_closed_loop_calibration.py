"""The slope between issued risk and true chance, where it is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from benchmarks.measuring.closed_loop.calibration import Floats, slope


def odds_stretched(risk: Floats, by: float, shifted: float = 0.0) -> Floats:
    """Chances whose logits are those of the risks, times *by*, plus *shifted*."""
    logits = shifted + by * np.log(risk / (1.0 - risk))
    return 1.0 / (1.0 + np.exp(-logits))


RISKS = np.linspace(0.01, 0.9, 60)


def test_risks_that_are_the_truth_have_slope_one() -> None:
    assert slope(RISKS, RISKS) == pytest.approx(1.0)


@given(by=st.floats(-2.0, 3.0), shifted=st.floats(-2.0, 2.0))
def test_it_finds_how_far_odds_are_stretched(by: float, shifted: float) -> None:
    assert slope(RISKS, odds_stretched(RISKS, by, shifted)) == pytest.approx(by, abs=1e-6)


def test_of_outcomes_it_is_the_logistic_regression() -> None:
    chance = np.random.default_rng(4)
    risk = chance.uniform(0.02, 0.7, 3_000)
    failed = (chance.random(3_000) < odds_stretched(risk, 0.6)).astype(float)
    plain = LogisticRegression(C=np.inf, tol=1e-10)
    plain.fit(np.log(risk / (1.0 - risk))[:, None], failed)

    assert slope(risk, failed) == pytest.approx(plain.coef_[0, 0], rel=1e-4)


@pytest.mark.parametrize(
    ("risk", "chance"),
    [
        pytest.param(RISKS[:10], RISKS[:10], id="too few"),
        pytest.param(np.full(40, 0.2), np.linspace(0.1, 0.3, 40), id="always the same risk"),
        pytest.param(RISKS, np.zeros(60), id="nothing ever fails"),
        pytest.param(RISKS, (RISKS > 0.5).astype(float), id="perfectly separated"),
        pytest.param(np.array([]), np.array([]), id="no forecast"),
    ],
)
def test_there_is_not_always_a_slope(risk: Floats, chance: Floats) -> None:
    assert slope(risk, chance) is None
