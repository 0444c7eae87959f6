"""Condition limits as planners set, change and see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.conditions import ConditionLimit
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken, Stale
from app.domain.roles import EVERYWHERE, Actor
from app.inputs.conditions import UpdateLimit
from app.queries import conditions as questions
from app.services import conditions
from tests.limits import add_limit
from tests.plant import Plant

SetLimit = Callable[..., int]


@pytest.fixture
def set_limit(database: Database, make: Plant, now: datetime, ann: Actor) -> SetLimit:
    """Ann sets a limit of the pumps."""
    return partial(add_limit, make, by=ann)


def test_a_limit_is_changed_with_its_audit_and_only_as_it_was_seen(
    database, make, set_limit, ann: Actor, now
) -> None:
    limit_id = set_limit()
    row = make.get(ConditionLimit, limit_id)
    given = {"sensor_role_id": row.sensor_role_id, "side": "above", "value": 9, "hours": 3}
    changed = {"limit_id": limit_id, "limit": UpdateLimit.parse(given), "now": now, "by": ann}
    with database.transaction() as session:
        conditions.update(session, expected_version=1, **changed)

    assert make.get(ConditionLimit, limit_id).value == 9.0
    assert make.all(AuditRow, entity="condition_limit")[-1].changes == {
        "component_id": [row.component_id, None],
        "value": [7.0, 9.0],
    }
    with pytest.raises(Stale), database.transaction() as session:
        conditions.update(session, expected_version=1, **changed)


def test_a_limit_is_about_its_own_class(database, make, set_limit, now) -> None:
    fan = make.equipment("F-1", class_code="fan")
    fan_part = make.component("bearing", "fan").id

    with pytest.raises(InvalidInput, match="component_id"):
        set_limit(component_id=fan_part)
    with pytest.raises(InvalidInput, match="equipment_id"):
        set_limit(equipment_id=fan.id)
    with pytest.raises(InvalidInput, match="sensor_role_id"):
        set_limit(equipment_class_id=fan.equipment_class_id, component_id=fan_part)
    assert make.all(ConditionLimit) == []


def test_two_limits_for_one_thing_seen_are_refused(set_limit) -> None:
    set_limit()

    with pytest.raises(RuleBroken, match="same reading and side"):
        set_limit(value=9)
    set_limit(side="below", value=1)


def test_a_limit_is_for_planners_who_see_its_machines(
    database, make, set_limit, tom: Actor, now
) -> None:
    limit_id = set_limit()
    row = make.get(ConditionLimit, limit_id)
    given = {"sensor_role_id": row.sensor_role_id, "side": "above", "value": 9, "hours": 3}
    changed = {"limit_id": limit_id, "limit": UpdateLimit.parse(given), "now": now}
    with pytest.raises(NotAllowed), database.transaction() as session:
        conditions.update(session, expected_version=1, by=tom, **changed)
    olga = make.user("olga", "planner", site="south")
    with pytest.raises(NotFound), database.transaction() as session:
        conditions.update(session, expected_version=1, by=olga, **changed)

    with database.reading() as session:
        (found,) = questions.limits(session, scope=EVERYWHERE)
        assert questions.limits(session, scope=olga.scope) == []
    assert (found.role, found.unit, found.component, found.open_orders) == (
        *("Vibration", "mm/s", "Bearing"),
        0,
    )
