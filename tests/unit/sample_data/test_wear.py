"""A component's way from new to failed, by hand-worked figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sample_data.catalogue import PUMP
from sample_data.wear import NORMAL_LOAD, Parts, begin_life, new_parts, run, start_up


def one_part(**changes: float) -> Parts:
    """One component that wears 0.1 an hour, warns for 4 hours and never fails suddenly."""
    values = {
        "wear": 0.0,
        "defect": 0.0,
        "onset": math.nan,
        "pace": 0.1,
        "warning_hours": 4.0,
        "clearness": 1.0,
        "sudden_in": 1e9,
        "induced_in": math.nan,
        "repair_hours": 8.0,
        "tilt": 0.5,
        "run_hours": 0.0,
    }
    arrays = {name: np.array([value]) for name, value in (values | changes).items()}
    return Parts(life=np.zeros(1, np.int64), **arrays)


def hours(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.full(count, NORMAL_LOAD)


def test_wear_adds_up_and_shows_no_defect_before_it_is_complete() -> None:
    parts = one_part()

    stretch = run(parts, hours(5), np.ones((2, 1)), clock=0)

    assert stretch.failed is None
    assert parts.wear[0] == pytest.approx(0.5)
    assert parts.defect[0] == 0.0
    assert math.isnan(parts.onset[0])


def test_a_defect_begins_when_wear_is_complete_and_fails_after_its_warning_time() -> None:
    parts = one_part(wear=0.75, pace=0.125)

    stretch = run(parts, hours(24), np.ones((2, 1)), clock=100)

    # Wear is complete in the second hour; four hours of growth, that one included, end after five.
    assert parts.onset[0] == 101
    assert stretch.after_hours == 5.0
    assert stretch.failed == 0
    assert not stretch.is_sudden


def test_a_sudden_failure_comes_at_its_hour_whatever_the_wear() -> None:
    parts = one_part(pace=0.0, sudden_in=2.25)

    stretch = run(parts, hours(24), np.ones((2, 1)), clock=0)

    assert stretch.is_sudden
    assert stretch.after_hours == pytest.approx(2.25)
    assert stretch.hours == 3
    assert math.isnan(parts.onset[0])


def test_twice_the_load_wears_four_times_as_fast() -> None:
    gentle, hard = one_part(pace=0.01), one_part(pace=0.01)

    run(gentle, hours(10) / 2, np.ones((2, 1)), clock=0)
    run(hard, hours(10), np.ones((2, 1)), clock=0)

    assert hard.wear[0] == pytest.approx(4 * gentle.wear[0])


def test_a_mistake_made_when_it_was_fitted_ends_a_component_without_a_sign() -> None:
    parts = one_part(pace=0.0, induced_in=5.5)

    stretch = run(parts, hours(24), np.ones((2, 1)), clock=0)

    assert stretch.is_sudden
    assert stretch.after_hours == pytest.approx(5.5)


def test_work_goes_wrong_once_in_a_while_and_within_ten_days() -> None:
    parts, mistakes = new_parts(1), []
    for _ in range(2_000):
        begin_life(parts, 0, PUMP.components[0], seed=1, machine=0)
        mistakes.append(parts.induced_in[0])

    assert math.isnan(mistakes[0])
    assert 0.03 < np.mean(~np.isnan(mistakes)) < 0.05
    assert np.nanmin(mistakes) > 0.0
    assert np.nanmax(mistakes) <= 240.0


def test_a_start_costs_a_little_wear() -> None:
    parts = one_part(wear=0.5)

    start_up(parts)

    assert 0.5 < parts.wear[0] < 0.51


def test_running_hours_are_counted_from_the_fitting() -> None:
    parts = new_parts(1)
    begin_life(parts, 0, PUMP.components[0], seed=1, machine=0)
    parts.sudden_in[0] = 1e9

    run(parts, hours(30), np.ones((2, 1)), clock=0)
    before = parts.run_hours[0]
    begin_life(parts, 0, PUMP.components[0], seed=1, machine=0)

    assert (before, parts.run_hours[0]) == (30.0, 0.0)
