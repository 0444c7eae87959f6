"""The living plant: repeatable, growing, answering to repairs, and able to be put away."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sample_data import Plant, SamplePlant, generate, snapshot
from sample_data.generate import collect

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def monday() -> Plant:
    """Four machines early on a Monday on which nothing is due and nothing is about to fail."""
    plant = Plant.create(7, 4, START)
    plant.day = 4
    for state in plant.states:
        state.due_day = [10_000] * len(state.due_day)
        state.parts.wear[:] = 0.0
        state.parts.sudden_in[:] = 1e9
    return plant


def digest(plant: SamplePlant) -> str:
    seen = hashlib.sha256()
    for key, series in plant.readings.items():
        seen.update(repr(key).encode() + series.at.tobytes() + series.value.tobytes())
    tables = plant.equipment, plant.events, plant.services, plant.failures, plant.schedules
    seen.update(repr(tables).encode())
    return seen.hexdigest()


def defect(plant: Plant, place: int) -> float:
    return float(plant.states[0].parts.defect[place])


def until_degraded(plant: Plant, component: str, place: int) -> None:
    """Live on until the component of the first machine has half its warning time behind it."""
    for _ in range(3_000):
        plant.step_day()
        if 0.4 < defect(plant, place) < 0.8:
            return
    raise AssertionError(f"The {component} never degraded.")


def test_the_same_seed_gives_the_same_plant() -> None:
    first, second = (generate(seed=3, machines=5, days=40, end=END) for _ in range(2))

    assert digest(first) == digest(second)


def test_another_seed_gives_another_plant() -> None:
    first, second = (generate(seed=seed, machines=5, days=40, end=END) for seed in (3, 4))

    assert digest(first) != digest(second)


def test_more_machines_leave_the_history_of_the_first_ones_alone() -> None:
    few, many = (generate(machines=count, days=120, end=END) for count in (4, 9))

    tags = {row.tag for row in few.equipment}
    assert few.equipment == many.equipment[:4]
    assert few.failures == tuple(f for f in many.failures if f.tag in tags)
    for key, series in few.readings.items():
        np.testing.assert_array_equal(series.value, many.readings[key].value)


def test_many_machines_have_different_tags() -> None:
    plant = Plant.create(7, 600, START)

    assert len({machine.tag for machine in plant.machines}) == 600


def test_a_repair_renews_a_degraded_component() -> None:
    plant = Plant.create(7, 1, START)
    until_degraded(plant, "bearing", place=0)
    assert plant.condition("P-101", "bearing") == "degraded"

    plant.repair("P-101", "bearing", at=plant.now + timedelta(hours=9))
    today = plant.step_day()

    found = [(s.component, s.condition_found) for s in today.services if s.planned]
    assert ("bearing", "degraded") in found
    assert plant.condition("P-101", "bearing") == "good"


def test_a_repair_in_time_prevents_the_failure_that_doing_nothing_brings() -> None:
    left_alone, repaired = (Plant.create(7, 1, START) for _ in range(2))
    until_degraded(left_alone, "bearing", place=0)
    until_degraded(repaired, "bearing", place=0)

    repaired.repair("P-101", "bearing", at=repaired.now)

    def failed(plant: Plant) -> list[str]:
        return [f.component for day in plant.advance(25) for f in day.failures]

    assert "bearing" in failed(left_alone)
    assert "bearing" not in failed(repaired)


def test_a_repair_does_not_change_what_happens_to_other_machines() -> None:
    plain, touched = (Plant.create(7, 3, START) for _ in range(2))
    touched.repair("P-101", "seal", at=START)

    one, other = collect(plain, plain.advance(60)), collect(touched, touched.advance(60))

    np.testing.assert_array_equal(
        one.readings["C-201", "vibration"].value, other.readings["C-201", "vibration"].value
    )


def test_a_repair_that_was_asked_for_says_so(monday: Plant) -> None:
    monday.repair("P-101", "bearing", at=monday.now + timedelta(hours=10))
    monday.repair("C-201", "valve", at=monday.now + timedelta(days=1, hours=23))
    monday.states[2].due_day[0] = monday.day

    done = [service for day in monday.advance(7) for service in day.services]

    asked = {(s.tag, s.component): (s.at - START).days for s in done if s.asked_for}
    assert asked == {("P-101", "bearing"): 4, ("C-201", "valve"): 6}
    assert [s.tag for s in done if not s.asked_for] == ["V-301"]
    assert all(s.planned for s in done)


def test_a_repair_comes_too_late_when_the_component_fails_first(monday: Plant) -> None:
    monday.states[0].parts.sudden_in[0] = 2.0
    monday.states[0].parts.repair_hours[0] = 4.0
    monday.repair("P-101", "bearing", at=monday.now + timedelta(hours=9))

    today = monday.step_day()

    assert [(f.component, f.is_sudden) for f in today.failures] == [("bearing", True)]
    assert [(s.planned, s.asked_for) for s in today.services] == [(False, False)]


def test_a_component_is_found_failed_until_it_is_repaired(monday: Plant) -> None:
    monday.states[0].parts.sudden_in[0] = 20.0
    monday.states[0].parts.repair_hours[0] = 10.0

    monday.step_day()
    while_it_stands = monday.condition("P-101", "bearing")
    monday.step_day()

    assert while_it_stands == "failed"
    assert monday.condition("P-101", "bearing") == "good"


def test_the_past_cannot_be_repaired() -> None:
    plant = Plant.create(7, 1, START)
    plant.advance(3)

    with pytest.raises(ValueError, match="before the plant's own time"):
        plant.repair("P-101", "bearing", at=START)


def test_an_unknown_component_cannot_be_repaired() -> None:
    plant = Plant.create(7, 1, START)

    with pytest.raises(KeyError, match="no gearbox"):
        plant.repair("P-101", "gearbox", at=START)


def test_a_plant_put_away_as_json_goes_on_where_it_stood() -> None:
    plant = Plant.create(7, 12, START)
    plant.advance(200)
    plant.repair("C-201", "valve", at=plant.now + timedelta(days=2))

    woken = snapshot.load(json.loads(json.dumps(snapshot.save(plant), allow_nan=False)))

    assert woken.now == plant.now
    lived_on = [collect(p, p.advance(20)) for p in (plant, woken)]
    assert digest(lived_on[0]) == digest(lived_on[1])


def test_a_year_in_pieces_is_the_same_as_a_year_at_once() -> None:
    at_once, in_pieces = (Plant.create(7, 4, START) for _ in range(2))

    whole = collect(at_once, at_once.advance(30))
    pieces = collect(in_pieces, in_pieces.advance(11) + in_pieces.advance(19))

    assert digest(whole) == digest(pieces)


def test_a_plant_needs_an_aware_start() -> None:
    with pytest.raises(ValueError, match="aware"):
        Plant.create(7, 1, START.replace(tzinfo=None))
