"""Sensors whose readings cannot be true: stuck, silent, out of range."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import Equipment, EquipmentClass
from app.db.readings import ReadingBatch, ReadingQuarantine
from app.db.sensors import SensorAssignment
from app.domain.equipment import Status
from app.domain.instants import to_micros
from app.domain.roles import EVERYWHERE, Scope
from app.queries.sensor_faults import FaultKind, SensorFault, sensor_faults
from tests.hours import write_hours
from tests.plant import Plant

HOUR = timedelta(hours=1)
MOVING = [20.0 + k % 7 for k in range(240)]


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment("P-101")


def faults(make: Plant, scope: Scope = EVERYWHERE) -> list[SensorFault]:
    with make.database.reading() as session:
        return list(sensor_faults(session, scope=scope, now=make.now))


def kinds(make: Plant) -> dict[str, FaultKind]:
    return {fault.code: fault.kind for fault in faults(make)}


def test_a_value_that_does_not_change_for_a_day_is_stuck(database, make, pump, now) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    stuck = [*MOVING[:100], *[63.1] * 30]
    write_hours(database, make.sensor(pump, "temperature").id, until=now, values=stuck)

    (fault,) = faults(make)

    assert (fault.code, fault.kind, fault.last_value) == ("temperature", FaultKind.STUCK, 63.1)
    assert fault.since == now - 30 * HOUR
    assert "63.1 degC" in fault.sentence


def test_one_that_has_been_stuck_for_months_is_so_since_it_began(database, make, pump, now) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    stuck = [*MOVING, *[63.1] * 24 * 90]
    write_hours(database, make.sensor(pump, "temperature").id, until=now, values=stuck)

    (fault,) = faults(make)

    assert fault.since == now - 90 * 24 * HOUR


@pytest.mark.parametrize("hours", [0, 23])
def test_less_than_a_day_is_no_fault(database, make, pump, now, hours: int) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    values = [*MOVING[:100], *[63.1] * hours]
    write_hours(database, make.sensor(pump, "temperature").id, until=now, values=values)

    assert faults(make) == []


def test_a_machine_that_stands_still_has_no_stuck_sensor(database, make, pump, now) -> None:
    for code in ("flow", "temperature"):
        values = [*MOVING[:100], *[20.0] * 60]
        write_hours(database, make.sensor(pump, code).id, until=now, values=values)

    assert faults(make) == []


def test_only_hours_in_which_the_machine_ran_count(database, make, pump, now) -> None:
    with database.transaction() as session:
        session.execute(sa.update(EquipmentClass).values(running_role="current", running_above=5.0))
    stood = [*[30.0 + k % 3 for k in range(80)], *[0.1 + k % 2 / 100 for k in range(48)]]
    write_hours(database, make.sensor(pump, "current").id, until=now, values=stood)
    flat = [*MOVING[:80], *[21.0] * 48]
    write_hours(database, make.sensor(pump, "temperature").id, until=now, values=flat)
    assert kinds(make) == {}

    longer = [*MOVING[:50], *[22.0] * 78]
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=longer)

    assert kinds(make) == {"flow": FaultKind.STUCK}


def test_a_sensor_is_silent_when_others_of_its_machine_report(database, make, pump, now) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    quiet = [*MOVING[:100], *[None] * 24]
    write_hours(database, make.sensor(pump, "temperature").id, until=now, values=quiet)

    (fault,) = faults(make)

    assert (fault.code, fault.kind) == ("temperature", FaultKind.SILENT)
    assert fault.since == now - 24 * HOUR


def test_a_sensor_that_was_taken_off_is_not_silent(database, make, pump, now) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    gone = make.sensor(pump, "temperature")
    write_hours(database, gone.id, until=now - 72 * HOUR, values=[*MOVING, *[63.1] * 30])
    assert [fault.code for fault in faults(make)] == ["temperature"]

    role_ends(database, gone.id, now - 72 * HOUR)

    assert faults(make) == []


def test_one_that_goes_on_without_a_role_and_then_stops_is_silent(
    database, make, pump, now
) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    other = make.sensor(pump, "temperature")
    write_hours(database, other.id, until=now - 30 * HOUR, values=MOVING)

    role_ends(database, other.id, now - 72 * HOUR)

    assert kinds(make) == {"temperature": FaultKind.SILENT}


def test_one_that_fills_another_role_since_is_silent(database, make, pump, now) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now, values=MOVING)
    moved = make.sensor(pump, "temperature")
    write_hours(database, moved.id, until=now - 72 * HOUR, values=MOVING)
    role_ends(database, moved.id, now - 72 * HOUR)
    with database.transaction() as session:
        (role_id,) = session.scalars(
            sa.select(SensorAssignment.sensor_role_id).where(SensorAssignment.sensor_id == moved.id)
        )
        session.add(SensorAssignment(sensor_id=moved.id, sensor_role_id=role_id))

    assert kinds(make) == {"temperature": FaultKind.SILENT}


def test_a_machine_whose_sensors_are_all_silent_has_another_trouble(
    database, make, pump, now
) -> None:
    for code in ("flow", "temperature"):
        write_hours(database, make.sensor(pump, code).id, until=now - 72 * HOUR, values=MOVING)

    assert faults(make) == []


def test_values_that_cannot_be_true_are_out_of_range(database, make, pump, now) -> None:
    sensor = make.sensor(pump, "temperature")
    write_hours(database, sensor.id, until=now, values=MOVING)
    refuse(database, sensor.id, [now - k * HOUR for k in range(3)], 9999.0, now)

    (fault,) = faults(make)

    assert (fault.kind, fault.last_value) == (FaultKind.OUT_OF_RANGE, 9999.0)
    assert fault.sentence.endswith("only -60 to 600 degC can be true.")


def test_one_spike_is_no_fault(database, make, pump, now) -> None:
    sensor = make.sensor(pump, "temperature")
    write_hours(database, sensor.id, until=now, values=MOVING)
    refuse(database, sensor.id, [now], 9999.0, now)

    assert faults(make) == []


def test_what_is_learned_later_is_not_known_yet(database, make, pump, now) -> None:
    write_hours(database, make.sensor(pump, "flow").id, until=now + 48 * HOUR, values=MOVING)
    stuck = [*MOVING[:100], *[63.1] * 50]
    write_hours(database, make.sensor(pump, "temperature").id, until=now + 48 * HOUR, values=stuck)

    assert faults(make) == []


def test_another_site_and_a_machine_out_of_service_are_left_out(database, make, pump, now) -> None:
    other = make.equipment("P-900", site="south")
    idle = make.equipment("P-102", status=Status.OUT_OF_SERVICE)
    for machine in (pump, other, idle):
        write_hours(database, make.sensor(machine, "flow").id, until=now, values=MOVING)
        sensor = make.sensor(machine, "temperature")
        write_hours(database, sensor.id, until=now, values=[*MOVING[:100], *[63.1] * 30])

    north = Scope(frozenset({pump.site_id}))

    assert [fault.tag for fault in faults(make, north)] == ["P-101"]
    assert [fault.tag for fault in faults(make)] == ["P-101", "P-900"]


def role_ends(database: Database, sensor_id: int, at: datetime) -> None:
    """The sensor fills its role until then."""
    with database.transaction() as session:
        session.execute(
            sa.update(SensorAssignment)
            .where(SensorAssignment.sensor_id == sensor_id)
            .values(ended_at=at)
        )


def refuse(
    database: Database, sensor_id: int, at: list[datetime], value: float, now: datetime
) -> None:
    """Values a delivery brought that were put into quarantine."""
    with database.transaction() as session:
        batch = ReadingBatch(
            arrived_at=now,
            source="test",
            accepted=0,
            duplicate=0,
            conflict=0,
            quarantined=len(at),
            rejected=0,
        )
        session.add(batch)
        session.flush()
        session.add_all(
            ReadingQuarantine(
                sensor_id=sensor_id,
                at=to_micros(moment),
                value=value,
                reason="too hot",
                batch_id=batch.id,
            )
            for moment in at
        )
