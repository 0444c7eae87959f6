"""A limit is set on the machine's own healthy days: at most two calls a year."""

from __future__ import annotations

import numpy as np
import pytest

from models.limits import (
    ALARMS_PER_YEAR,
    LEAST,
    LEAST_SCALE,
    Limit,
    excursion,
    own_limit,
    smoothed,
)
from models.verdicts import judge
from tests.unit.models.health_days import SPEC, Days, day, machine, quiet


def limit_of(deviation: Days, failed: tuple[int, ...] = ()) -> Limit:
    found = machine("P-1", deviation, failed=failed)
    return own_limit(found, smoothed(found.deviation, found.lives, SPEC), SPEC)


def wandering(days: int, seed: int) -> Days:
    """Heavy-tailed noise that remembers the day before."""
    random = np.random.default_rng(seed)
    steps = random.standard_t(3, (days, 2))
    found = np.zeros((days, 2))
    for row in range(1, days):
        found[row] = 0.8 * found[row - 1] + 0.6 * steps[row]
    return found


@pytest.mark.parametrize("seed", range(5))
def test_on_its_own_history_a_machine_is_called_out_at_most_twice_a_year(seed):
    for days in (60, 200, 400, 900):
        limit = limit_of(wandering(days, seed))

        assert limit.alarms_per_year is not None
        assert limit.alarms_per_year <= ALARMS_PER_YEAR


def test_a_year_that_nobody_has_seen_brings_about_two_calls_at_most():
    calls, machines = 0, 12
    for seed in range(machines):
        whole = wandering(730, 100 + seed)
        factor = limit_of(whole[:365])
        distance = np.abs(smoothed(whole, np.zeros(730, int), SPEC) / factor.scale).max(axis=1)
        off = np.flatnonzero(distance[365:] >= factor.factor)
        calls += len(off) and 1 + int((np.diff(off) > 14).sum())

    assert calls / machines <= 1.5 * ALARMS_PER_YEAR


def test_without_history_the_limit_is_cautious():
    limit = limit_of(quiet(40, 1))  # ten days told, all of them too near to today

    assert limit.factor == pytest.approx(LEAST * 6 ** (1 / 3))  # half a year over a month
    assert limit.scale.tolist() == [1.0, 1.0]
    assert limit.alarms_per_year is None


def test_history_brings_the_limit_down_to_what_the_machine_does():
    factors = [limit_of(quiet(days, 1)).factor for days in (60, 120, 180, 365)]

    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == LEAST


def test_a_role_steadier_than_half_a_spread_is_not_held_to_it():
    assert limit_of(quiet(365, 1, size=0.01)).scale.tolist() == [LEAST_SCALE, LEAST_SCALE]


def test_a_false_excursion_of_the_past_raises_the_limit():
    found = quiet(300, 1)
    calm = limit_of(found)
    found[150:160, 0] += 8.0

    assert limit_of(found).factor > calm.factor


def test_an_excursion_that_led_into_a_failure_does_not():
    found = quiet(300, 1)
    found[130:160, 0] += 8.0  # longer than the horizon
    failed = limit_of(found, failed=(160,))

    assert failed.factor == limit_of(quiet(300, 1)).factor


def test_slow_wear_that_goes_on_does_not_become_normal():
    found = quiet(400, 1)
    found[-60:, 0] += 8.0
    worn = machine("P-1", found)

    health = judge({"P-1": worn}, SPEC)["P-1"]

    assert health.is_deviating
    assert health.since == pytest.approx(day(340), abs=2 * 86_400_000_000)


def test_the_median_of_three_days_needs_two_of_them():
    rows = np.array([[1.0], [np.nan], [3.0], [9.0], [np.nan], [np.nan], [5.0]])

    told = smoothed(rows, np.zeros(7, int), SPEC)

    assert np.array_equal(told[:, 0], [np.nan, np.nan, 2, 6, 6, np.nan, np.nan], equal_nan=True)


def test_the_median_does_not_reach_across_the_end_of_a_life():
    rows = np.array([[8.0], [8.0], [8.0], [1.0], [1.0]])

    told = smoothed(rows, np.array([0, 0, 0, 1, 1]), SPEC)

    assert np.array_equal(told[:, 0], [np.nan, 8, 8, np.nan, 1], equal_nan=True)


def test_a_gap_does_not_interrupt_an_excursion_but_work_does():
    distance = np.array([0.0, 9.0, np.nan, 9.0, 9.0])
    limit = Limit(distance, np.ones(2), 5.0, 0.0)

    gap = excursion(machine("P-1", quiet(5, 1)), limit)
    work = excursion(machine("P-1", quiet(5, 1), failed=(3,)), limit)

    assert (gap, work) == (1, 3)
