"""Deeds about classes of equipment: what the night must know of a kind of machine."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass, OrderRuleRow, SensorRole
from app.domain.errors import InvalidInput
from app.domain.instants import BEGINNING
from app.domain.roles import Actor
from app.inputs.equipment import AddComponent, AddRole, CreateClass, SetOrderRule
from app.services import audit, master_data
from app.services.equipment import bump


def create_class(
    session: Session,
    *,
    equipment_class: CreateClass,
    rule: SetOrderRule | None = None,
    now: datetime,
    by: Actor,
) -> int:
    """Add a class with its order rule (default: domain model 4.1) and return its id.

    The first rule is in force since ever, so that nights of the past may be repeated with it.
    """
    given = equipment_class.model_dump(mode="json")
    row = EquipmentClass(**given)
    key = {"code": equipment_class.code}
    class_id = master_data.write(session, row, key=key, now=now, by=by).id
    rule = (rule or SetOrderRule(equipment_class_id=class_id)).model_copy(
        update={"equipment_class_id": class_id}
    )
    _add_rule(session, rule, BEGINNING, now=now, by=by)
    return class_id


def add_component(session: Session, *, component: AddComponent, now: datetime, by: Actor) -> int:
    """Add a maintainable item to a class; raise NotFound or AlreadyThere. Bumps its machines."""
    class_id = component.equipment_class_id
    master_data.find(session, EquipmentClass, class_id)
    key = {"equipment_class_id": class_id, "code": component.code}
    row = Component(**component.model_dump())
    made = master_data.write(session, row, key=key, now=now, by=by)
    bump_class(session, class_id)
    return made.id


def add_role(session: Session, *, role: AddRole, now: datetime, by: Actor) -> int:
    """Add a sensor role to a class; raise NotFound, AlreadyThere, or InvalidInput for a component
    that the class does not have."""
    master_data.find(session, EquipmentClass, role.equipment_class_id)
    if role.component:
        require_component(session, role.equipment_class_id, role.component)
    key = {"equipment_class_id": role.equipment_class_id, "code": role.code}
    row = SensorRole(**role.model_dump())
    return master_data.write(session, row, key=key, now=now, by=by).id


def set_order_rule(
    session: Session,
    *,
    rule: SetOrderRule,
    effective_at: datetime | None = None,
    now: datetime,
    by: Actor,
) -> int:
    """Raise orders by this rule from *effective_at* (None: now) on; earlier ones stay on record."""
    master_data.find(session, EquipmentClass, rule.equipment_class_id)
    if rule.equipment_id is not None:
        master_data.find(session, Equipment, rule.equipment_id)
    return _add_rule(session, rule, effective_at or now, now=now, by=by)


def require_component(
    session: Session, class_id: int, code: str, *, field: str = "component"
) -> None:
    """Raise InvalidInput when the class does not have that component."""
    known = sa.select(Component.id).where(
        Component.equipment_class_id == class_id, Component.code == code
    )
    if session.scalar(known) is None:
        raise InvalidInput({field: f"the class has no component {code!r}"})


def bump_class(session: Session, class_id: int) -> None:
    """Say that data of all machines of a class changed; last of all, as `bump`."""
    machines = sa.select(Equipment.id).where(Equipment.equipment_class_id == class_id)
    bump(session, session.scalars(machines.order_by(Equipment.id)))


def _add_rule(
    session: Session, rule: SetOrderRule, effective_at: datetime, *, now: datetime, by: Actor
) -> int:
    row = OrderRuleRow(**rule.model_dump(), effective_at=effective_at)
    session.add(row)
    session.flush()
    changes = rule.model_dump(mode="json") | {"effective_at": effective_at.isoformat()}
    audit.record(
        session,
        entity="order_rule",
        entity_id=row.id,
        action="create",
        changes=changes,
        now=now,
        by=by,
    )
    return row.id
