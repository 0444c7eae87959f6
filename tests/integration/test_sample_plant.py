"""The sample plant reaches the database through the deeds, whole, once, and day by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.cli.imports.sample_plant import import_plant
from app.db.equipment import Component, Equipment, EquipmentClass, OrderRuleRow
from app.db.records import Failure, ServiceRecord
from app.db.schedules import PreventiveSchedule
from app.db.sensors import Sensor
from app.db.stop_windows import StopWindow
from app.domain.roles import system
from sample_data.generate import begin, collect
from sample_data.jobs import WINDOWS

END = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def plant():
    return begin(seed=7, machines=4, days=60, end=END)


def take_in(database, lived):
    with database.transaction() as session:
        return import_plant(session, lived, now=lived.end + timedelta(hours=6), by=system("demo"))


def test_everything_that_was_lived_through_is_on_record(database, make, plant):
    lived = collect(plant, plant.advance(60))

    tables = take_in(database, lived)

    assert all(counts.is_clean for counts in tables.values())
    assert tables["readings"].accepted == sum(len(s.at) for s in lived.readings.values())
    assert tables["failures"].accepted == len(lived.failures) == len(make.all(Failure))
    assert {row.tag for row in make.all(Equipment)} == {row.tag for row in lived.equipment}
    services = make.all(PreventiveSchedule)
    assert len(services) == len(lived.schedules)
    assert {(row.title.split()[0], row.activity.value) for row in services} == {
        ("Replace", "replace"),
        ("Exchange", "replace"),
        ("Overhaul", "overhaul"),
        ("Re-splice", "refit"),
    }


def test_a_class_decides_by_its_own_costs(database, make, plant):
    take_in(database, collect(plant, plant.advance(5)))

    pump = make.all(EquipmentClass, code="pump")[0]
    rule = make.all(OrderRuleRow, equipment_class_id=pump.id)[0]
    assert (rule.inspection_cost, rule.planned_cost, rule.unplanned_cost) == (180, 900, 4500)
    assert (pump.running_role, pump.running_above) == ("motor_current", 5.0)


def test_jobs_and_stop_windows_are_said_once_and_a_planner_has_the_last_word(database, make, plant):
    take_in(database, collect(plant, plant.advance(5)))
    stops = {(row.title, row.rrule) for row in make.all(StopWindow)}
    with database.transaction() as session:
        session.get_one(Component, make.all(Component, code="seal")[0].id).job_hours = 9.0

    take_in(database, collect(plant, plant.advance(1)))

    parts = make.all(Component)
    assert all(part.job_hours and part.part_lead_hours and part.look_first for part in parts)
    assert make.all(Component, code="seal")[0].job_hours == 9.0
    assert ("Saturday stop", "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA") in stops
    assert len(make.all(StopWindow)) == len(WINDOWS)


def test_the_same_history_twice_adds_nothing(database, plant):
    lived = collect(plant, plant.advance(20))
    take_in(database, lived)

    again = take_in(database, lived)

    assert {name: counts.accepted for name, counts in again.items() if counts.accepted} == {}


def test_the_next_day_joins_what_is_there(database, make, plant):
    take_in(database, collect(plant, plant.advance(20)))
    day = collect(plant, plant.advance(1))

    tables = take_in(database, day)

    assert tables["readings"].accepted == sum(len(s.at) for s in day.readings.values()) > 0
    assert (tables["equipment"].accepted, len(make.all(Equipment))) == (0, 4)


def test_a_service_done_since_moves_its_schedule(database, make, plant):
    take_in(database, collect(plant, plant.advance(20)))
    before = {row.id: row.last_done_on for row in make.all(PreventiveSchedule)}

    take_in(database, collect(plant, plant.advance(300)))

    after = {row.id: row.last_done_on for row in make.all(PreventiveSchedule)}
    assert after.keys() == before.keys()
    assert all(after[row] >= before[row] for row in after)
    assert any(after[row] > before[row] for row in after)


def test_an_exchanged_unit_keeps_its_tag_and_gets_a_new_serial(database, make):
    plant = begin(seed=7, machines=10, days=40, end=END)
    take_in(database, collect(plant, plant.advance(19)))
    old = make.all(Equipment, tag="C-203")[0].serial

    tables = take_in(database, collect(plant, plant.advance(4)))

    exchanged = make.all(Equipment, tag="C-203")[0]
    assert exchanged.serial not in ("", old)
    assert tables["equipment"].conflict == 0
    whole = make.all(ServiceRecord, component_id=None)
    assert [(row.equipment_id, row.activity) for row in whole] == [(exchanged.id, "replace")]


def test_a_machine_is_on_record_only_once_it_was_commissioned(database, make):
    plant = begin(seed=7, machines=12, days=40, end=END)
    before = collect(plant, plant.advance(30))
    new = next(machine for machine in plant.machines if machine.first_day)

    take_in(database, before)
    assert make.all(Equipment, tag=new.tag) == []

    take_in(database, collect(plant, plant.advance(1)))
    (machine,) = make.all(Equipment, tag=new.tag)
    assert len(make.all(Sensor, equipment_id=machine.id)) == len(new.facts.roles)
