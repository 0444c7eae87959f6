"""Condition limits for pages and forms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.conditions import ConditionLimit
from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.work_orders import WorkOrder
from app.domain.conditions import Side
from app.domain.equipment import Status
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.work_orders import FINISHED, Priority
from app.queries.equipment import Choice, components
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit; without a machine it is the class's. `open_orders` came of it and are not done."""

    id: int
    class_id: int
    class_name: str
    equipment_id: int | None
    tag: str
    sensor_role_id: int
    role: str
    unit: str
    component_id: int | None
    component: str
    side: Side
    value: float
    hours: int
    priority: Priority
    is_active: bool
    version: int
    open_orders: int


@dataclass(frozen=True, slots=True)
class LimitChoices:
    """The readings (with their unit), components and machines of a class, by name."""

    roles: tuple[Choice, ...]
    components: tuple[Choice, ...]
    machines: tuple[Choice, ...]


def limits(session: Session, *, scope: Scope) -> list[LimitRow]:
    """The limits of classes and machines in sight, by class, role and machine."""
    rows = session.execute(
        _asked(scope).order_by(
            EquipmentClass.name, SensorRole.name, Equipment.tag, ConditionLimit.id
        )
    ).all()
    waiting = _open_orders(session, [row[0].id for row in rows])
    return [_row(*row, waiting.get(row[0].id, 0)) for row in rows]


def limit(session: Session, *, scope: Scope, limit_id: int) -> LimitRow:
    """One limit; raise NotFound."""
    row = session.execute(_asked(scope).where(ConditionLimit.id == limit_id)).first()
    if row is None:
        raise NotFound(f"There is no condition limit {limit_id}.")
    return _row(*row, _open_orders(session, [limit_id]).get(limit_id, 0))


def choices(session: Session, *, scope: Scope, class_id: int) -> LimitChoices:
    """What a limit of a class can be about."""
    return LimitChoices(
        roles=_roles(session, class_id),
        components=components(session, class_id=class_id),
        machines=_machines(session, scope, class_id),
    )


def _machines(session: Session, scope: Scope, class_id: int) -> tuple[Choice, ...]:
    rows = session.execute(
        sa.select(Equipment.id, Equipment.tag, Equipment.name)
        .where(
            seen(Equipment.site_id, scope),
            Equipment.equipment_class_id == class_id,
            Equipment.status != Status.RETIRED,
        )
        .order_by(Equipment.tag, Equipment.id)
    )
    return tuple(Choice(id_, f"{tag} · {name}") for id_, tag, name in rows)


def _roles(session: Session, class_id: int) -> tuple[Choice, ...]:
    rows = session.execute(
        sa.select(SensorRole.id, SensorRole.name, SensorRole.unit)
        .where(SensorRole.equipment_class_id == class_id)
        .order_by(SensorRole.name, SensorRole.id)
    )
    return tuple(Choice(id_, f"{name} ({unit})" if unit else name) for id_, name, unit in rows)


def _asked(scope: Scope) -> sa.Select[ConditionLimit, str, str, str, str, str]:
    is_in_sight = sa.or_(
        seen(Equipment.site_id, scope) & ConditionLimit.equipment_id.is_not(None),
        ConditionLimit.equipment_id.is_(None)
        & ConditionLimit.equipment_class_id.in_(
            sa.select(Equipment.equipment_class_id).where(seen(Equipment.site_id, scope))
        ),
    )
    return (
        sa.select(
            ConditionLimit,
            EquipmentClass.name,
            Equipment.tag,
            SensorRole.name,
            SensorRole.unit,
            Component.name,
        )
        .join(EquipmentClass, EquipmentClass.id == ConditionLimit.equipment_class_id)
        .join(SensorRole, SensorRole.id == ConditionLimit.sensor_role_id)
        .outerjoin(Equipment, Equipment.id == ConditionLimit.equipment_id)
        .outerjoin(Component, Component.id == ConditionLimit.component_id)
        .where(is_in_sight)
    )


def _row(
    row: ConditionLimit,
    class_name: str,
    tag: str | None,
    role: str,
    unit: str,
    component: str | None,
    open_orders: int,
) -> LimitRow:
    return LimitRow(
        id=row.id,
        class_id=row.equipment_class_id,
        class_name=class_name,
        equipment_id=row.equipment_id,
        tag=tag or "",
        sensor_role_id=row.sensor_role_id,
        role=role,
        unit=unit,
        component_id=row.component_id,
        component=component or "",
        side=row.side,
        value=row.value,
        hours=row.hours,
        priority=row.priority,
        is_active=row.is_active,
        version=row.version,
        open_orders=open_orders,
    )


def _open_orders(session: Session, limit_ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(WorkOrder.condition_limit_id, sa.func.count())
        .where(WorkOrder.condition_limit_id.in_(limit_ids), WorkOrder.state.not_in(FINISHED))
        .group_by(WorkOrder.condition_limit_id)
    )
    return {limit_id: count for limit_id, count in rows if limit_id is not None}
