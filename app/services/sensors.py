"""Deeds about sensors and the roles they fill."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, SensorRole
from app.db.sensors import Sensor, SensorAssignment
from app.domain.errors import NotFound, RuleBroken
from app.domain.roles import Actor
from app.domain.sensors import SENSOR_KINDS
from app.inputs.sensors import AssignRole, CreateSensor
from app.services import audit, master_data
from app.services.equipment import bump, require_equipment


class RoleOfAnotherClass(RuleBroken):
    """The role belongs to another class of equipment than the sensor's machine."""


def create_sensor(session: Session, *, sensor: CreateSensor, now: datetime, by: Actor) -> int:
    """Add a measuring point and return its id; raise NotFound or AlreadyThere."""
    require_equipment(session, equipment_id=sensor.equipment_id, by=by)
    row = Sensor(**sensor.model_dump())
    row.unit = sensor.unit or SENSOR_KINDS[sensor.kind].unit
    key = {"equipment_id": sensor.equipment_id, "code": sensor.code}
    return master_data.write(session, row, key=key, now=now, by=by).id


def assign_role(session: Session, *, role: AssignRole, now: datetime, by: Actor) -> int:
    """Let a sensor fill a role from `started_at` on; the assignment before it ends there."""
    sensor = master_data.find(session, Sensor, role.sensor_id)
    machine = require_equipment(session, equipment_id=sensor.equipment_id, by=by)
    _require_role(session, role, machine)
    _end_current(session, sensor.id, role.started_at)
    row = SensorAssignment(**role.model_dump())
    session.add(row)
    session.flush()
    audit.record(
        session,
        entity="sensor",
        entity_id=sensor.id,
        action="assign",
        changes=role.model_dump(mode="json"),
        now=now,
        by=by,
    )
    bump(session, [machine.id])
    return row.id


def _require_role(session: Session, role: AssignRole, machine: Equipment) -> None:
    found = session.get(SensorRole, role.sensor_role_id)
    if found is None:
        raise NotFound(f"There is no sensor role {role.sensor_role_id}.")
    if found.equipment_class_id != machine.equipment_class_id:
        raise RoleOfAnotherClass(f"The role {found.code} is not one of {machine.tag}'s class.")


def _end_current(session: Session, sensor_id: int, at: datetime | None) -> None:
    current = session.scalar(
        sa.select(SensorAssignment).where(
            SensorAssignment.sensor_id == sensor_id, SensorAssignment.ended_at.is_(None)
        )
    )
    if current is None:
        return
    if at is None or (current.started_at is not None and at <= current.started_at):
        raise RuleBroken("The sensor fills a role already; say from when on it fills another.")
    current.ended_at = at
    session.flush()
