"""A role is told which part it looks at where roles are added."""

from __future__ import annotations

import re

import pytest

from app.db.equipment import SensorRole
from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.doors.visitor import Visitor
from tests.plant import Plant


@pytest.fixture
def planner(visit: Visit, ann: Actor) -> Visitor:
    """Ann at the site."""
    return visit(ann)


def test_a_role_gets_a_part_of_its_class(planner: Visitor, make: Plant) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"

    offered = planner.text(page)
    done = planner.send(f"{page}/roles", name="Bearing temperature", component="bearing")
    none = planner.send(f"{page}/roles", name="Vibration", component="")
    wrong = planner.send(f"{page}/roles", name="Oil", component="gearbox")

    assert '<option value="bearing">Bearing</option>' in offered
    assert (done.status_code, none.status_code, wrong.status_code) == (303, 303, 422)
    assert "no component" in wrong.text
    assert [role.component for role in make.all(SensorRole)] == ["bearing", ""]


def test_the_part_of_a_role_is_changed_and_its_consequence_said(
    planner: Visitor, make: Plant
) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"
    planner.send(f"{page}/roles", name="Heat", component="")

    before = planner.text(page)
    done = planner.send(f"{page}/role-parts", **{"part-heat": "bearing"})
    after = planner.text(page)
    again = planner.send(f"{page}/role-parts", **{"part-heat": "bearing"})

    assert "the windows of a role start anew, and so does its normal" in before
    assert (done.status_code, again.status_code) == (303, 303)
    assert [role.component for role in make.all(SensorRole)] == ["bearing"]
    assert "Parts saved: 1 role changed" in after
    assert "Nothing was changed." in planner.text(page)
    assert re.search(r'name="part-heat".*?<option value="bearing" selected>', after, re.S)


def test_a_part_or_role_the_class_does_not_have_is_refused_beside_the_form(
    planner: Visitor, make: Plant
) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"
    planner.send(f"{page}/roles", name="Heat", component="")

    part = planner.send(f"{page}/role-parts", **{"part-heat": "gearbox"})
    role = planner.send(f"{page}/role-parts", **{"part-noise": "bearing"})

    assert (part.status_code, role.status_code) == (422, 422)
    assert 'id="part-heat-problem"' in part.text
    assert "no component" in part.text
    assert "no role noise" in role.text
    assert [role.component for role in make.all(SensorRole)] == [""]


def test_a_technician_changes_no_parts(visit: Visit, tom: Actor, make: Plant) -> None:
    page = f"/first-run/classes/{make.equipment().equipment_class_id}"

    assert visit(tom).send(f"{page}/role-parts", **{"part-heat": "x"}).status_code == 403
