"""One night over thirty pumps of which seven are odd: everyone on its rung, nobody in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.predictions import Decision, Forecast
from app.db.training import MachineOutcome, MachineStatus, RunState, TrainingRun
from app.db.work_orders import WorkOrder
from app.domain.risk import OrderRule
from app.domain.roles import EVERYWHERE
from app.queries.machine_page import MachinePage, machine_page
from app.queries.sensor_faults import FaultKind
from tests.odd_class import (
    ALWAYS_FAILING,
    EXCHANGED_SENSOR,
    EXCHANGED_UNIT,
    MACHINES,
    NEVER_FAILED,
    NEVER_READ,
    ORDINARY,
    STANDBY,
    STOPPED,
    STUCK_SENSOR,
    WEARING,
    day,
    odd_class,
    odd_class_after_a_night,
)
from tests.small_plants import AS_OF, MORNING, Installation
from tests.stored_nights import stored

# What the class learned of its sensors; the machine's own level may refine it.
LEARNED = {"class_hazard", "own_level"}
RUNGS = {
    NEVER_FAILED: LEARNED,
    STUCK_SENSOR: LEARNED,  # by its other sensor
    NEVER_READ: {""},
    ALWAYS_FAILING: {"own_hazard"},  # all its labels are failures, and it has plenty
    EXCHANGED_SENSOR: LEARNED,
    STANDBY: {"reference"},
    EXCHANGED_UNIT: {"not_enough_data"},  # the new unit has no normal yet
    **dict.fromkeys((*ORDINARY, WEARING), LEARNED),
}


@pytest.fixture
def plant(tmp_path: Path) -> Installation:
    """The plant after its first night."""
    return odd_class_after_a_night(tmp_path)[0]


def page(plant: Installation, tag: str) -> MachinePage:
    """What the page of a machine shows on the morning after."""
    with plant.database.reading() as session:
        machine = session.scalars(sa.select(Equipment.id).where(Equipment.tag == tag)).one()
        return machine_page(session, scope=EVERYWHERE, equipment_id=machine, now=MORNING)


def by_tag(plant: Installation, table: Any) -> dict[str, Any]:
    """The rows of a table that has one a machine."""
    with plant.database.reading() as session:
        asked = sa.select(Equipment.tag, table).join(table, table.equipment_id == Equipment.id)
        return dict(session.execute(asked).all())


def count(plant: Installation, table: Any, *conditions: Any) -> int:
    with plant.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)) or 0


def test_everyone_ends_on_its_declared_rung_and_the_night_is_over(tmp_path: Path) -> None:
    plant, report = odd_class_after_a_night(tmp_path)

    outcomes = by_tag(plant, MachineOutcome)

    assert set(outcomes) == set(RUNGS) == set(MACHINES)
    off = {tag: row.rung for tag, row in outcomes.items() if row.rung not in RUNGS[tag]}
    assert off == {}
    skipped = {tag for tag, row in outcomes.items() if row.status is MachineStatus.SKIPPED}
    assert (report["trained"], report["failed"], skipped) == (29, 0, {NEVER_READ})
    assert count(plant, TrainingRun, TrainingRun.state == RunState.FINISHED) == 1
    assert plant.violations() == []


def test_everyone_has_a_forecast_or_the_reason_in_words(plant: Installation) -> None:
    silent = page(plant, NEVER_READ)
    predictions = {tag: page(plant, tag).prediction for tag in MACHINES if tag != NEVER_READ}

    assert (silent.prediction, silent.unpredicted) == (None, "P-103 has no readings yet.")
    assert all(told is not None for told in predictions.values())
    assert all(row.reason for row in by_tag(plant, MachineOutcome).values())
    assert count(plant, Forecast) == 2 * len(predictions)


def test_only_the_pump_that_wears_has_an_order(plant: Installation) -> None:
    with plant.database.reading() as session:
        orders = session.scalars(sa.select(WorkOrder)).all()

    assert [order.title for order in orders] == [f"Inspect bearing of {WEARING}"]
    assert len(orders) <= (OrderRule().weekly_budget or 0)
    # Whoever else is above the threshold: repaired yesterday, or too new to be called predicted.
    assert count(plant, Decision) <= len(MACHINES) // 10
    deviating = [tag for tag, row in by_tag(plant, MachineHealth).items() if row.is_deviating]
    assert deviating == [WEARING]


def test_a_stuck_sensor_is_called_that(plant: Installation) -> None:
    faults = {s.code: s.fault.kind for s in page(plant, STUCK_SENSOR).sensors if s.fault}

    assert faults == {"vibration": FaultKind.STUCK}


def test_an_exchanged_sensor_brings_its_own_normal_and_no_alarm(plant: Installation) -> None:
    told = page(plant, EXCHANGED_SENSOR)

    vibration = next(role for role in told.health.roles if role.role.role == "vibration").role
    assert (vibration.normal, vibration.value) == pytest.approx((7.5, 7.5), abs=0.5)
    assert not any(sensor.fault for sensor in told.sensors)
    assert told.prediction.risk < OrderRule().threshold


def test_a_machine_on_standby_stands_since_its_last_hour(plant: Installation) -> None:
    told = page(plant, STANDBY)

    assert told.prediction.standing_since == day(STOPPED)
    assert told.unpredicted == "It has stood still since 16 Jan 2026; only its age is told."
    assert told.open_orders == ()


def test_an_exchanged_unit_begins_the_lives_of_its_components_anew(plant: Installation) -> None:
    told = page(plant, EXCHANGED_UNIT)

    assert told.unpredicted.startswith("4 of 8 days of its own normal are known;")
    assert told.prediction.drivers[0].sentence.startswith("Bearing has run 4 days;")
    assert (told.records[0].kind, told.records[0].component) == ("service", "")
    assert told.prediction.as_of == AS_OF


@pytest.mark.parametrize("workers", [1, 4])
def test_the_number_of_workers_changes_nothing_that_is_stored(tmp_path: Path, workers: int) -> None:
    two, first = odd_class_after_a_night(tmp_path / "two")
    plant = odd_class(tmp_path / "other")

    report = plant.train("--jobs", str(workers))

    assert report["workers"] == workers
    assert stored(plant.database, report["run_id"]) == stored(two.database, first["run_id"])
