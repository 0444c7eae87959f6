"""Intervals of the Azure scores: machines drawn anew, each with all its decisions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.machine_draws import drawn_f1, intervals_90
from benchmarks.measuring.scoring import Foretold, Truth, score

MACHINES, DAYS = 6, 30


def grids(seed: int) -> tuple[Foretold, Truth]:
    """Risks that know a little of what happens, on machines that differ."""
    rng = np.random.default_rng(seed)
    rates = np.linspace(0.1, 0.5, MACHINES)[:, None, None]
    happened = rng.random((MACHINES, 2, DAYS)) < rates
    risk = np.clip(0.4 * happened + 0.6 * rng.random(happened.shape), 0.0, 1.0)
    known = np.ones(DAYS, bool)
    known[-1] = False
    judged = rng.random(happened.shape) < 0.9
    truth = Truth(happened, happened, known, known, judged, base_day=0.3, base_week=0.3)
    return Foretold(risk, risk, threshold=0.5), truth


@given(st.lists(st.integers(0, 3), min_size=MACHINES, max_size=MACHINES).filter(any))
def test_a_machine_drawn_twice_counts_twice(weights: list[int]) -> None:
    told, truth = grids(seed=1)
    again = np.repeat(np.arange(MACHINES), weights)

    drawn = drawn_f1(told.alarm, truth, np.array([weights]))

    assert drawn[0] == pytest.approx(score(told.take(again), truth.take(again))["f1_24h"])


def test_where_nothing_is_alarmed_and_nothing_failed_there_is_no_f1() -> None:
    _, truth = grids(seed=1)
    nothing = np.zeros_like(truth.day)
    once = np.ones((1, MACHINES), int)

    assert np.isnan(drawn_f1(nothing, replace(truth, day=nothing), once)).all()


def test_the_intervals_lie_around_the_scores() -> None:
    told, truth = grids(seed=2)

    ends, scores = intervals_90(told, truth), score(told, truth)

    for name in ("f1_24h", "ap_7d"):
        low, high = ends[name] or (1.0, 0.0)
        assert low < scores[name] < high
