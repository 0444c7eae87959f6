"""Deeds of setting a plant up: change a class, say which sensors fill which roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.sensors import Sensor, SensorAssignment
from app.domain.errors import InvalidInput
from app.domain.roles import Actor
from app.inputs.class_setup import (
    AssignPattern,
    AssignRoles,
    ChangeClass,
    ChangeRoleParts,
    DescribeJob,
)
from app.services import audit, master_data
from app.services.classes import bump_class, require_component
from app.services.equipment import bump


def change_class(
    session: Session, *, class_id: int, changes: ChangeClass, now: datetime, by: Actor
) -> None:
    """Change what the night knows of a class; raise NotFound, or InvalidInput for no role of it."""
    row = master_data.find(session, EquipmentClass, class_id)
    if changes.running_role is not None:
        _role(session, class_id, changes.running_role, field="running_role")
    changed = {}
    kept = {"predictor"} if changes.predictor is None else set()
    for name, new in changes.model_dump(exclude=kept).items():
        old = getattr(row, name)
        if old != new:
            changed[name] = [old, new]
            setattr(row, name, new)
    if not changed:
        return
    session.flush()
    _note(session, "equipment_class", class_id, "edit", changed, now=now, by=by)
    bump_class(session, class_id)


def change_role_parts(
    session: Session, *, class_id: int, given: ChangeRoleParts, now: datetime, by: Actor
) -> int:
    """Say which part each role named looks at; return how many changed.

    The role's windows and normal then start anew at that part's replacements, past ones too, and
    the next night that learns fits the class anew. Raise InvalidInput for a role or a part that
    the class does not have.
    """
    changed = 0
    for code, part in given.parts.items():
        role = _role(session, class_id, code, field="role")
        if role.component == part:
            continue
        if part:
            require_component(session, class_id, part, field=f"part-{code}")
        changes = {"component": [role.component, part]}
        role.component = part
        session.flush()
        _note(session, "sensor_role", role.id, "edit", changes, now=now, by=by)
        changed += 1
    if changed:
        bump_class(session, class_id)
    return changed


def describe_job(
    session: Session, *, class_id: int, job: DescribeJob, now: datetime, by: Actor
) -> None:
    """Say what a job on a component takes; raise InvalidInput when the class has no such one.

    Nothing that is learned changes by it.
    """
    require_component(session, class_id, job.component)
    row = session.scalars(
        sa.select(Component).where(
            Component.equipment_class_id == class_id, Component.code == job.component
        )
    ).one()
    changed = {}
    for name, new in job.model_dump(exclude={"component"}).items():
        old = getattr(row, name)
        if old != new:
            changed[name] = [old, new]
            setattr(row, name, new)
    if changed:
        session.flush()
        _note(session, "component", row.id, "edit", changed, now=now, by=by)


def assign_roles(
    session: Session, *, class_id: int, given: AssignRoles, now: datetime, by: Actor
) -> int:
    """Give every sensor of the class the role its code was given; return how many changed.

    This says what a sensor always was; an exchange in the course of time is
    `services.sensors.assign_role`.
    """
    roles = {
        code: _role(session, class_id, role, field=code).id if role else None
        for code, role in given.roles.items()
    }
    return _assign(session, class_id, lambda row: row.code in roles, roles, now=now, by=by)


def assign_by_pattern(
    session: Session, *, class_id: int, given: AssignPattern, now: datetime, by: Actor
) -> int:
    """Give the sensors that fit the pattern a role; return how many changed."""
    role_id = _role(session, class_id, given.role, field="role").id if given.role else None
    pattern = given.pattern.lower()

    def fits(row: Sensor) -> bool:
        return any(fnmatchcase(text.lower(), pattern) for text in (row.code, row.name))

    codes = {row.code: role_id for row, _ in _sensors(session, class_id, by) if fits(row)}
    if not codes:
        raise InvalidInput({"pattern": "No sensor of the class is called like this."})
    return _assign(session, class_id, fits, codes, now=now, by=by)


def _assign(
    session: Session,
    class_id: int,
    chosen: Callable[[Sensor], bool],
    roles: Mapping[str, int | None],
    *,
    now: datetime,
    by: Actor,
) -> int:
    touched, changed = set(), {}
    for sensor, held in _sensors(session, class_id, by):
        wanted = roles.get(sensor.code)
        if not chosen(sensor) or wanted == (held and held.sensor_role_id):
            continue
        changed[str(sensor.id)] = [held and held.sensor_role_id, wanted]
        _correct(session, sensor, held, wanted)
        touched.add(sensor.equipment_id)
    if changed:
        session.flush()
        _note(session, "equipment_class", class_id, "assign_roles", changed, now=now, by=by)
        bump(session, touched)
    return len(changed)


def _correct(
    session: Session, sensor: Sensor, held: SensorAssignment | None, wanted: int | None
) -> None:
    """The current assignment was never right: it is put right, not ended."""
    if held is None:
        session.add(SensorAssignment(sensor_id=sensor.id, sensor_role_id=wanted))
    elif wanted is None:
        session.delete(held)
    else:
        held.sensor_role_id = wanted


def _sensors(
    session: Session, class_id: int, by: Actor
) -> list[tuple[Sensor, SensorAssignment | None]]:
    """The sensors of the class's machines in sight, each with the role it fills now."""
    current = sa.and_(SensorAssignment.sensor_id == Sensor.id, SensorAssignment.ended_at.is_(None))
    asked = (
        sa.select(Sensor, SensorAssignment, Equipment.site_id)
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .outerjoin(SensorAssignment, current)
        .where(Equipment.equipment_class_id == class_id)
        .order_by(Sensor.id)
    )
    return [(row, held) for row, held, site in session.execute(asked) if by.scope.sees(site)]


def _role(session: Session, class_id: int, code: str, *, field: str) -> SensorRole:
    found = session.scalar(
        sa.select(SensorRole).where(
            SensorRole.equipment_class_id == class_id, SensorRole.code == code
        )
    )
    if found is None:
        raise InvalidInput({field: f"The class has no role {code}."})
    return found


def _note(
    session: Session,
    entity: str,
    entity_id: int,
    action: str,
    changes: Mapping[str, object],
    *,
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity=entity,
        entity_id=entity_id,
        action=action,
        changes=changes,
        now=now,
        by=by,
    )
