"""Machines and their charts."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from app.db.records import Failure
from app.db.sensors import SensorAssignment
from app.domain.roles import Actor, system
from app.services import readings
from tests.doors.conftest import Visit
from tests.hours import write_hours
from tests.plant import Plant

HOUR_US = 3_600_000_000


def test_the_list_finds_machines_by_tag_and_name(make: Plant, ann: Actor, visit: Visit) -> None:
    make.equipment("P-101")
    make.equipment("C-201")

    page = visit(ann).text("/equipment?search=c-2")

    assert "C-201" in page
    assert "P-101" not in page


def test_percent_and_underscore_are_letters_and_not_wildcards(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    make.equipment("P-101")

    assert "No machine matches" in visit(ann).text("/equipment?search=%25")


def test_a_machine_without_a_night_says_so(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()

    page = visit(ann).text(f"/equipment/{machine.id}")

    assert "No prediction yet" in page
    assert "No sensors" in page


def test_the_series_of_a_sensor_are_its_readings_in_the_window(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    sensor = make.sensor(machine)
    noon = int(make.now.timestamp()) * 1_000_000
    with make.database.transaction() as session:
        readings.store(
            session,
            sensor_ids=np.full(3, sensor.id),
            at=np.array([noon - 50 * HOUR_US, noon - 2 * HOUR_US, noon - HOUR_US]),
            values=np.array([1.5, 2.25, 3.0]),
            source="test",
            now=make.now,
            by=system("test"),
        )
    start, end = (make.now - timedelta(hours=10)).isoformat(), make.now.isoformat()

    answer = visit(ann).get(
        f"/equipment/{machine.id}/sensors/{sensor.id}/series",
        query_string={"from": start, "to": end},
    )

    at = make.now.timestamp()
    assert answer.json["at"] == [at - 7200, at - 3600]
    assert answer.json["value"] == [2.25, 3.0]
    assert answer.json["low"] is None


def test_a_failure_in_the_window_is_marked(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()
    sensor = make.sensor(machine)
    failed_at = make.now - timedelta(days=2)
    with make.database.transaction() as session:
        session.add(Failure(equipment_id=machine.id, at=failed_at, recorded_at=failed_at))

    answer = visit(ann).get(
        f"/equipment/{machine.id}/sensors/{sensor.id}/series",
        query_string={"to": make.now.isoformat()},
    )

    assert answer.json["marks"] == [{"kind": "failure", "at": failed_at.timestamp(), "text": ""}]


def test_a_sensor_of_another_machine_is_not_there(make: Plant, ann: Actor, visit: Visit) -> None:
    here, there = make.equipment("P-101"), make.equipment("P-102")
    sensor = make.sensor(there)

    answer = visit(ann).get(f"/equipment/{here.id}/sensors/{sensor.id}/series")

    assert answer.status_code == 404


def test_a_sensor_that_was_taken_off_is_told_so_and_not_called_silent(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    gone, stays = make.sensor(machine, "vibration"), make.sensor(machine, "flow")
    off = make.now - timedelta(days=4)
    write_hours(make.database, gone.id, until=off, values=[1.0, 2.0, 1.5])
    write_hours(make.database, stays.id, until=make.now, values=[20.0 + k % 5 for k in range(48)])
    visitor = visit(ann)
    assert ">Silent<" in visitor.text(f"/equipment/{machine.id}")

    with make.database.transaction() as session:
        ended = sa.update(SensorAssignment).values(ended_at=off)
        session.execute(ended.where(SensorAssignment.sensor_id == gone.id))

    page = visitor.text(f"/equipment/{machine.id}")
    assert page.count("Taken off since") == 1
    assert ">Silent<" not in page


def test_a_window_that_is_no_instant_is_refused(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()
    sensor = make.sensor(machine)

    answer = visit(ann).get(f"/equipment/{machine.id}/sensors/{sensor.id}/series?from=yesterday")

    assert answer.status_code == 422


def test_the_risk_of_a_machine_is_the_whole_machines_forecast(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    make.forecast(machine, mode="any", risk=0.3)
    make.forecast(machine, mode="bearing", risk=0.2)

    answer = visit(ann).get(f"/equipment/{machine.id}/risk/series")

    assert answer.json["value"] == [0.3]
    assert answer.json["threshold"] == pytest.approx(1 / 16)


def test_the_page_of_a_machine_names_risk_drivers_and_components(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    make.forecast(machine, mode="any", risk=0.3)
    make.forecast(machine, mode="bearing", risk=0.2)

    page = visit(ann).text(f"/equipment/{machine.id}")

    assert "30 %" in page
    assert "Bearing" in page
    assert "20 %" in page
