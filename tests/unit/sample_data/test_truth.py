"""The truth about a machine: what its hidden state makes likely."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sample_data import Plant, snapshot
from sample_data.machines import Oddities
from sample_data.rows import Floats

START = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING_ODD = Oddities(
    stuck_from_day=10_000, commissioned_day=0, exchange_day=None, rising_day=None
)


def left_alone(plant: Plant, days: int) -> set[tuple[str, str]]:
    """The components that fail when a copy of *plant* lives on without any planned work."""
    other = copy.deepcopy(plant)
    for state in other.states:
        state.due_day, state.jobs = [10_000] * len(state.due_day), []
    return {(f.tag, f.component) for day in other.advance(days) for f in day.failures}


@pytest.fixture(scope="module")
def judged() -> tuple[Floats, Floats]:
    """Chances of failing within a fortnight, and whether it failed, over many machine-days."""
    plant = Plant.create(11, 24, START, NOTHING_ODD)
    plant.advance(60)
    chances, failed = [], []
    for _ in range(16):
        failures = left_alone(plant, 14)
        for machine in plant.machines:
            for component, chance in plant.true_hazard(machine.tag, 14).items():
                chances.append(chance)
                failed.append(float((machine.tag, component) in failures))
        plant.advance(15)
    return np.array(chances), np.array(failed)


def test_as_many_fail_as_the_truth_expects(judged: tuple[Floats, Floats]) -> None:
    chances, failed = judged

    assert len(chances) > 800
    assert failed.sum() == pytest.approx(chances.sum(), rel=0.25)


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.1), (0.1, 0.9), (0.9, 1.1)])
def test_the_truth_is_calibrated_at_every_height(
    judged: tuple[Floats, Floats], low: float, high: float
) -> None:
    chances, failed = judged
    band = (chances >= low) & (chances < high)
    spread = np.sqrt((chances[band] * (1.0 - chances[band])).sum())

    assert abs(failed[band].sum() - chances[band].sum()) < 3.0 * spread + 0.5


def test_asking_changes_nothing() -> None:
    plant = Plant.create(7, 4, START)
    plant.advance(50)
    before = json.dumps(snapshot.save(plant))

    first, second = plant.true_hazard("P-101", 14), plant.true_hazard("P-101", 14)

    assert first == second
    assert json.dumps(snapshot.save(plant)) == before


def test_a_longer_horizon_is_never_safer() -> None:
    plant = Plant.create(7, 6, START, NOTHING_ODD)
    plant.advance(80)

    for machine in plant.machines:
        near, far = (plant.true_hazard(machine.tag, days) for days in (7, 28))
        assert all(0.0 <= near[part] <= far[part] + 0.02 <= 1.02 for part in near)


def test_the_chance_falls_with_the_repair() -> None:
    plant = Plant.create(7, 1, START, NOTHING_ODD)
    plant.states[0].parts.wear[0], plant.states[0].parts.defect[0] = 1.0, 0.6
    plant.states[0].parts.sudden_in[:] = 1e9
    before = plant.true_hazard("P-101", 14)["bearing"]

    plant.repair("P-101", "bearing", at=plant.now + timedelta(hours=1))
    plant.step_day()

    assert before > 0.9
    assert plant.true_hazard("P-101", 14)["bearing"] < 0.1


def test_a_component_under_repair_is_judged_as_the_new_one() -> None:
    plant = Plant.create(7, 1, START, NOTHING_ODD)
    plant.states[0].parts.sudden_in[0] = 23.0
    plant.states[0].parts.wear[0], plant.states[0].parts.defect[0] = 1.0, 0.5
    plant.states[0].parts.warning_hours[0] = 1_000.0

    today = plant.step_day()

    assert [f.component for f in today.failures] == ["bearing"]
    assert plant.true_hazard("P-101", 7)["bearing"] < 0.1


def test_a_resting_machine_does_not_fail() -> None:
    plant = Plant.create(5, 18, START, NOTHING_ODD)
    while not all(plant.machines[5].rests(5, plant.day + ahead) for ahead in range(3)):
        plant.step_day()
    plant.states[5].stop = None

    assert set(plant.true_hazard("C-202", 3).values()) == {0.0}


def test_work_just_done_is_a_risk_of_its_own() -> None:
    plant = Plant.create(7, 1, START, NOTHING_ODD)
    fresh = plant.true_hazard("P-101", 10)["seal"]

    plant.repair("P-101", "seal", at=START)
    plant.step_day()

    assert 0.03 < plant.true_hazard("P-101", 10)["seal"] - fresh < 0.05


def test_an_unknown_machine_has_no_truth() -> None:
    with pytest.raises(KeyError, match="no machine X-1"):
        Plant.create(7, 1, START).true_hazard("X-1", 7)
