"""A historian pushes readings, and somebody reads them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.audit import AuditRow
from app.db.readings import ReadingBatch, ReadingQuarantine, sensor_reading
from app.db.sensors import Sensor
from app.queries.invariants import violations
from tests.doors.api.conftest import Connect
from tests.doors.api.program import Program, problem
from tests.plant import Plant

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
COUNTS = ("accepted", "duplicate", "conflict", "quarantined", "rejected")


@pytest.fixture
def vibration(make: Plant) -> Sensor:
    return make.sensor(make.equipment("P-101"))


def row(sensor: Any, minute: float = 0, value: Any = 2.5, **more: Any) -> dict[str, Any]:
    """A reading some minutes after midnight."""
    at = MIDNIGHT + timedelta(minutes=minute)
    return {"sensor": sensor, "at": at.isoformat(), "value": value, **more}


def counts(answer: Any) -> tuple[int, ...]:
    """Accepted, duplicate, conflict, quarantined, rejected."""
    assert answer.status_code == 200, answer.text
    return tuple(answer.json[name] for name in COUNTS)


def stored(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        asked = sa.select(sensor_reading.c.at, sensor_reading.c.value)
        return [tuple(row) for row in session.execute(asked.order_by(sensor_reading.c.at))]


def test_readings_by_id_and_by_name_are_stored(
    database: Database, make: Plant, historian: Program, vibration: Sensor
) -> None:
    by_name = {"equipment": "P-101", "code": "vibration"}
    sent = [row(vibration.id, 0), row(by_name, 1, 3)]

    answer = historian.post("/readings", {"readings": sent})

    assert counts(answer) == (2, 0, 0, 0, 0)
    assert answer.json["problems"] == []
    assert [value for _, value in stored(database)] == [2.5, 3.0]
    assert make.all(ReadingBatch)[0].source == "api ingest 1"
    assert make.all(AuditRow)[-1].by_name == "token ingest 1"


def test_columns_are_stored_as_rows_are(
    database: Database, historian: Program, vibration: Sensor
) -> None:
    moments = ["2026-03-02T01:00:00+01:00", "2026-03-02T00:01:00Z"]
    columns = {"sensor_ids": [vibration.id] * 2, "at": moments, "values": [2.5, 3]}

    assert counts(historian.post("/readings", columns)) == (2, 0, 0, 0, 0)

    rows = [row(vibration.id, 0), row(vibration.id, 1, 3)]
    assert counts(historian.post("/readings", {"readings": rows})) == (0, 2, 0, 0, 0)
    assert len(stored(database)) == 2


def test_each_row_is_judged_by_itself_and_named_by_its_place(
    database: Database, make: Plant, historian: Program, vibration: Sensor
) -> None:
    sent = [
        row(vibration.id, 0, 1.0),
        row(4711, 1),
        row({"equipment": "P-999", "code": "vibration"}, 1),
        row(vibration.id, 2, "2.5"),
        row(vibration.id, 3, None),
        row(vibration.id, 4, True),
        row(vibration.id, 5, 4711.0),  # no machine shakes like that
        row(vibration.id, 0, 9.0),  # another value for an instant
        row(vibration.id, 0, 1.0),
        {"sensor": vibration.id, "at": "2026-03-02T00:06:00", "value": 1.0},
        {"sensor": vibration.id, "at": "yesterday", "value": 1.0},
        {"sensor": vibration.id, "at": 1772409600, "value": 1.0},
        {"sensor": vibration.id, "value": 1.0},
        row(vibration.id, 7, colour="red"),
        row("vibration", 8),
        row(vibration.id, 60 * 24 * 36_500),
        "a line of text",
    ]

    answer = historian.post("/readings", {"readings": sent})

    assert counts(answer) == (1, 1, 1, 2, 12)
    assert sum(counts(answer)) == len(sent)
    told = {(p["row"], p["column"]): p["reason"] for p in answer.json["problems"]}
    assert told == {
        (1, "sensor"): "is not known",
        (2, "sensor"): "is not known",
        (3, "value"): "is not a number",
        (4, "value"): "is not a number",
        (5, "value"): "is not a number",
        (6, "value"): "cannot be true for this kind of sensor",
        (7, "value"): "differs from the one on record, which stays",
        (9, "at"): "has no offset from UTC",
        (10, "at"): "is not an ISO 8601 moment",
        (11, "at"): "is not an ISO 8601 moment",
        (12, "at"): "is missing",
        (13, "colour"): "is not known",
        (14, "sensor"): "is neither a sensor's id nor an equipment's tag with a sensor's code",
        (15, "at"): "lies more than a day in the future",
        (16, ""): "is not a JSON object",
    }
    assert [value for _, value in stored(database)] == [1.0]
    assert len(make.all(ReadingQuarantine)) == 2
    with database.reading() as session:
        assert violations(session) == []


def test_a_number_too_large_for_a_float_is_one_rejected_row(
    database: Database, historian: Program, vibration: Sensor
) -> None:
    body = (
        f'{{"sensor_ids": [{vibration.id}, {vibration.id}], "values": [1e999, 2.0],'
        ' "at": ["2026-03-02T00:00:00Z", "2026-03-02T00:01:00Z"]}'
    )

    answer = historian.raw(body.encode())

    assert counts(answer) == (1, 0, 0, 0, 1)
    assert answer.json["problems"][0]["reason"] == "is not a finite number"


def test_ids_no_sensor_can_have_are_unknown_sensors(historian: Program, vibration: Sensor) -> None:
    odd = [row(number) for number in (0, -1, 2**31, -(2**63), 2**63 - 1, 10**400)]
    huge = [row(vibration.id, 1, 10**30), row(vibration.id, 2, 10**400)]

    answer = historian.post("/readings", {"readings": [*odd, *huge, row(vibration.id)]})

    assert counts(answer) == (1, 0, 0, 1, 7)


def test_another_sites_sensor_is_an_unknown_one(
    database: Database, make: Plant, historian: Program
) -> None:
    foreign = make.sensor(make.equipment("P-900", site="south"))
    name = {"equipment": "P-900", "code": "vibration"}

    answer = historian.post("/readings", {"readings": [row(foreign.id), row(name), row(9999)]})

    assert counts(answer) == (0, 0, 0, 0, 3)
    assert {p["reason"] for p in answer.json["problems"]} == {"is not known"}
    assert stored(database) == []


def test_a_tag_of_several_sites_is_a_question(make: Plant, connect: Connect) -> None:
    for site in ("north", "south"):
        make.sensor(make.equipment("P-101", site=site))
    name = {"equipment": "P-101", "code": "vibration"}

    everywhere = connect("ingest", None).post("/readings", {"readings": [row(name)]})
    north = connect("ingest", "north").post("/readings", {"readings": [row(name)]})

    assert everywhere.json["problems"][0]["reason"].startswith("is at several sites")
    assert counts(north) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "readings"),
        ({"readings": []}, "readings"),
        ({"readings": {}}, "readings"),
        ({"readings": [1] * 10_001}, "readings"),
        ({"readings": [1], "site": 1}, "site"),
        ({"sensor_ids": [1], "at": []}, "values"),
        ({"sensor_ids": [1], "at": ["x"], "values": [1, 2]}, "input"),
        ({"values": None}, "sensor_ids"),
    ],
)
def test_a_body_that_is_no_delivery_is_refused_as_a_whole(
    make: Plant, historian: Program, body: Any, field: str
) -> None:
    answer = historian.post("/readings", body)

    assert answer.status_code == 422
    assert field in problem(answer)["fields"]
    assert make.all(ReadingBatch) == []


def test_ten_thousand_readings_are_one_request(historian: Program, vibration: Sensor) -> None:
    name = {"equipment": "P-101", "code": "vibration"}
    sent = {"readings": [row(name, minute / 10, 2.0) for minute in range(10_000)]}
    historian.post("/readings", {"readings": [row(name, -1)]})

    answer = historian.post("/readings", sent)

    assert counts(answer) == (10_000, 0, 0, 0, 0)


def test_readings_come_back_in_pages(
    historian: Program, reader: Program, vibration: Sensor
) -> None:
    sent = [row(vibration.id, 10 * n, float(n)) for n in range(1, 13)]
    historian.post("/readings", {"readings": sent})
    period = {"sensor": vibration.id, "from": "2026-03-02T00:00:00Z", "to": "2026-03-02T02:00:00Z"}

    first = reader.get("/readings", **period, limit=7).json
    second = reader.get("/readings", **period, limit=7, after=first["after"]).json

    assert first["values"] + second["values"] == [float(n) for n in range(1, 13)]
    assert first["at"][0] == "2026-03-02T00:10:00Z"
    assert (first["n"], second["after"]) == (None, None)


def test_hours_come_back_with_their_band(
    historian: Program, reader: Program, vibration: Sensor
) -> None:
    sent = [row(vibration.id, 10 * n, float(n)) for n in range(1, 13)]
    historian.post("/readings", {"readings": sent})
    period = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-02T03:00:00Z", "resolution": "hour"}

    found = reader.get("/readings", sensor=vibration.id, **period).json

    assert found["at"] == ["2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z"]
    assert (found["values"], found["n"]) == ([3.5, 9.5], [6, 6])
    assert (found["low"], found["high"]) == ([1.0, 7.0], [6.0, 12.0])


def test_a_sensor_out_of_sight_has_no_readings(
    make: Plant, reader: Program, vibration: Sensor
) -> None:
    foreign = make.sensor(make.equipment("P-900", site="south"))

    assert reader.get("/readings", sensor=foreign.id).status_code == 404
    assert reader.get("/readings").status_code == 422
    assert reader.get("/readings", sensor=vibration.id, to="2026-03-02").status_code == 422


def test_messages_of_machines_are_stored(make: Plant, historian: Program) -> None:
    machine = make.equipment()
    event = {"equipment_id": machine.id, "at": "2026-03-01T12:00:00Z", "code": "E-17"}

    first = historian.post("/events", {"events": [event, {**event, "equipment_id": 4711}]})
    again = historian.post("/events", {"events": [event]})
    refused = historian.post("/events", {"events": [{**event, "at": "soon"}]})

    assert counts(first) == (1, 0, 0, 0, 1)
    assert counts(again) == (0, 1, 0, 0, 0)
    assert "events.0.at" in problem(refused)["fields"]
