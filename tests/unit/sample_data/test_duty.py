"""How hard and when machines work: regimes of load, and pairs that take turns."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest

from sample_data import SamplePlant
from sample_data.rows import Floats
from sample_data.surroundings import DUTIES, NORMAL_DUTY, is_standbys_turn, next_duty
from tests.unit.sample_data.conftest import running_hours

DAY = 86_400_000_000
LEAD, STANDBY = "C-202", "C-205"


def daily_mean(year: SamplePlant, tag: str, role: str) -> Floats:
    """Mean of each day on which the machine ran all day."""
    hours, series = running_hours(year, tag), year.readings[tag, role]
    running = np.isin(series.at, hours)
    days = (series.at[running] - 1) // DAY
    counted = np.bincount(days - days[0])
    total = np.bincount(days - days[0], weights=series.value[running])
    return total[counted >= 22] / counted[counted >= 22]


def test_a_regime_lasts_days_to_weeks() -> None:
    chance, duty, offsets = np.random.default_rng(1), NORMAL_DUTY, []
    for _ in range(5_000):
        duty = next_duty(duty, chance)
        offsets.append((duty.offset, duty.days_left))

    fresh = [days for (_, left), (_, days) in pairwise(offsets) if left == 0]
    assert {offset for offset, _ in offsets} == set(DUTIES.tolist())
    assert (min(fresh) + 1, max(fresh) + 1) == (4, 24)


@pytest.mark.parametrize("role", ["motor_current", "flow", "vibration"])
def test_a_regime_moves_the_readings_of_a_healthy_machine(year: SamplePlant, role: str) -> None:
    means = daily_mean(year, "P-105", role)
    noise = {"motor_current": 0.8, "flow": 2.0, "vibration": 0.22}[role] / np.sqrt(24)

    low, high = np.quantile(means, [0.1, 0.9])

    assert high - low > 4.0 * noise


def test_the_regime_of_one_day_is_mostly_that_of_the_next(year: SamplePlant) -> None:
    current = daily_mean(year, "P-106", "motor_current")

    assert np.corrcoef(current[:-1], current[1:])[0, 1] > 0.7


def test_a_pair_never_runs_together(year: SamplePlant) -> None:
    lead, standby = (running_hours(year, tag) for tag in (LEAD, STANDBY))

    assert len(np.intersect1d(lead, standby)) == 0
    assert 0.55 < len(lead) / (len(lead) + len(standby)) < 0.8


def test_the_standby_machine_stands_for_days_without_current(year: SamplePlant) -> None:
    current = year.readings[STANDBY, "motor_current"]
    stretches = [sum(1 for _ in group) for stands, group in groupby(current.value < 1.0) if stands]

    assert max(stretches) > 10 * 24
    assert sum(length > 3 * 24 for length in stretches) >= 8


def test_turns_follow_the_seed() -> None:
    def turns(seed: int) -> list[bool]:
        return [is_standbys_turn(seed, 0, day) for day in range(365)]

    assert turns(5) == turns(5) != turns(6)
    assert 0.2 < np.mean(turns(5)) < 0.4
