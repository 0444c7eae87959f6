"""Natural keys to ids: how files, which know tags and codes, find rows."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.places import Location, Site, Team
from app.db.sensors import Sensor
from app.domain.roles import Scope


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as a file needs it."""

    id: int
    tag: str
    site_id: int
    class_id: int
    timezone: str


def sites(session: Session, *, scope: Scope) -> dict[str, int]:
    """Site ids by code."""
    rows = session.execute(sa.select(Site.code, Site.id).order_by(Site.id))
    return {code: site_id for code, site_id in rows if scope.sees(site_id)}


def machines(
    session: Session, *, scope: Scope, site_id: int | None = None
) -> dict[str, list[Machine]]:
    """Machines by tag; more than one when several sites use the tag."""
    asked = (
        sa.select(
            Equipment.id,
            Equipment.tag,
            Equipment.site_id,
            Equipment.equipment_class_id,
            Site.timezone,
        )
        .join(Site, Site.id == Equipment.site_id)
        .order_by(Equipment.id)
    )
    found: dict[str, list[Machine]] = {}
    for row in session.execute(asked):
        machine = Machine(*row)
        if scope.sees(machine.site_id) and site_id in (None, machine.site_id):
            found.setdefault(machine.tag, []).append(machine)
    return found


def sensors(session: Session, *, scope: Scope) -> dict[tuple[int, str], int]:
    """Sensor ids by machine and code."""
    asked = sa.select(Sensor.id, Sensor.equipment_id, Sensor.code, Equipment.site_id).join(
        Equipment, Equipment.id == Sensor.equipment_id
    )
    rows = session.execute(asked.order_by(Sensor.id))
    return {(row.equipment_id, row.code): row.id for row in rows if scope.sees(row.site_id)}


def classes(session: Session) -> dict[str, int]:
    """Class ids by code; classes belong to no site."""
    return _by_code(session, sa.select(EquipmentClass.code, EquipmentClass.id))


def components(session: Session) -> dict[tuple[int, str], int]:
    """Component ids by class and code."""
    rows = session.execute(sa.select(Component.equipment_class_id, Component.code, Component.id))
    return {(class_id, code): row_id for class_id, code, row_id in rows}


def roles(session: Session) -> dict[tuple[int, str], int]:
    """Sensor role ids by class and code."""
    rows = session.execute(sa.select(SensorRole.equipment_class_id, SensorRole.code, SensorRole.id))
    return {(class_id, code): row_id for class_id, code, row_id in rows}


def locations(session: Session, *, site_id: int) -> dict[str, int]:
    """Location ids of a site by code."""
    asked = sa.select(Location.code, Location.id).where(Location.site_id == site_id)
    return _by_code(session, asked)


def teams(session: Session, *, site_id: int) -> dict[str, int]:
    """Team ids of a site by name."""
    asked = sa.select(Team.name, Team.id).where(Team.site_id == site_id)
    return _by_code(session, asked)


def _by_code(session: Session, asked: sa.Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(asked)}
