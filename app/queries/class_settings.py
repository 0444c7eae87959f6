"""What the night knows of a class besides its order rule: steps, times, roles, components."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.work_orders import ANY_MODE
from app.domain.roles import Scope
from app.queries.fleet import HOUR_MINUTES, Role
from app.queries.places import site_zone
from app.queries.predictions import GateView, gates


@dataclass(frozen=True, slots=True)
class JudgedComponent:
    """A component (or the machine as a whole, name "") and its newest gate; None = not judged."""

    name: str
    gate: GateView | None


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """The settings of a class. Windows and baseline count steps of `step_minutes`."""

    code: str
    step_minutes: int
    decision_at: time
    decision_zone: str
    windows: tuple[int, ...]
    horizons_hours: tuple[int, ...]
    baseline_steps: int
    attributes: tuple[str, ...]
    running_role: str | None
    running_above: float | None
    roles: tuple[Role, ...]
    components: tuple[JudgedComponent, ...]


def class_settings(session: Session, *, scope: Scope, class_id: int) -> ClassSettings:
    """The settings of a class that is there, with the gates of its components."""
    row = session.get_one(EquipmentClass, class_id)
    roles = _roles(session, class_id)
    hour, minute = divmod(row.decision_minute, HOUR_MINUTES)
    return ClassSettings(
        code=row.code,
        step_minutes=row.step_minutes,
        decision_at=time(hour, minute),
        decision_zone=row.decision_timezone or _zone_of_first(session, class_id),
        windows=tuple(row.windows),
        horizons_hours=tuple(row.horizons_hours),
        baseline_steps=row.baseline_steps,
        attributes=tuple(row.attributes),
        running_role=_name_of(row.running_role, roles),
        running_above=row.running_above,
        roles=roles,
        components=_components(session, scope, class_id),
    )


def _zone_of_first(session: Session, class_id: int) -> str:
    """Where a class names no zone the night takes that of the site of its first machine."""
    site_id = session.scalar(
        sa.select(Equipment.site_id)
        .where(Equipment.equipment_class_id == class_id)
        .order_by(Equipment.id)
        .limit(1)
    )
    return "UTC" if site_id is None else site_zone(session, site_id=site_id)


def _roles(session: Session, class_id: int) -> tuple[Role, ...]:
    rows = session.scalars(
        sa.select(SensorRole)
        .where(SensorRole.equipment_class_id == class_id)
        .order_by(SensorRole.name, SensorRole.id)
    )
    return tuple(
        Role(row.code, row.name, row.unit, row.is_condition, row.is_comparable, row.component)
        for row in rows
    )


def _name_of(code: str | None, roles: tuple[Role, ...]) -> str | None:
    return next((role.name for role in roles if role.code == code), code)


def _components(session: Session, scope: Scope, class_id: int) -> tuple[JudgedComponent, ...]:
    """The components by name; a class without any is judged as a whole."""
    names = session.execute(
        sa.select(Component.code, Component.name)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.name, Component.id)
    ).all()
    modes = [(code, name) for code, name in names] or [(ANY_MODE, "")]
    gate_of = {gate.mode: gate for gate in gates(session, scope=scope) if gate.class_id == class_id}
    return tuple(JudgedComponent(name, gate_of.get(mode)) for mode, name in modes)
