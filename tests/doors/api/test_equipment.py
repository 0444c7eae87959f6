"""Machines and their sensors, kept by a program."""

from __future__ import annotations

import pytest

from app.db.audit import AuditRow
from app.db.equipment import Equipment
from app.db.sensors import Sensor
from tests.doors.api.program import Program, problem
from tests.plant import Plant


def test_a_machine_is_added_read_and_changed(make: Plant, writer: Program) -> None:
    site, kind = make.site().id, make.equipment_class().id
    new = {"site_id": site, "equipment_class_id": kind, "tag": "P-7", "name": "Feed pump"}

    made = writer.post("/equipment", new)
    changed = writer.patch(made.headers["Location"].removeprefix("/api/v1"), {"make": "Acme"})

    assert made.status_code == 201
    assert (made.json["tag"], made.json["site"], made.json["version"]) == ("P-7", "north", 1)
    assert (changed.json["make"], changed.json["name"]) == ("Acme", "Feed pump")
    assert changed.json["version"] == 2
    assert writer.get(f"/equipment/{made.json['id']}").json == changed.json
    assert make.all(AuditRow)[-1].by_name == "token write 1"


def test_the_second_of_two_changes_is_told(make: Plant, writer: Program) -> None:
    address = f"/equipment/{make.equipment().id}"

    first = writer.patch(address, {"make": "Acme", "version": 1})
    second = writer.patch(address, {"make": "Other", "version": 1})
    unversioned = writer.patch(address, {"version": "one"})

    assert (first.status_code, second.status_code) == (200, 409)
    assert problem(second)["code"] == "stale"
    assert unversioned.status_code == 422
    assert make.all(Equipment)[0].make == "Acme"


def test_a_tag_is_given_once_a_site(make: Plant, writer: Program) -> None:
    machine = make.equipment()
    again = {
        "site_id": machine.site_id,
        "equipment_class_id": machine.equipment_class_id,
        "tag": machine.tag,
        "name": "Again",
    }

    answer = writer.post("/equipment", again)

    assert (answer.status_code, problem(answer)["code"]) == (409, "already_there")


def test_machines_are_narrowed_and_paged(make: Plant, reader: Program) -> None:
    for number in range(1, 6):
        make.equipment(f"P-{number}")
    fan = make.equipment("F-1", class_code="fan")
    seen: list[str] = []
    after = None

    while True:
        page = reader.get("/equipment", limit=2, **({"after": after} if after else {})).json
        seen += [item["tag"] for item in page["items"]]
        if (after := page["after"]) is None:
            break

    assert seen == ["F-1", "P-1", "P-2", "P-3", "P-4", "P-5"]
    by_class = reader.get("/equipment", **{"class": fan.equipment_class_id}).json["items"]
    by_text = reader.get("/equipment", text="p-3").json["items"]
    retired = reader.get("/equipment", status="retired").json["items"]
    assert [[item["tag"] for item in found] for found in (by_class, by_text, retired)] == [
        ["F-1"],
        ["P-3"],
        [],
    ]


def test_a_sensor_is_added_and_found(make: Plant, writer: Program) -> None:
    machine = make.equipment()
    make.sensor(machine, "temperature")
    new = {"equipment_id": machine.id, "code": "T-2", "name": "Oil", "kind": "temperature"}

    made = writer.post("/sensors", new)
    listed = writer.get("/sensors", equipment=machine.id).json["items"]

    assert (made.status_code, made.json["unit"], made.json["role"]) == (201, "degC", None)
    assert [(item["code"], item["role"]) for item in listed] == [
        ("temperature", "temperature"),
        ("T-2", None),
    ]
    assert writer.get(f"/sensors/{made.json['id']}").json == made.json
    assert problem(writer.post("/sensors", new))["code"] == "already_there"


@pytest.mark.parametrize("unit", ["bar", "K"])
def test_a_unit_that_is_not_the_kinds_is_refused(make: Plant, writer: Program, unit: str) -> None:
    new = {"equipment_id": make.equipment().id, "code": "T", "name": "T", "kind": "temperature"}

    assert writer.post("/sensors", {**new, "unit": unit}).status_code == 422
    assert make.all(Sensor) == []


def test_sites_and_classes_are_found_by_code(make: Plant, reader: Program) -> None:
    make.site("south")
    make.sensor(make.equipment())

    sites = reader.get("/sites").json["items"]
    classes = reader.get("/equipment-classes").json["items"]

    assert [site["code"] for site in sites] == ["north"]
    assert [part["code"] for part in classes[0]["components"]] == ["bearing", "seal"]
    assert [role["code"] for role in classes[0]["sensor_roles"]] == ["vibration"]
