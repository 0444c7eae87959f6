"""Sites, classes, machines and sensors: one per code, at home at their site, changes on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db.audit import AuditRow
from app.db.equipment import DataVersion, Equipment, OrderRuleRow, SensorRole
from app.db.sensors import Sensor, SensorAssignment
from app.domain.errors import InvalidInput, NotFound, RuleBroken, Stale
from app.domain.roles import Actor, Role, system
from app.inputs.equipment import (
    AddComponent,
    AddRole,
    CreateClass,
    CreateEquipment,
    CreateSite,
    CreateTeam,
    EditEquipment,
    SetOrderRule,
)
from app.inputs.sensors import AssignRole, CreateSensor
from app.services import classes, equipment, places, sensors
from app.services.master_data import AlreadyThere
from app.services.sensors import RoleOfAnotherClass

BY = system("test")


@pytest.fixture
def pump(make):
    return make.equipment(tag="P-101")


def run(database, deed, **more):
    with database.transaction() as session:
        return deed(session, **more)


def role_of(database, machine, code, now):
    given = AddRole(equipment_class_id=machine.equipment_class_id, code=code, name=code)
    return run(database, classes.add_role, role=given, now=now, by=BY)


def sensor_of(database, machine, now, **more):
    facts = {"code": "vib", "name": "Vibration", "kind": "vibration"} | more
    given = CreateSensor.parse({"equipment_id": machine.id} | facts)
    return run(database, sensors.create_sensor, sensor=given, now=now, by=BY)


def test_a_site_has_its_code_to_itself(database, now):
    given = CreateSite(code="north", name="North", timezone="Europe/Berlin")
    run(database, places.create_site, site=given, now=now, by=BY)

    with pytest.raises(AlreadyThere, match="There is already a site north"):
        run(database, places.create_site, site=given, now=now, by=BY)


def test_a_time_zone_nobody_has_heard_of_is_refused():
    with pytest.raises(InvalidInput) as refused:
        CreateSite.parse({"code": "north", "name": "North", "timezone": "Middle/Earth"})

    assert set(refused.value.fields) == {"timezone"}


def test_a_class_comes_with_an_order_rule_that_was_always_in_force(database, make, now):
    given = CreateClass(code="fan", name="Fan")

    class_id = run(database, classes.create_class, equipment_class=given, now=now, by=BY)

    rule = make.all(OrderRuleRow, equipment_class_id=class_id)[0]
    assert (rule.lead_hours, rule.review_hours, rule.weekly_budget) == (72, 24, 3)
    assert rule.effective_at < now - timedelta(days=20_000)


def test_a_new_order_rule_leaves_the_old_one_on_record(database, make, pump, now):
    given = SetOrderRule(equipment_class_id=pump.equipment_class_id, unplanned_cost=100)

    run(database, classes.set_order_rule, rule=given, now=now, by=BY)
    run(database, classes.set_order_rule, rule=given, now=now, by=BY)

    assert [row.effective_at for row in make.all(OrderRuleRow)] == [now, now]


def test_a_new_component_concerns_every_machine_of_its_class(database, make, pump, now):
    given = AddComponent(
        equipment_class_id=pump.equipment_class_id, code="impeller", name="Impeller"
    )

    run(database, classes.add_component, component=given, now=now, by=BY)

    assert make.get(DataVersion, pump.id).version == 1


def test_a_tag_is_unique_at_its_site_and_free_at_another(database, make, pump, now):
    twin = {"equipment_class_id": pump.equipment_class_id, "tag": "P-101", "name": "Twin"}
    south = make.site("south")

    made = run(
        database,
        equipment.create_equipment,
        equipment=CreateEquipment(site_id=south.id, **twin),
        now=now,
        by=BY,
    )

    assert made != pump.id
    with pytest.raises(AlreadyThere):
        run(
            database,
            equipment.create_equipment,
            equipment=CreateEquipment(site_id=pump.site_id, **twin),
            now=now,
            by=BY,
        )


def test_a_machine_cannot_belong_to_the_crew_of_another_site(database, make, pump, now):
    foreign = run(
        database,
        places.create_team,
        team=CreateTeam(site_id=make.site("south").id, name="south crew"),
        now=now,
        by=BY,
    )

    with pytest.raises(NotFound):
        run(
            database,
            equipment.edit_equipment,
            equipment_id=pump.id,
            changes=EditEquipment(team_id=foreign),
            now=now,
            by=BY,
        )


def test_an_edit_changes_what_was_sent_and_says_so_in_the_audit_log(database, make, pump, now):
    run(
        database,
        equipment.edit_equipment,
        equipment_id=pump.id,
        changes=EditEquipment(name="Booster", criticality="A"),
        expected_version=pump.version,
        now=now,
        by=BY,
    )

    row = make.get(Equipment, pump.id)
    line = make.all(AuditRow, entity="equipment", action="edit")[0]
    assert (row.name, row.criticality, row.team_id) == ("Booster", "A", pump.team_id)
    assert line.changes == {"name": ["Pump P-101", "Booster"], "criticality": ["B", "A"]}


def test_the_second_of_two_edits_is_told_so(database, make, pump, now):
    change = {"equipment_id": pump.id, "expected_version": pump.version, "now": now, "by": BY}
    run(database, equipment.edit_equipment, changes=EditEquipment(name="First"), **change)

    with pytest.raises(Stale):
        run(database, equipment.edit_equipment, changes=EditEquipment(name="Second"), **change)

    assert make.get(Equipment, pump.id).name == "First"


def test_a_foreign_machine_looks_like_a_missing_one(database, make, pump, now):
    stranger = Actor(1, "stranger", frozenset({Role.ADMIN}), site_id=make.site("south").id)
    change = {"changes": EditEquipment(name="Mine"), "now": now, "by": stranger}

    said = []
    for equipment_id in (pump.id, pump.id + 999):
        with pytest.raises(NotFound) as refused:
            run(database, equipment.edit_equipment, equipment_id=equipment_id, **change)
        said.append(str(refused.value).replace(str(equipment_id), "N"))

    assert said[0] == said[1]


def test_a_sensor_without_a_unit_has_the_unit_of_its_kind(database, make, pump, now):
    made = sensor_of(database, pump, now)

    assert make.get(Sensor, made).unit == "mm/s"


@pytest.mark.parametrize(("written", "kept"), [("°C", "degC"), ("degC", "degC"), ("", "degC")])
def test_units_are_understood_as_people_write_them(database, make, pump, now, written, kept):
    made = sensor_of(database, pump, now, kind="temperature", unit=written)

    assert make.get(Sensor, made).unit == kept


@pytest.mark.parametrize("facts", [{"kind": "vibration", "unit": "ips"}, {"kind": "smell"}])
def test_a_unit_or_kind_whose_range_is_not_known_is_refused(facts):
    with pytest.raises(InvalidInput):
        CreateSensor.parse({"equipment_id": 1, "code": "v", "name": "V"} | facts)


def test_a_sensor_fills_one_role_at_a_time(database, make, pump, now):
    sensor_id = sensor_of(database, pump, now)
    first, second = (role_of(database, pump, code, now) for code in ("near", "far"))
    run(
        database,
        sensors.assign_role,
        role=AssignRole(sensor_id=sensor_id, sensor_role_id=first),
        now=now,
        by=BY,
    )

    run(
        database,
        sensors.assign_role,
        role=AssignRole(sensor_id=sensor_id, sensor_role_id=second, started_at=now),
        now=now,
        by=BY,
    )

    assert [(row.sensor_role_id, row.ended_at) for row in make.all(SensorAssignment)] == [
        (first, now),
        (second, None),
    ]


def test_a_second_role_needs_a_moment_from_which_on(database, pump, now):
    sensor_id = sensor_of(database, pump, now)
    role = AssignRole(sensor_id=sensor_id, sensor_role_id=role_of(database, pump, "near", now))
    run(database, sensors.assign_role, role=role, now=now, by=BY)

    with pytest.raises(RuleBroken):
        run(database, sensors.assign_role, role=role, now=now, by=BY)


def test_a_sensor_cannot_fill_a_role_of_another_class(database, make, pump, now):
    press = make.equipment(tag="H-1", class_code="press")
    foreign = role_of(database, press, "vibration", now)
    role = AssignRole(sensor_id=sensor_of(database, pump, now), sensor_role_id=foreign)

    with pytest.raises(RoleOfAnotherClass):
        run(database, sensors.assign_role, role=role, now=now, by=BY)

    assert make.get(SensorRole, foreign).equipment_class_id == press.equipment_class_id
