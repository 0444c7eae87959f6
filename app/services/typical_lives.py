"""Deeds about typical lives: what a planner knows of a component before the plant does."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.typical_lives import TypicalLife
from app.domain.errors import NotFound, Stale
from app.domain.roles import Actor
from app.inputs.typical_lives import EnterTypicalLife
from app.queries.typical_lives import ComponentLife, component_life
from app.services import audit
from app.services.equipment import bump

_SAID = ("life_days", "spread_days", "warning_days")


def enter(
    session: Session,
    *,
    component_id: int,
    life: EnterTypicalLife,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """Say how long a component lives; return the row's id. The next night refits its class.

    *expected_version* is what the person saw (None: nothing was entered yet). Raise NotFound, or
    Stale when somebody else was first.
    """
    component = _component(session, component_id, by)
    row = _held(session, component, expected_version)
    before = None if row is None else {name: getattr(row, name) for name in _SAID}
    if row is None:
        row = TypicalLife(component_id=component_id)
        session.add(row)
    for name in _SAID:
        setattr(row, name, getattr(life, name))
    row.entered_at, row.entered_by_id = now, by.id
    session.flush()
    after = life.model_dump()
    changes = {name: [before and before[name], after[name]] for name in _SAID}
    _remember(session, row, "enter", {"component": component.code, **changes}, now=now, by=by)
    _bump(session, component)
    return row.id


def withdraw(
    session: Session,
    *,
    component_id: int,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Take back what was entered: the age rule goes by the class's own failures alone again."""
    component = _component(session, component_id, by)
    row = _held(session, component, expected_version)
    if row is None:
        raise NotFound(f"Nothing was entered about {component.name}.")
    gone = {name: [getattr(row, name), None] for name in _SAID}
    _remember(session, row, "withdraw", {"component": component.code, **gone}, now=now, by=by)
    session.delete(row)
    session.flush()
    _bump(session, component)


def _component(session: Session, component_id: int, by: Actor) -> ComponentLife:
    """The component in sight of *by*, held so that two people entering its life wait in line."""
    session.get(Component, component_id, with_for_update={"key_share": True})
    return component_life(session, scope=by.scope, component_id=component_id)


def _held(
    session: Session, component: ComponentLife, expected_version: int | None
) -> TypicalLife | None:
    row = session.scalar(
        sa.select(TypicalLife)
        .where(TypicalLife.component_id == component.component_id)
        .execution_options(populate_existing=True)
    )
    if (row.version if row else None) != expected_version:
        raise Stale(f"Somebody else changed what is known of {component.name} in the meantime.")
    return row


def _remember(
    session: Session,
    row: TypicalLife,
    action: str,
    changes: dict[str, object],
    *,
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity="typical_life",
        entity_id=row.id,
        action=action,
        changes=changes,
        now=now,
        by=by,
    )


def _bump(session: Session, component: ComponentLife) -> None:
    machines = sa.select(Equipment.id).where(Equipment.equipment_class_id == component.class_id)
    bump(session, session.scalars(machines.order_by(Equipment.id)))
