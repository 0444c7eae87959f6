"""Whose forecasts a preview looks at: machines, and what may fail on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.work_orders import ANY_MODE
from app.domain.equipment import Status
from app.domain.roles import Scope
from app.queries.predictions import seen

Crew = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Key:
    """One failure mode of one machine: what one open order is for. component_id None = any."""

    tag: str
    mode: str
    equipment_id: int
    component_id: int | None
    component: str
    crew: Crew


def keys_of(
    session: Session,
    *,
    scope: Scope,
    class_id: int,
    only: int | None = None,
    without: frozenset[int] = frozenset(),
) -> tuple[Key, ...]:
    """The modes of a class's machines in sight (or of one machine), in the night's own order.

    A class without components is judged as a whole. Retired machines are left out.
    """
    parts = _parts(session, class_id) or [(ANY_MODE, None, "")]
    found = [
        Key(tag, code, machine, component_id, name, (site_id, team_id))
        for machine, tag, site_id, team_id in _machines(session, scope, class_id, only)
        if machine not in without
        for code, component_id, name in parts
    ]
    return tuple(sorted(found, key=lambda key: (key.tag, key.mode, key.equipment_id)))


def _parts(session: Session, class_id: int) -> list[tuple[str, int | None, str]]:
    rows = session.execute(
        sa.select(Component.code, Component.id, Component.name)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.code, Component.id)
    )
    return [(code, component_id, name) for code, component_id, name in rows]


def _machines(
    session: Session, scope: Scope, class_id: int, only: int | None
) -> Sequence[sa.Row[int, str, int, int | None]]:
    asked = (
        sa.select(Equipment.id, Equipment.tag, Equipment.site_id, Equipment.team_id)
        .where(
            Equipment.equipment_class_id == class_id,
            Equipment.status != Status.RETIRED,
            seen(Equipment.site_id, scope),
        )
        .order_by(Equipment.id)
    )
    if only is not None:
        asked = asked.where(Equipment.id == only)
    return session.execute(asked).all()
