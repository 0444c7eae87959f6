"""What the machines of a storm have in common, told in one sentence; forecasts written by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.equipment import SensorRole
from app.db.imports import ImportFile, ImportState
from app.db.sensors import SensorAssignment
from app.db.storms import Storm
from tests.forecasts import WrittenNight
from tests.hours import measure
from tests.plant import Plant

DAY = timedelta(days=1)
PUMPS = ("P-101", "P-102", "P-103", "P-104")


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over four pumps of one crew."""
    for tag in PUMPS:
        make.equipment(tag=tag)
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id, storm_share=0.3)
    return written


def cause_after(make: Plant, night: WrittenNight, **drivers: tuple[float, float]) -> str:
    """The cause of a storm over four pumps whose reasons are these readings (value, normal)."""
    night.drivers = [
        {
            "group": f"role:{role}",
            "name": role.replace("_", " ").capitalize(),
            "value": value,
            "normal": normal,
            "unit": "mm/s",
            "spread": 0.2,
            "sentence": f"{role} {value}, normal {normal}",
        }
        for role, (value, normal) in drivers.items()
    ]
    night({(tag, "bearing"): 0.4 for tag in PUMPS})
    return make.all(Storm)[0].cause


def test_nothing_in_common_is_said_so(make, night) -> None:
    assert cause_after(make, night) == "No common cause was found."


def test_a_file_of_readings_that_turned_all_of_them_is_named(make, night, now) -> None:
    with make.database.transaction() as session:
        session.add(
            ImportFile(
                kind="readings",
                name="pumps_march.csv",
                digest="d",
                size=1,
                site_id=make.site().id,
                uploaded_at=now,
                finished_at=now - timedelta(hours=3),
                state=ImportState.FINISHED,
            )
        )

    said = cause_after(make, night, vibration=(-2.1, 2.0))

    assert said == (
        "Vibration is below its normal on 4 of 4 machines since new readings came with the import"
        " of 02 Mar 2026 05:00 UTC (pumps_march.csv)."
    )


def test_sensors_exchanged_on_most_machines_are_named(make, night, now) -> None:
    for tag in PUMPS[:3]:
        sensor = make.sensor(make.equipment(tag))
        with make.database.transaction() as session:
            row = session.query(SensorAssignment).filter_by(sensor_id=sensor.id).one()
            row.started_at = now - 2 * DAY

    said = cause_after(make, night, vibration=(5.0, 2.0))

    assert said == (
        "Sensors of 3 of the 4 machines were exchanged or assigned anew in the last 7 days."
    )


def test_values_that_cannot_be_true_are_named_with_their_delivery(make, night, now) -> None:
    for tag in PUMPS:
        # Vibration is never negative.
        measure(make.database, make.sensor(make.equipment(tag)), {now - 2 * DAY: -2.0})

    said = cause_after(make, night, vibration=(1.0, 2.0))

    assert said == (
        "Values that cannot be true came from 4 of the 4 machines, at last with the delivery of"
        " 01 Mar 2026 08:00 UTC (test)."
    )


def test_surroundings_that_moved_everywhere_are_no_fault(make, night) -> None:
    sensor = make.sensor(make.equipment("P-101"), "ambient")
    with make.database.transaction() as session:
        assignment = session.query(SensorAssignment).filter_by(sensor_id=sensor.id).one()
        session.get_one(SensorRole, assignment.sensor_role_id).is_condition = True

    said = cause_after(make, night, ambient=(38.0, 21.0))

    assert said == (
        "Ambient is above its normal on 4 of 4 machines: the season or how the machines are run,"
        " rather than their state."
    )


def test_of_two_moves_of_all_the_stronger_reason_is_named(make, night) -> None:
    said = cause_after(make, night, vibration=(5.0, 2.0), heat=(90.0, 50.0))

    assert said.startswith("Vibration is above its normal on 4 of 4 machines")


def test_one_move_of_all_points_at_how_it_is_measured(make, night) -> None:
    said = cause_after(make, night, vibration=(5.0, 2.0))

    assert said == (
        "Vibration is above its normal on 4 of 4 machines: they share a cause, or the way it is"
        " measured has changed."
    )
