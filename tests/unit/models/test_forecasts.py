"""What a survival curve says, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasts import (
    life_quantile,
    machine_forecast,
    mode_forecast,
    restricted_mean,
    risk_within,
)
from tests.unit.models.learned_fleet import SPEC

EDGES = (10.0, 20.0)


def exponential(rate: float, edges: tuple[float, ...]) -> np.ndarray:
    return np.exp(-rate * np.array([0.0, *edges]))


def test_quantiles_of_a_constant_hazard():
    curve = exponential(0.1, EDGES)

    assert life_quantile(curve, EDGES, 0.1) == pytest.approx(-np.log(0.9) / 0.1)
    assert life_quantile(curve, EDGES, 0.5) == pytest.approx(np.log(2) / 0.1)
    assert life_quantile(curve, EDGES, 0.9) is None


def test_the_restricted_mean_of_a_constant_hazard():
    # (1 - exp(-0.1 x 20)) / 0.1
    assert restricted_mean(exponential(0.1, EDGES), EDGES) == pytest.approx(8.64665, abs=1e-5)


def test_no_hazard_lives_to_the_last_edge():
    assert restricted_mean(np.ones(3), EDGES) == 20.0
    assert life_quantile(np.ones(3), EDGES, 0.1) is None


def test_certain_failure_has_no_life_left_after_its_bin():
    curve = np.array([1.0, 0.0, 0.0])

    assert restricted_mean(curve, EDGES) < 1.0
    assert life_quantile(curve, EDGES, 0.9) < 1.0
    assert risk_within(curve, EDGES, 10.0) == 1.0


def test_the_machine_lives_while_every_mode_does():
    one = exponential(0.01, SPEC.edges)
    modes = [
        mode_forecast("bearing", one, SPEC, rung="class_hazard", certain=True),
        mode_forecast("seal", one, SPEC, rung="own_level", certain=False),
    ]

    machine = machine_forecast(modes, SPEC)

    assert machine.survival == pytest.approx(one**2)
    assert machine.risk == pytest.approx(1 - (1 - modes[0].risk) * (1 - modes[1].risk))
    assert (machine.mode, machine.rung, machine.certain) == ("any", "own_level", False)


def test_horizons_are_text_in_json():
    forecast = mode_forecast(
        "seal", exponential(0.01, SPEC.edges), SPEC, rung="reference", certain=True
    )

    assert set(forecast.to_json()["risks"]) == {"4", "28"}


@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=2))
def test_quantiles_rise_and_lie_on_the_curve(falls):
    curve = np.cumprod([1.0, *falls])

    found = [life_quantile(curve, EDGES, q) for q in (0.1, 0.5, 0.9)]

    known = [life for life in found if life is not None]
    assert known == sorted(known)
    for share, life in zip((0.1, 0.5, 0.9), found, strict=True):
        if life is not None:
            assert risk_within(curve, EDGES, life) == pytest.approx(share)
