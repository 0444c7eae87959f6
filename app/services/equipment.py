"""Deeds about machines, and the counter that says whether anything about one has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db import Base
from app.db.equipment import DataVersion, Equipment, EquipmentClass
from app.db.places import Location, Team
from app.domain.errors import NotFound, Stale
from app.domain.roles import Actor
from app.inputs.equipment import CreateEquipment, EditEquipment
from app.services import audit, master_data, places

Insert = sqlite.Insert | postgresql.Insert


def create_equipment(
    session: Session, *, equipment: CreateEquipment, now: datetime, by: Actor
) -> int:
    """Add a machine and return its id; raise NotFound or AlreadyThere (a tag once per site)."""
    site_id = equipment.site_id
    places.require_site(session, site_id=site_id, by=by)
    master_data.find(session, EquipmentClass, equipment.equipment_class_id)
    _require_places(session, equipment, site_id)
    if equipment.parent_id is not None:
        _require_parent(session, equipment.parent_id, site_id)
    key = {"site_id": site_id, "tag": equipment.tag}
    row = Equipment(**equipment.model_dump())
    made = master_data.write(session, row, key=key, now=now, by=by)
    bump(session, [made.id])
    return made.id


def edit_equipment(
    session: Session,
    *,
    equipment_id: int,
    changes: EditEquipment,
    expected_version: int | None = None,
    now: datetime,
    by: Actor,
) -> None:
    """Change what was sent; raise NotFound, or Stale when somebody else was first."""
    row = require_equipment(session, equipment_id=equipment_id, by=by)
    if expected_version is not None and row.version != expected_version:
        raise Stale(f"Somebody else changed {row.tag} in the meantime.")
    _require_places(session, changes, row.site_id)
    changed = {}
    for name in changes.model_fields_set:
        old, new = getattr(row, name), getattr(changes, name)
        if old != new:
            changed[name] = [_plain(old), _plain(new)]
            setattr(row, name, new)
    if not changed:
        return
    session.flush()
    audit.record(
        session,
        entity="equipment",
        entity_id=row.id,
        action="edit",
        changes=changed,
        now=now,
        by=by,
    )
    bump(session, [row.id])


def require_equipment(session: Session, *, equipment_id: int, by: Actor) -> Equipment:
    """The machine, when it exists at a site this actor may see; raise NotFound."""
    row = session.get(Equipment, equipment_id)
    if row is None or not by.scope.sees(row.site_id):
        raise NotFound(f"There is no equipment {equipment_id}.")
    return row


def bump(session: Session, equipment_ids: Iterable[int]) -> None:
    """Say that data of these machines changed; call it in the transaction that changes it.

    Last of all, after the audit line: deeds that take the same locks in the same order cannot
    wait for each other in a circle.
    """
    ids = sorted({int(equipment_id) for equipment_id in equipment_ids})
    if not ids:
        return
    raised = upsert(session, DataVersion).on_conflict_do_update(
        index_elements=[DataVersion.equipment_id], set_={"version": DataVersion.version + 1}
    )
    session.execute(raised, [{"equipment_id": number, "version": 1} for number in ids])


def upsert(session: Session, table: type[Base]) -> Insert:
    """An insert that can say what to do about a row that is there already."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


def hold(session: Session, equipment_ids: Iterable[int]) -> None:
    """One writer at a time per machine until the transaction ends (SQLite has one in all)."""
    ids = sorted({int(equipment_id) for equipment_id in equipment_ids})
    rows = sa.select(Equipment.id).where(Equipment.id.in_(ids)).order_by(Equipment.id)
    # FOR NO KEY UPDATE: rows that point at the machine may still be written meanwhile.
    session.execute(rows.with_for_update(key_share=True)).all()


def _require_places(session: Session, given: CreateEquipment | EditEquipment, site_id: int) -> None:
    places.require_at_site(session, Location, given.location_id, site_id=site_id)
    places.require_at_site(session, Team, given.team_id, site_id=site_id)


def _require_parent(session: Session, parent_id: int, site_id: int) -> None:
    if master_data.find(session, Equipment, parent_id).site_id != site_id:
        raise NotFound(f"There is no equipment {parent_id}.")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | dict | None) else str(value)
