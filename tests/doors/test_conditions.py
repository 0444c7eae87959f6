"""Condition limits at the site: set by planners, seen by everybody."""

from __future__ import annotations

import pytest

from app.db.conditions import ConditionLimit
from app.db.equipment import SensorRole
from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.doors.visitor import Visitor
from tests.plant import Plant

ADDRESS = "/condition-limits"


@pytest.fixture
def form(make: Plant) -> dict[str, object]:
    """What a planner types: vibration above 7.1 for four hours."""
    make.sensor(make.equipment())
    return {
        "equipment_class_id": make.equipment_class().id,
        "equipment_id": "",
        "sensor_role_id": make.all(SensorRole)[0].id,
        "component_id": make.component("bearing").id,
        "side": "above",
        "value": "7.1",
        "hours": "4",
        "priority": "high",
        "is_active": "true",
    }


def save(visitor: Visitor, form: dict[str, object], address: str = ADDRESS, **more: object) -> int:
    return visitor.send(address, **{**form, **more}).status_code


def test_a_planner_chooses_the_class_then_says_the_limit(
    make: Plant, form: dict[str, object], ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)

    assert "Choose a class" in visitor.text(f"{ADDRESS}/new")
    text = visitor.text(f"{ADDRESS}/new?equipment_class_id={form['equipment_class_id']}")
    assert "Choose a reading" in text
    assert "P-101" in text
    assert save(visitor, form) == 303

    (row,) = make.all(ConditionLimit)
    assert (row.value, row.hours, row.is_active, row.equipment_id) == (7.1, 4, True, None)
    listed = visitor.text(ADDRESS)
    for said in ("Vibration above 7.1", "for 4 running hours in a row", "Bearing", "High"):
        assert said in listed


def test_what_cannot_be_is_shown_beside_its_field(
    make: Plant, form: dict[str, object], ann: Actor, visit: Visit
) -> None:
    answer = visit(ann).send(ADDRESS, **{**form, "hours": "0", "value": ""})

    text = answer.get_data(as_text=True)
    assert (answer.status_code, make.all(ConditionLimit)) == (422, [])
    assert "hours-problem" in text
    assert "value-problem" in text


def test_a_limit_is_changed_and_ended(
    make: Plant, form: dict[str, object], ann: Actor, visit: Visit
) -> None:
    visitor = visit(ann)
    save(visitor, form)
    changed = {name: form[name] for name in ("sensor_role_id", "side", "hours", "priority")}

    assert 'name="value" value="7.1"' in visitor.text(f"{ADDRESS}/1/edit")
    assert save(visitor, changed, f"{ADDRESS}/1", value="8", version="1") == 303
    assert save(visitor, changed, f"{ADDRESS}/1", value="9", version="1") == 409

    (row,) = make.all(ConditionLimit)
    assert (row.value, row.is_active) == (8.0, False)
    assert "Ended" in visitor.text(ADDRESS)


def test_a_viewer_sees_limits_and_sets_none(
    make: Plant, form: dict[str, object], ann: Actor, eve: Actor, visit: Visit
) -> None:
    save(visit(ann), form)

    text = visit(eve).text(ADDRESS)

    assert "Vibration above 7.1" in text
    assert "New limit" not in text
    assert save(visit(eve), form) == 403


def test_a_plant_without_limits_is_told_what_they_are_for(ann: Actor, visit: Visit) -> None:
    assert "No condition limits" in visit(ann).text(ADDRESS)
