"""How far the setting up of a plant has come, computed from what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.readings import ReadingBatch
from app.db.records import Failure, ServiceRecord
from app.db.sensors import Sensor, SensorAssignment
from app.db.training import MachineOutcome, RunState, TrainingRun
from app.db.work_orders import WorkOrder
from app.domain.equipment import Predictor
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.fleet import HOUR_MINUTES
from app.queries.places import sites
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is of everything a plant needs, in the order it is set up."""

    sites: int
    machines: int
    classes: int
    classes_without_components: int
    sensors: int
    sensors_without_role: int
    has_readings: bool
    failures: int
    services: int
    orders: int
    nights: int

    @property
    def is_complete(self) -> bool:
        """Whether a night has learned from readings and history."""
        return bool(self.nights and self.has_readings and (self.failures or self.services))


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class with what the night needs to know of it."""

    id: int
    code: str
    name: str
    machines: int
    components: tuple[tuple[str, str], ...]
    roles: int
    sensors: int
    sensors_without_role: int
    decision_at: time
    predictor: Predictor
    running_role: str | None
    running_above: float | None


@dataclass(frozen=True, slots=True)
class SensorGroup:
    """The sensors of a class that have one code; `role` None = no role, "" = several."""

    code: str
    name: str
    kind: str
    unit: str
    machines: int
    role: str | None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role of a class; component: the code of the part it looks at, "" = none."""

    code: str
    name: str
    unit: str
    is_condition: bool
    is_comparable: bool
    sensors: int
    component: str


def progress(session: Session, *, scope: Scope) -> Progress:
    """How far the plant in sight has come."""
    machines = sa.select(Equipment.id).where(seen(Equipment.site_id, scope))
    rows = classes(session, scope=scope)
    nights = sa.select(sa.func.count(TrainingRun.id)).where(
        TrainingRun.state == RunState.FINISHED,
        TrainingRun.site_id.is_(None) | seen(TrainingRun.site_id, scope),
        # A night over an empty plant was none.
        sa.exists().where(MachineOutcome.run_id == TrainingRun.id),
    )
    return Progress(
        sites=len(sites(session, scope=scope)),
        machines=_number(session, machines),
        classes=len(rows),
        classes_without_components=sum(not row.components for row in rows),
        sensors=sum(row.sensors for row in rows),
        sensors_without_role=sum(row.sensors_without_role for row in rows),
        has_readings=_has_readings(session, machines),
        failures=_number(session, sa.select(Failure.id).where(Failure.equipment_id.in_(machines))),
        services=_number(
            session, sa.select(ServiceRecord.id).where(ServiceRecord.equipment_id.in_(machines))
        ),
        orders=_number(
            session, sa.select(WorkOrder.id).where(WorkOrder.equipment_id.in_(machines))
        ),
        nights=session.scalar(nights) or 0,
    )


def classes(session: Session, *, scope: Scope) -> list[ClassRow]:
    """The classes that have machines in sight, by name."""
    machines = _counts(session, scope)
    asked = sa.select(EquipmentClass).where(EquipmentClass.id.in_(machines))
    asked = asked.order_by(EquipmentClass.name, EquipmentClass.id)
    components, roles, sensors = _components(session), _roles(session), _sensors(session, scope)
    return [
        ClassRow(
            id=row.id,
            code=row.code,
            name=row.name,
            machines=machines[row.id],
            components=tuple(components[row.id]),
            roles=roles.get(row.id, 0),
            sensors=len(sensors[row.id]),
            sensors_without_role=sum(role is None for _, role in sensors[row.id]),
            decision_at=time(*divmod(row.decision_minute, HOUR_MINUTES)),
            predictor=row.predictor,
            running_role=row.running_role,
            running_above=row.running_above,
        )
        for row in session.scalars(asked)
    ]


def class_row(session: Session, *, scope: Scope, class_id: int) -> ClassRow:
    """One class; raise NotFound when no machine in sight is of it."""
    found = next((row for row in classes(session, scope=scope) if row.id == class_id), None)
    if found is None:
        raise NotFound(f"There is no class {class_id}.")
    return found


def sensor_groups(session: Session, *, scope: Scope, class_id: int) -> list[SensorGroup]:
    """The sensors of a class by code."""
    by_code = defaultdict(list)
    for sensor, role in _sensors(session, scope)[class_id]:
        by_code[sensor.code].append((sensor, role))
    found = []
    for code, rows in sorted(by_code.items()):
        first = rows[0][0]
        held = {role for _, role in rows}
        role = next(iter(held)) if len(held) == 1 else ""
        found.append(SensorGroup(code, first.name, first.kind, first.unit, len(rows), role))
    return found


def role_rows(session: Session, *, scope: Scope, class_id: int) -> list[RoleRow]:
    """The roles of a class, with the number of sensors in sight that fill each."""
    filled: dict[str, int] = defaultdict(int)
    for _, role in _sensors(session, scope)[class_id]:
        if role is not None:
            filled[role] += 1
    asked = sa.select(SensorRole).where(SensorRole.equipment_class_id == class_id)
    return [
        RoleRow(
            row.code,
            row.name,
            row.unit,
            row.is_condition,
            row.is_comparable,
            filled[row.code],
            row.component,
        )
        for row in session.scalars(asked.order_by(SensorRole.name, SensorRole.id))
    ]


def _number(session: Session, asked: sa.Select[int]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(asked.subquery())) or 0


def _has_readings(session: Session, machines: sa.Select[int]) -> bool:
    """Whether any batch brought something; only asked where there are machines."""
    if not _number(session, machines.limit(1)):
        return False
    return bool(session.scalar(sa.select(sa.exists().where(ReadingBatch.accepted > 0))))


def _counts(session: Session, scope: Scope) -> dict[int, int]:
    rows = session.execute(
        sa.select(Equipment.equipment_class_id, sa.func.count())
        .where(seen(Equipment.site_id, scope))
        .group_by(Equipment.equipment_class_id)
    )
    return {row[0]: row[1] for row in rows}


def _components(session: Session) -> Mapping[int, list[tuple[str, str]]]:
    """Code and name of each component by class."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    asked = sa.select(Component.equipment_class_id, Component.code, Component.name)
    for class_id, code, name in session.execute(asked.order_by(Component.name, Component.id)):
        found[class_id].append((code, name))
    return found


def _roles(session: Session) -> dict[int, int]:
    asked = sa.select(SensorRole.equipment_class_id, sa.func.count())
    rows = session.execute(asked.group_by(SensorRole.equipment_class_id))
    return {row[0]: row[1] for row in rows}


def _sensors(session: Session, scope: Scope) -> Mapping[int, list[tuple[Sensor, str | None]]]:
    """The sensors in sight with the code of the role each fills now, by class."""
    current = sa.and_(SensorAssignment.sensor_id == Sensor.id, SensorAssignment.ended_at.is_(None))
    asked = (
        sa.select(Equipment.equipment_class_id, Sensor, SensorRole.code)
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .outerjoin(SensorAssignment, current)
        .outerjoin(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(seen(Equipment.site_id, scope), Sensor.is_active)
        .order_by(Sensor.id)
    )
    found: dict[int, list[tuple[Sensor, str | None]]] = defaultdict(list)
    for class_id, sensor, role in session.execute(asked):
        found[class_id].append((sensor, role))
    return found
