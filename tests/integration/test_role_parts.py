"""Roles that look at a part, and overhauls of the whole machine: what the night is told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.db import Database
from app.db.equipment import SensorRole
from app.db.records import ServiceRecord
from app.domain.errors import InvalidInput
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import system
from app.inputs.equipment import AddRole
from app.queries.fleet import fleet
from app.services import classes
from app.services.retraining.loader import MachineLoader
from app.services.retraining.specs import class_spec

T = datetime(2026, 3, 2, 2, tzinfo=UTC)
DAY = timedelta(days=1)
BY = system("test")


def test_a_role_may_look_at_a_part_of_its_class_and_the_night_knows(database, make, now) -> None:
    machine = make.equipment("P-1")
    make.component("bearing")
    given = AddRole(
        equipment_class_id=machine.equipment_class_id,
        code="heat",
        name="Heat",
        component="bearing",
    )

    with database.transaction() as session:
        classes.add_role(session, role=given, now=now, by=BY)
    with database.reading() as session:
        known = fleet(session, site_id=None, as_of=now, tags=())

    (settings,) = known.classes
    assert [role.component for role in class_spec(settings).roles] == ["bearing"]


def test_a_part_the_class_does_not_have_is_refused(database, make, now) -> None:
    given = AddRole(
        equipment_class_id=make.equipment("P-1").equipment_class_id,
        code="heat",
        name="Heat",
        component="gearbox",
    )

    with pytest.raises(InvalidInput, match="no component 'gearbox'"), database.transaction() as s:
        classes.add_role(s, role=given, now=now, by=BY)

    assert make.all(SensorRole) == []


def test_only_an_overhaul_of_the_whole_machine_is_one_and_only_when_it_was_known(
    database: Database, make
) -> None:
    pump = make.equipment("P-1")
    facts = {"equipment_id": pump.id, "activity": "overhaul"}
    rows = [
        (T - 9 * DAY, T - 9 * DAY, facts),
        (T - 8 * DAY, T - 8 * DAY, {**facts, "activity": "repair"}),
        (T - 7 * DAY, T - 7 * DAY, {**facts, "component_id": make.component("bearing").id}),
        (T - 6 * DAY, T + DAY, facts),  # entered late
        (T - 5 * DAY, T - 5 * DAY, {**facts, "work_order_id": make.order(pump)}),
        (T, T, facts),
    ]
    with database.transaction() as session:
        session.add_all(
            ServiceRecord(at=at, recorded_at=recorded, **more) for at, recorded, more in rows
        )

    history = MachineLoader(
        key="P-1#1",
        database_url=database.engine.url.render_as_string(hide_password=False),
        equipment_id=pump.id,
        class_code="pump",
        until=T,
        is_hourly=True,
        step_us=HOUR_US,
        running_role=None,
        running_above=None,
    )()

    assert history.overhauls.tolist() == [to_micros(T - 9 * DAY), to_micros(T - 5 * DAY)]
    history.check()
