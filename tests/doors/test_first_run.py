"""The guided first run: ticks follow the data, and the pages of a class give what is missing."""

from __future__ import annotations

import re

import pytest

from app.db.equipment import Component, EquipmentClass, SensorRole
from app.db.places import Site
from app.db.sensors import SensorAssignment
from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.doors.visitor import Visitor
from tests.plant import Plant


@pytest.fixture
def planner(visit: Visit, ann: Actor) -> Visitor:
    """Ann at the site."""
    return visit(ann)


def ticks(page: str) -> list[bool]:
    return ["is-done" in found for found in re.findall(r'class="(first-step(?: [^"]*)?)"', page)]


def test_an_empty_plant_begins_on_the_dashboard(planner: Visitor) -> None:
    page = planner.text("/")

    assert "first steps" in page
    assert "/imports/new/equipment" in page


def test_somebody_who_may_not_import_sees_the_steps_without_buttons(
    visit: Visit, eve: Actor
) -> None:
    page = visit(eve).text("/")

    assert "Classes and their components" in page
    assert "/imports/new" not in page


def test_each_step_is_ticked_when_what_it_brings_is_there(planner: Visitor, make: Plant) -> None:
    assert not any(ticks(planner.text("/first-run")))

    make.sensor(make.equipment())
    make.run()

    done = ticks(planner.text("/first-run"))
    assert done[:6] == [True, True, True, False, False, False]


def test_a_night_over_an_empty_plant_is_no_first_night(planner: Visitor, make: Plant) -> None:
    make.run()
    make.sensor(make.equipment())
    assert not ticks(planner.text("/first-run"))[5]

    make.forecast(make.equipment())

    assert ticks(planner.text("/first-run"))[5]


def test_the_administrator_of_an_empty_database_names_the_plant_first(
    visit: Visit, make: Plant, adam: Actor
) -> None:
    visitor = visit(adam)
    assert "the name of the plant" in visitor.text("/first-run")

    answer = visitor.send("/first-run/site", name="Werk Süd (2)", timezone="Europe/Berlin")

    assert answer.status_code == 303
    assert [(row.code, row.name, row.timezone) for row in make.all(Site)] == [
        ("werk-süd-2", "Werk Süd (2)", "Europe/Berlin")
    ]
    assert "the name of the plant" not in visitor.text("/first-run")


def test_a_class_gets_a_decision_time_and_a_running_rule(planner: Visitor, make: Plant) -> None:
    machine = make.equipment()
    make.sensor(machine, "flow")
    page = f"/first-run/classes/{machine.equipment_class_id}"
    form = {"name": "Pumps", "decision_minute": "05:30"}

    half = planner.send(page, **form, running_role="flow")
    whole = planner.send(page, **form, running_role="flow", running_above="2,5")

    assert half.status_code == 422
    assert "value above which it runs" in half.text
    assert whole.status_code == 303
    row = make.all(EquipmentClass)[0]
    assert (row.name, row.decision_minute) == ("Pumps", 330)
    assert (row.running_role, row.running_above) == ("flow", 2.5)


@pytest.mark.parametrize("time", ["25:00", "noon", ""])
def test_a_decision_time_is_a_time_of_day(planner: Visitor, make: Plant, time: str) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"

    assert planner.send(page, name="Pumps", decision_minute=time).status_code == 422


def test_components_and_roles_are_added_by_name(planner: Visitor, make: Plant) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"

    planner.send(f"{page}/components", component="Coupling, drive end")
    planner.send(f"{page}/roles", name="Speed of the shaft", unit="rpm", is_condition="true")
    again = planner.send(f"{page}/components", component="Coupling, drive end")

    assert make.all(Component)[-1].code == "coupling_drive_end"
    role = make.all(SensorRole)[0]
    assert (role.code, role.unit, role.is_condition) == ("speed_of_the_shaft", "rpm", True)
    assert again.status_code == 409


def test_roles_are_given_to_all_sensors_of_a_code_at_once(planner: Visitor, make: Plant) -> None:
    first, second = make.equipment("P-1"), make.equipment("P-2")
    for machine in (first, second):
        make.sensor(machine, "VIB_A", kind="vibration")
    make.sensor(first, "vibration")
    page = f"/first-run/classes/{first.equipment_class_id}"

    planner.send(f"{page}/sensors", **{"code-1": "VIB_A", "role-1": "vibration"})

    roles = {row.id: row.code for row in make.all(SensorRole)}
    assert {roles[row.sensor_role_id] for row in make.all(SensorAssignment)} == {"vibration"}


def test_roles_are_given_by_pattern_and_taken_away(planner: Visitor, make: Plant) -> None:
    machine = make.equipment("P-1")
    for code in ("TI-101", "TI-102", "PI-101"):
        make.sensor(machine, code, kind="other")
    page = f"/first-run/classes/{machine.equipment_class_id}/pattern"

    planner.send(page, pattern="ti-*", role="PI-101")
    assert len({row.sensor_role_id for row in make.all(SensorAssignment)}) == 1

    planner.send(page, pattern="TI-102", role="")
    assert len(make.all(SensorAssignment)) == 2
    assert planner.send(page, pattern="XX*", role="").status_code == 422
    assert planner.send(page, pattern="*", role="nonsense").status_code == 422


def test_another_sites_class_and_its_sensors_stay_as_they_are(visit: Visit, make: Plant) -> None:
    foreign = make.equipment("P-9", site="south", class_code="fan")
    visitor = visit(make.user("ann", "planner", site="north"))
    page = f"/first-run/classes/{foreign.equipment_class_id}"

    assert visitor.get(page).status_code == 404
    assert visitor.send(page, name="Mine", decision_minute="01:00").status_code == 404
    assert visitor.send(f"{page}/components", component="x").status_code == 404


def test_of_a_class_at_two_sites_only_the_own_sensors_change(visit: Visit, make: Plant) -> None:
    own, foreign = make.equipment("P-1"), make.equipment("P-9", site="south")
    for machine in (own, foreign):
        make.sensor(machine, "VIB_A", kind="vibration")
    make.sensor(own, "vibration")
    visitor = visit(make.user("ann", "planner", site="north"))

    visitor.send(
        f"/first-run/classes/{own.equipment_class_id}/sensors",
        **{"code-1": "VIB_A", "role-1": "vibration"},
    )

    roles = {row.id: row.code for row in make.all(SensorRole)}
    held = [roles[row.sensor_role_id] for row in make.all(SensorAssignment)]
    assert held == ["vibration", "VIB_A", "vibration"]
