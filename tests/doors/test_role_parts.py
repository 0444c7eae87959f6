"""A role is told which part it looks at where roles are added."""

from __future__ import annotations

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
