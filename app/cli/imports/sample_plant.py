"""The sample plant's rows into the database, through the same deeds as every other import.

May be called again with what was lived since: equipment is found again by its tag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.imports.sample_jobs import describe_jobs, release
from app.db.equipment import Equipment
from app.db.schedules import PreventiveSchedule
from app.domain.activities import Activity
from app.domain.batches import Counts
from app.domain.roles import EVERYWHERE, Actor
from app.domain.schedules import ScheduleBasis, Unit
from app.domain.work_orders import Condition
from app.inputs.equipment import CreateClass, CreateEquipment, EditEquipment, SetOrderRule
from app.inputs.records import Known, RecordEvent, RecordFailure, RecordService
from app.inputs.schedules import CreateSchedule, UpdateSchedule
from app.inputs.sensors import CreateSensor
from app.queries import registry
from app.services import equipment, readings, records, schedules
from app.services.imports.register import Register
from app.services.imports.tables import Tables, add
from sample_data import SamplePlant
from sample_data.rows import (
    ClassRow,
    EquipmentRow,
    EventRow,
    FailureRow,
    ScheduleRow,
    SensorKey,
    SensorRow,
    Series,
    ServiceRow,
)

# Small enough that a night now and then has to choose.
WEEKLY_BUDGET = 1


def import_plant(session: Session, plant: SamplePlant, *, now: datetime, by: Actor) -> Tables:
    """Store everything of *plant*; the history was known when it happened."""
    intake = Intake(session, now=now, by=by)
    intake.machines(plant)
    intake.readings(plant.readings)
    intake.events(plant.events)
    intake.services(plant.services)
    intake.failures(plant.failures)
    intake.schedules(plant.schedules)
    return intake.tables


class Intake:
    """Takes the plant's rows in, table by table; `machines` comes first, `tables` counts.

    *now* is when this is done; records count as known since they happened.
    """

    def __init__(self, session: Session, *, now: datetime, by: Actor) -> None:
        self.session = session
        self.now = now
        self.by = by
        self._register = Register(session, now=now, by=by)
        self._machine: dict[str, int] = {}
        self._component: dict[tuple[str, str], int] = {}

    @property
    def tables(self) -> Tables:
        """Counts by table."""
        return self._register.tables

    def machine_id(self, tag: str) -> int:
        """The machine's id; KeyError before it was commissioned."""
        return self._machine[tag]

    def component_id(self, tag: str, code: str) -> int:
        """The id of a component of a machine's class."""
        return self._component[tag, code]

    def machines(self, plant: SamplePlant) -> None:
        """Find the plant's machines, and add those commissioned by its end with their sensors."""
        register = self._register
        site_id = _places(register, plant)
        classes = {row.code: self._class(row) for row in plant.classes}
        teams = {row.code: register.team(site_id, row.name) for row in plant.teams}
        known = registry.machines(self.session, scope=EVERYWHERE, site_id=site_id)
        sensors: dict[str, list[SensorRow]] = {}
        for row in plant.sensors:
            sensors.setdefault(row.equipment, []).append(row)
        for machine in plant.equipment:
            if machine.tag in known:
                self._machine[machine.tag] = known[machine.tag][0].id
                self._keep_serial(machine)
            elif machine.installed_on < plant.end.date():
                class_id = classes[machine.class_code]
                given = _given(register, machine, site_id, teams[machine.team], class_id)
                self._machine[machine.tag] = register.equipment(given)
                self._sensors(sensors.get(machine.tag, ()), class_id)
        self._know_components(plant, classes)
        release(
            self.session,
            site_id=site_id,
            machines=self._machine,
            first_on=plant.start.date(),
            now=self.now,
            by=self.by,
        )

    def readings(self, series: Mapping[SensorKey, Series]) -> None:
        """Machine by machine: memory stays bounded and each batch is one delivery on record."""
        for tag, machine_id in self._machine.items():
            parts = [
                (self._register.sensor_id(machine_id, code), one)
                for (owner, code), one in series.items()
                if owner == tag and len(one.at)
            ]
            if parts:
                add(self.tables, "readings", self._store(tag, parts))

    def events(self, rows: Sequence[EventRow]) -> None:
        """Messages of the machines."""
        given = [
            RecordEvent(
                equipment_id=self._machine[row.tag], at=row.at, code=row.code, detail=row.detail
            )
            for row in rows
        ]
        counts = records.add_events(
            self.session, events=given, known=Known.AT, now=self.now, by=self.by
        )
        add(self.tables, "events", counts)

    def services(self, rows: Sequence[ServiceRow]) -> None:
        """Renewals; without a component the whole unit was exchanged."""
        given = [
            RecordService(
                equipment_id=self._machine[row.tag],
                component_id=self._component[row.tag, row.component] if row.component else None,
                at=row.at,
                activity=row.activity,
                is_planned=row.planned,
                condition_found=Condition(row.condition_found),
            )
            for row in rows
        ]
        counts = records.add_services(
            self.session, services=given, known=Known.AT, now=self.now, by=self.by
        )
        add(self.tables, "services", counts)

    def failures(self, rows: Sequence[FailureRow]) -> None:
        """Losses of function."""
        given = [
            RecordFailure(
                equipment_id=self._machine[row.tag],
                component_id=self._component[row.tag, row.component],
                at=row.at,
                mode=row.mode,
                mechanism=row.mechanism,
            )
            for row in rows
        ]
        counts = records.add_failures(
            self.session, failures=given, known=Known.AT, now=self.now, by=self.by
        )
        add(self.tables, "failures", counts)

    def schedules(self, rows: Sequence[ScheduleRow]) -> None:
        """Add schedules that are new; on the others note work done since."""
        held = {
            (schedule.equipment_id, schedule.title): schedule
            for schedule in self.session.scalars(sa.select(PreventiveSchedule))
        }
        for row in rows:
            if row.tag not in self._machine:
                continue
            facts = _facts(row, self._machine[row.tag], self._component[row.tag, row.component])
            found = held.get((facts.equipment_id, facts.title))
            if found is None:
                schedules.create(self.session, schedule=facts, now=self.now, by=self.by)
                add(self.tables, "schedules", Counts(accepted=1))
            else:
                add(self.tables, "schedules", Counts(duplicate=1))
                self._note_done(found, row)

    def _class(self, row: ClassRow) -> int:
        """The class's id; jobs on components that are new are described."""
        register = self._register
        known = register.classes().get(row.code)
        new = [
            part.code
            for part in row.components
            if known is None or register.known_component(known, part.code) is None
        ]
        class_id = _class(register, row)
        describe_jobs(
            self.session,
            class_id=class_id,
            class_code=row.code,
            components=new,
            now=self.now,
            by=self.by,
        )
        return class_id

    def _keep_serial(self, row: EquipmentRow) -> None:
        """A unit that was exchanged keeps its place and its tag."""
        add(self.tables, "equipment", Counts(duplicate=1))
        machine_id = self._machine[row.tag]
        if self.session.get_one(Equipment, machine_id).serial != row.serial:
            equipment.edit_equipment(
                self.session,
                equipment_id=machine_id,
                changes=EditEquipment(serial=row.serial),
                now=self.now,
                by=self.by,
            )

    def _sensors(self, rows: Sequence[SensorRow], class_id: int) -> None:
        for row in rows:
            given = CreateSensor(
                equipment_id=self._machine[row.equipment],
                code=row.code,
                name=row.name,
                kind=row.kind,
                unit=row.unit,
            )
            register = self._register
            register.sensor(given, register.role(class_id, row.role, name=row.name))

    def _know_components(self, plant: SamplePlant, classes: Mapping[str, int]) -> None:
        parts = {row.code: row.components for row in plant.classes}
        for row in plant.equipment:
            for part in parts[row.class_code]:
                found = self._register.component(classes[row.class_code], part.code)
                self._component[row.tag, part.code] = found

    def _store(self, tag: str, parts: Sequence[tuple[int, Series]]) -> Counts:
        return readings.store(
            self.session,
            sensor_ids=np.repeat([number for number, _ in parts], [len(s.at) for _, s in parts]),
            at=np.concatenate([series.at for _, series in parts]),
            values=np.concatenate([series.value for _, series in parts]),
            source=f"sample plant {tag}",
            now=self.now,
            by=self.by,
        )

    def _note_done(self, held: PreventiveSchedule, row: ScheduleRow) -> None:
        if held.last_done_on is None or held.last_done_on < row.last_done_on:
            schedules.update(
                self.session,
                schedule_id=held.id,
                schedule=_done(held, row),
                expected_version=None,
                now=self.now,
                by=self.by,
            )


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
        weekly_budget=WEEKLY_BUDGET,
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
            component=role.component,
        )
    return class_id


def _given(
    register: Register, row: EquipmentRow, site_id: int, team_id: int, class_id: int
) -> CreateEquipment:
    given = row._asdict()
    del given["class_code"], given["location"], given["team"]
    return CreateEquipment(
        **given,
        site_id=site_id,
        equipment_class_id=class_id,
        team_id=team_id,
        location_id=register.location(site_id, row.location),
    )


def _facts(row: ScheduleRow, equipment_id: int, component_id: int) -> CreateSchedule:
    return CreateSchedule(
        equipment_id=equipment_id,
        component_id=component_id,
        title=row.title,
        activity=Activity(row.activity),
        every=row.interval_days,
        unit=Unit.DAY,
        basis=ScheduleBasis(row.basis),
        lead_days=row.lead_days,
        starts_on=row.last_done_on + timedelta(days=row.interval_days),
        last_done_on=row.last_done_on,
    )


def _done(held: PreventiveSchedule, row: ScheduleRow) -> UpdateSchedule:
    """The schedule as it stands, with the later completion."""
    return UpdateSchedule(
        title=held.title,
        activity=held.activity,
        component_id=held.component_id,
        every=held.every,
        unit=held.unit,
        basis=held.basis,
        lead_days=held.lead_days,
        starts_on=held.starts_on,
        last_done_on=row.last_done_on,
        is_active=held.is_active,
    )
