"""Sensors: the list, one of them, and who is meant by a tag and a code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, SensorRole
from app.db.sensors import Sensor, SensorAssignment
from app.domain.errors import NotFound
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import Scope
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.predictions import seen

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SensorRow:
    """One measuring point; `role` is the code of the role it fills now."""

    id: int
    equipment_id: int
    equipment: str
    code: str
    name: str
    kind: str
    unit: str
    role: str | None
    is_active: bool


def sensors(
    session: Session,
    *,
    scope: Scope,
    equipment_id: int | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[SensorRow]:
    """Sensors in sight, by id; those of one machine when it is named."""
    wanted = _select(scope).order_by(Sensor.id).limit(limit + 1)
    if equipment_id is not None:
        wanted = wanted.where(Sensor.equipment_id == equipment_id)
    key = read_key(after, int)
    if key is not None:
        wanted = wanted.where(Sensor.id > key[0])
    rows = [SensorRow(*row) for row in session.execute(wanted)]
    return page(rows, limit=limit, key=lambda row: (row.id,))


def sensor(session: Session, *, scope: Scope, sensor_id: int) -> SensorRow:
    """One sensor; raise NotFound, for another site's too."""
    row = session.execute(_select(scope).where(Sensor.id == sensor_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no sensor {sensor_id}.")
    return SensorRow(*row)


def roles_ended(
    session: Session, *, now: datetime, equipment_id: int | None = None
) -> dict[int, datetime]:
    """The sensors that filled roles and fill none any more at *now*, with the end of the last."""
    ended = sa.func.max(SensorAssignment.ended_at)
    asked = (
        sa.select(SensorAssignment.sensor_id, ended)
        .join(Sensor, Sensor.id == SensorAssignment.sensor_id)
        .where(sa.true() if equipment_id is None else Sensor.equipment_id == equipment_id)
        .group_by(SensorAssignment.sensor_id)
        .having(
            sa.func.count() == sa.func.count(SensorAssignment.ended_at),
            ended <= now,
        )
    )
    return {sensor_id: at for sensor_id, at in session.execute(asked) if at is not None}


def is_heard_after(newest: int, ended_at: datetime) -> bool:
    """Whether the newest hour of a sensor (its number) is later than the one its role ended in."""
    return newest > -(-to_micros(ended_at) // HOUR_US)


def ids_by_name(
    session: Session, *, scope: Scope, names: Iterable[Name]
) -> dict[Name, tuple[int, ...]]:
    """The sensors in sight that are called so: machine's tag, sensor's code.

    More than one where several sites use the tag.
    """
    wanted = {name for name in names if "\0" not in "".join(name)}
    rows = session.execute(
        sa.select(Equipment.tag, Sensor.code, Sensor.id)
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .where(seen(Equipment.site_id, scope), Equipment.tag.in_({tag for tag, _ in wanted}))
        .order_by(Sensor.id)
    )
    found: dict[Name, tuple[int, ...]] = {}
    for tag, code, sensor_id in rows:
        if (tag, code) in wanted:
            found[tag, code] = (*found.get((tag, code), ()), sensor_id)
    return found


def _select(scope: Scope) -> sa.Select[int, int, str, str, str, str, str, str, bool]:
    current = sa.and_(SensorAssignment.sensor_id == Sensor.id, SensorAssignment.ended_at.is_(None))
    return (
        sa.select(
            Sensor.id,
            Sensor.equipment_id,
            Equipment.tag,
            Sensor.code,
            Sensor.name,
            Sensor.kind,
            Sensor.unit,
            SensorRole.code,
            Sensor.is_active,
        )
        .join(Equipment, Equipment.id == Sensor.equipment_id)
        .outerjoin(SensorAssignment, current)
        .outerjoin(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(seen(Equipment.site_id, scope))
    )
