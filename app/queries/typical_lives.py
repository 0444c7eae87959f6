"""What planners entered about components: typical life, spread, and the warning they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.typical_lives import TypicalLife
from app.db.users import AppUser
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class LifeView:
    """A typical life as entered; `by_name` is "" when nobody in person did."""

    life_days: float
    spread_days: float | None
    warning_days: float | None
    entered_at: datetime
    by_name: str
    version: int


@dataclass(frozen=True, slots=True)
class ComponentLife:
    """A component of a class with what was entered about it, if anything."""

    component_id: int
    class_id: int
    class_name: str
    code: str
    name: str
    life: LifeView | None


def typical_lives(session: Session, *, scope: Scope, class_id: int) -> tuple[ComponentLife, ...]:
    """The components of a class in sight, by name."""
    asked = _components(scope).where(Component.equipment_class_id == class_id)
    return tuple(_view(*row) for row in session.execute(asked))


def component_life(session: Session, *, scope: Scope, component_id: int) -> ComponentLife:
    """One component; raise NotFound, also when its class has no machine in sight."""
    row = session.execute(_components(scope).where(Component.id == component_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no component {component_id}.")
    return _view(*row)


def lives_by_mode(session: Session, *, class_id: int) -> Mapping[str, TypicalLife]:
    """Component code -> what was entered: what the night takes as the prior of the age rule."""
    rows = session.execute(
        sa.select(Component.code, TypicalLife)
        .join(TypicalLife, TypicalLife.component_id == Component.id)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.id)
    )
    return {row.code: row.TypicalLife for row in rows}


def _components(
    scope: Scope,
) -> sa.Select[Component, EquipmentClass, TypicalLife, AppUser]:
    """Components with class, entry and author; without machines only for who sees every site."""
    asked = (
        sa.select(Component, EquipmentClass, TypicalLife, AppUser)
        .join(EquipmentClass, EquipmentClass.id == Component.equipment_class_id)
        .outerjoin(TypicalLife, TypicalLife.component_id == Component.id)
        .outerjoin(AppUser, AppUser.id == TypicalLife.entered_by_id)
        .order_by(Component.name, Component.id)
    )
    if scope.site_ids is None:
        return asked
    in_sight = sa.select(Equipment.equipment_class_id).where(seen(Equipment.site_id, scope))
    return asked.where(Component.equipment_class_id.in_(in_sight))


def _view(
    component: Component, of_class: EquipmentClass, life: TypicalLife | None, author: AppUser | None
) -> ComponentLife:
    return ComponentLife(
        component_id=component.id,
        class_id=of_class.id,
        class_name=of_class.name,
        code=component.code,
        name=component.name,
        life=None if life is None else _entered(life, author),
    )


def _entered(life: TypicalLife, author: AppUser | None) -> LifeView:
    return LifeView(
        life_days=life.life_days,
        spread_days=life.spread_days,
        warning_days=life.warning_days,
        entered_at=life.entered_at,
        by_name="" if author is None else author.display_name or author.name,
        version=life.version,
    )
