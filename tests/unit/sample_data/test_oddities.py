"""What every history of the plant has to show, whatever chance brings."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest

from sample_data import SamplePlant, snapshot
from sample_data.generate import begin, collect
from tests.unit.sample_data.conftest import END


@pytest.mark.parametrize("seed", [3, 5, 11])
def test_the_first_pump_ends_the_history_with_a_bearing_about_to_fail(seed: int) -> None:
    plant = begin(seed=seed, machines=1, days=365, end=END)
    lived = collect(plant, plant.advance(365))
    found = plant.condition("P-101", "bearing")

    later = [failure for day in plant.advance(25) for failure in day.failures]

    assert found == "degraded"
    assert not [f for f in lived.failures if f.at > END - timedelta(days=14)]
    assert next(f.component for f in later) == "bearing"
    assert later[0].onset_at is not None
    assert END - timedelta(days=9) <= later[0].onset_at < END - timedelta(days=8)
    assert later[0].at > END + timedelta(days=6)


def test_the_rising_bearing_shows_in_the_readings_of_the_last_days(year: SamplePlant) -> None:
    series = year.readings["P-101", "vibration"]
    days = (series.at[-1] - series.at) // 86_400_000_000
    usual, last = series.value[(days >= 12) & (days < 40)], series.value[days < 2]
    spread = 1.4826 * np.median(np.abs(usual - np.median(usual)))

    assert (last.mean() - np.median(usual)) / spread > 4.0


def test_a_bearing_that_is_replaced_in_time_does_not_fail() -> None:
    plant = begin(seed=5, machines=1, days=365, end=END)
    plant.advance(365)

    plant.repair("P-101", "bearing", at=END + timedelta(hours=9))
    lived = plant.advance(20)

    assert [s.condition_found for s in lived[0].services] == ["degraded"]
    assert not [f for day in lived for f in day.failures if f.component == "bearing"]


def test_one_unit_is_exchanged_about_the_middle(year: SamplePlant) -> None:
    whole = [service for service in year.services if service.component is None]

    assert [(s.tag, s.activity, s.planned) for s in whole] == [("C-203", "replace", True)]
    assert abs(whole[0].at - (year.start + timedelta(days=182))) < timedelta(days=5)


def test_an_exchange_begins_every_life_anew_and_moves_the_normal_a_little() -> None:
    plant = begin(seed=5, machines=10, days=100, end=END)
    plant.advance(49)
    old, lives = plant.machines[9], plant.states[9].parts.life.copy()

    plant.advance(3)

    new, parts = plant.machines[9], plant.states[9].parts
    assert old.row.serial != new.row.serial
    assert old.row._replace(serial=new.row.serial) == new.row
    assert (parts.life > lives).all()
    assert parts.run_hours.max() <= 48.0
    assert 0.0 < np.abs(new.level / old.level - 1.0).max() <= 0.05


def test_an_exchanged_unit_survives_being_put_away() -> None:
    plant = begin(seed=5, machines=10, days=100, end=END)
    plant.advance(60)

    woken = snapshot.load(json.loads(json.dumps(snapshot.save(plant), allow_nan=False)))

    assert woken.machines[9].row == plant.machines[9].row
    np.testing.assert_array_equal(woken.machines[9].level, plant.machines[9].level)


def test_a_machine_is_not_there_before_it_is_commissioned() -> None:
    plant = begin(seed=5, machines=12, days=40, end=END)

    before = collect(plant, plant.advance(29))
    after = collect(plant, plant.advance(2))

    assert len(after.equipment) == len(before.equipment) + 1
    assert {row.tag for row in after.schedules} - {row.tag for row in before.schedules} == {"H-403"}
    assert ("H-403", "vibration") in after.readings


def test_a_history_too_short_for_a_rising_bearing_has_none() -> None:
    plant = begin(seed=5, machines=1, days=5, end=END)

    assert plant.oddities.rising_day is None
