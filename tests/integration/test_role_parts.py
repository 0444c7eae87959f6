"""Roles that look at a part, and overhauls of the whole machine: what the night is told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import SensorRole
from app.db.records import ServiceRecord
from app.domain.errors import InvalidInput
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import system
from app.inputs.class_setup import ChangeRoleParts
from app.inputs.equipment import AddRole
from app.queries.fleet import fleet
from app.services import class_setup, classes
from app.services.retraining.loader import MachineLoader
from app.services.retraining.plan import ClassPlan, plan_night
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


def test_a_part_that_is_changed_is_audited_and_the_class_is_learned_anew(
    database: Database, make, now
) -> None:
    machine = make.equipment("P-1")
    make.component("bearing")
    class_id = machine.equipment_class_id
    with database.transaction() as session:
        for code in ("heat", "noise"):
            role = AddRole(equipment_class_id=class_id, code=code, name=code)
            classes.add_role(session, role=role, now=now, by=BY)
    before = _plan(database, now)

    given = ChangeRoleParts(parts={"heat": "bearing", "noise": ""})
    with database.transaction() as session:
        changed = class_setup.change_role_parts(
            session, class_id=class_id, given=given, now=now, by=BY
        )

    after = _plan(database, now)
    assert changed == 1
    assert [role.component for role in after.spec.roles] == ["bearing", ""]
    assert after.machines[0].fingerprint != before.machines[0].fingerprint
    ((edit),) = [row for row in make.all(AuditRow) if row.action == "edit"]
    assert (edit.entity, edit.changes) == ("sensor_role", {"component": ["", "bearing"]})


def test_one_part_that_is_wrong_changes_no_role(database: Database, make, now) -> None:
    class_id = make.equipment("P-1").equipment_class_id
    make.component("bearing")
    with database.transaction() as session:
        for code in ("heat", "noise"):
            role = AddRole(equipment_class_id=class_id, code=code, name=code)
            classes.add_role(session, role=role, now=now, by=BY)
    given = ChangeRoleParts(parts={"heat": "bearing", "noise": "gearbox"})

    with pytest.raises(InvalidInput, match="no component 'gearbox'"), database.transaction() as s:
        class_setup.change_role_parts(s, class_id=class_id, given=given, now=now, by=BY)

    assert {role.component for role in make.all(SensorRole)} == {""}


def _plan(database: Database, now: datetime) -> ClassPlan:
    with database.reading() as session:
        (plan,) = plan_night(
            session, run_id=1, site_id=None, as_of=now, tags=(), is_refit=True, is_forced=False
        )
    return plan


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
