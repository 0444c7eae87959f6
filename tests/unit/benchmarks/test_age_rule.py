"""The age rule of the fleet benchmark, on lives drawn from known laws."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measuring.age_rule import learn_ages
from benchmarks.measuring.record import Part
from benchmarks.measuring.scoring import DAY_US
from models.outcomes import FAILURE

UNTIL = 1_000 * DAY_US


def parts(lives: np.ndarray, mode: str = "seal") -> list[Part]:
    """Machines whose component fails again and again; `lives` (machines, lives) in days."""
    return [
        Part(
            machine=k,
            class_code="pump",
            mode=mode,
            since=0,
            born_at=0,
            ends=(np.cumsum(row) * DAY_US).astype(np.int64),
            kinds=np.full(len(row), FAILURE, dtype=np.int8),
            is_repair=np.zeros(len(row), bool),
        )
        for k, row in enumerate(lives)
    ]


def test_the_risk_of_an_age_is_that_of_the_law_the_lives_came_from() -> None:
    rng = np.random.default_rng(4)
    known = parts(100 * rng.weibull(3.0, (200, 20)))
    rule = learn_ages(known, UNTIL, (14.0,))
    young, old = (Part(9, "pump", "seal", 0, 0, *_nothing()) for _ in range(2))

    def law(age: float) -> float:
        return 1 - np.exp((age / 100) ** 3 - ((age + 14) / 100) ** 3)

    assert rule.risk(young, 20 * DAY_US, 14.0) == pytest.approx(law(20), abs=0.02)
    assert rule.risk(old, 90 * DAY_US, 14.0) == pytest.approx(law(90), abs=0.03)


def test_a_component_that_never_failed_has_a_small_risk_of_its_class() -> None:
    rng = np.random.default_rng(4)
    quiet = [Part(k, "pump", "shaft", 0, 0, *_nothing()) for k in range(50)]
    rule = learn_ages([*parts(rng.exponential(50.0, (50, 20))), *quiet], UNTIL, (14.0,))

    assert 0.0 < rule.risk(quiet[0], UNTIL, 14.0) < 0.01


def test_what_is_not_known_yet_is_not_learned() -> None:
    known = parts(np.full((20, 10), 100.0))

    assert learn_ages(known, 0, (14.0,)).risk(known[0], 0, 14.0) == 0.0
    # Before day 100 nobody has seen a failure: no risk at an age that will be deadly.
    assert learn_ages(known, 90 * DAY_US, (14.0,)).risk(known[0], 90 * DAY_US, 14.0) < 1e-6


def _nothing() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0, bool)
