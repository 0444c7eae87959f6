"""The sample plant's rows into the database, through the same deeds as every other import.

May be called again with what was lived since: equipment is found again by its tag.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.imports.register import Register
from app.cli.imports.report import Tables, add
from app.db.equipment import Equipment
from app.db.schedules import PreventiveSchedule
from app.domain.batches import Counts
from app.domain.roles import Actor
from app.domain.schedules import ScheduleBasis, Unit
from app.domain.work_orders import Condition
from app.inputs.equipment import CreateClass, CreateEquipment, SetOrderRule
from app.inputs.records import Known, RecordEvent, RecordFailure, RecordService
from app.inputs.schedules import CreateSchedule, UpdateSchedule
from app.inputs.sensors import CreateSensor
from app.services import readings, records, schedules
from sample_data import SamplePlant
from sample_data.rows import ClassRow, EquipmentRow, ScheduleRow


def import_plant(session: Session, plant: SamplePlant, *, now: datetime, by: Actor) -> Tables:
    """Store everything of *plant*; the history was known when it happened."""
    register = Register(session, now=now, by=by)
    site_id = _places(register, plant)
    classes = {row.code: _class(register, row) for row in plant.classes}
    teams = {row.code: register.team(site_id, row.name) for row in plant.teams}
    machines = {
        row.tag: _machine(register, row, site_id, teams[row.team], classes[row.class_code])
        for row in plant.equipment
    }
    _sensors(register, plant, machines)
    add(register.tables, "readings", _readings(register, plant, machines, now, by))
    _records(register, plant, machines, now, by)
    _schedules(register, plant, machines, now, by)
    return register.tables


def _places(register: Register, plant: SamplePlant) -> int:
    (site,) = plant.sites
    site_id = register.site(site.code, name=site.name, timezone=site.timezone)
    for row in plant.locations:
        register.location(site_id, row.code, row.name)
    return site_id


def _class(register: Register, row: ClassRow) -> int:
    facts = CreateClass(
        code=row.code,
        name=row.name,
        running_role=row.running_role,
        running_above=row.running_above,
    )
    rule = SetOrderRule(
        equipment_class_id=0,  # the register puts in the class it adds
        inspection_cost=row.costs.inspection,
        planned_cost=row.costs.planned,
        unplanned_cost=row.costs.unplanned,
    )
    class_id = register.equipment_class(row.code, facts, rule)
    for part in row.components:
        register.component(class_id, part.code, part.name)
    for role in row.roles:
        register.role(
            class_id,
            role.code,
            name=role.name,
            unit=role.unit,
            is_condition=role.is_condition,
            is_comparable=role.is_comparable,
        )
    return class_id


def _machine(
    register: Register, row: EquipmentRow, site_id: int, team_id: int, class_id: int
) -> int:
    given = row._asdict()
    del given["class_code"], given["location"], given["team"]
    return register.equipment(
        CreateEquipment(
            **given,
            site_id=site_id,
            equipment_class_id=class_id,
            team_id=team_id,
            location_id=register.location(site_id, row.location),
        )
    )


def _sensors(register: Register, plant: SamplePlant, machines: dict[str, int]) -> None:
    for row in plant.sensors:
        machine_id = machines[row.equipment]
        class_id = register.session.get_one(Equipment, machine_id).equipment_class_id
        given = CreateSensor(
            equipment_id=machine_id, code=row.code, name=row.name, kind=row.kind, unit=row.unit
        )
        register.sensor(given, register.role(class_id, row.role, name=row.name))


def _readings(
    register: Register, plant: SamplePlant, machines: dict[str, int], now: datetime, by: Actor
) -> Counts:
    """Machine by machine: memory stays bounded and each batch is one delivery on record."""
    total = Counts()
    for tag, machine_id in machines.items():
        parts = [
            (register.sensor_id(machine_id, code), series)
            for (owner, code), series in plant.readings.items()
            if owner == tag and len(series.at)
        ]
        if parts:
            total += readings.store(
                register.session,
                sensor_ids=np.repeat(
                    [number for number, _ in parts], [len(s.at) for _, s in parts]
                ),
                at=np.concatenate([series.at for _, series in parts]),
                values=np.concatenate([series.value for _, series in parts]),
                source=f"sample plant {tag}",
                now=now,
                by=by,
            )
    return total


def _records(
    register: Register, plant: SamplePlant, machines: dict[str, int], now: datetime, by: Actor
) -> None:
    session, part = register.session, _components(register, plant)
    events = [
        RecordEvent(equipment_id=machines[row.tag], at=row.at, code=row.code, detail=row.detail)
        for row in plant.events
    ]
    services = [
        RecordService(
            equipment_id=machines[row.tag],
            component_id=part[row.tag, row.component],
            at=row.at,
            activity=row.activity,
            is_planned=row.planned,
            condition_found=Condition(row.condition_found),
        )
        for row in plant.services
    ]
    failures = [
        RecordFailure(
            equipment_id=machines[row.tag],
            component_id=part[row.tag, row.component],
            at=row.at,
            mode=row.mode,
            mechanism=row.mechanism,
        )
        for row in plant.failures
    ]
    known = Known.AT
    told = records.add_events(session, events=events, known=known, now=now, by=by)
    add(register.tables, "events", told)
    told = records.add_services(session, services=services, known=known, now=now, by=by)
    add(register.tables, "services", told)
    told = records.add_failures(session, failures=failures, known=known, now=now, by=by)
    add(register.tables, "failures", told)


def _components(register: Register, plant: SamplePlant) -> dict[tuple[str, str], int]:
    """Component ids by tag and component code."""
    parts = {row.code: row.components for row in plant.classes}
    return {
        (row.tag, part.code): register.component(
            register.equipment_class(row.class_code), part.code
        )
        for row in plant.equipment
        for part in parts[row.class_code]
    }


def _schedules(
    register: Register, plant: SamplePlant, machines: dict[str, int], now: datetime, by: Actor
) -> None:
    """Add schedules that are new; on the others note work done since."""
    part = _components(register, plant)
    for row in plant.schedules:
        facts = _facts(row, machines[row.tag], part[row.tag, row.component])
        held = _held(register.session, facts)
        if held is None:
            schedules.create(register.session, schedule=facts, now=now, by=by)
            add(register.tables, "schedules", Counts(accepted=1))
            continue
        add(register.tables, "schedules", Counts(duplicate=1))
        if held.last_done_on is None or held.last_done_on < row.last_done_on:
            schedules.update(
                register.session,
                schedule_id=held.id,
                schedule=_done(held, row),
                expected_version=None,
                now=now,
                by=by,
            )


def _facts(row: ScheduleRow, equipment_id: int, component_id: int) -> CreateSchedule:
    return CreateSchedule(
        equipment_id=equipment_id,
        component_id=component_id,
        title=row.title,
        every=row.interval_days,
        unit=Unit.DAY,
        basis=ScheduleBasis(row.basis),
        lead_days=row.lead_days,
        starts_on=row.last_done_on + timedelta(days=row.interval_days),
        last_done_on=row.last_done_on,
    )


def _held(session: Session, facts: CreateSchedule) -> PreventiveSchedule | None:
    return session.scalar(
        sa.select(PreventiveSchedule).where(
            PreventiveSchedule.equipment_id == facts.equipment_id,
            PreventiveSchedule.title == facts.title,
        )
    )


def _done(held: PreventiveSchedule, row: ScheduleRow) -> UpdateSchedule:
    """The schedule as it stands, with the later completion."""
    return UpdateSchedule(
        title=held.title,
        component_id=held.component_id,
        every=held.every,
        unit=held.unit,
        basis=held.basis,
        lead_days=held.lead_days,
        starts_on=held.starts_on,
        last_done_on=row.last_done_on,
        is_active=held.is_active,
    )
