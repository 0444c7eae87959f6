"""One machine as it stands in the register: what may be changed about it, and its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.db.equipment import EquipmentClass
from app.db.places import Site
from app.domain.equipment import Criticality, Status
from app.domain.roles import Scope
from app.queries.equipment import machine


@dataclass(frozen=True, slots=True)
class EquipmentRecord:
    """A machine; `site` and `equipment_class` are codes, `version` guards changes."""

    id: int
    version: int
    tag: str
    name: str
    site_id: int
    site: str
    equipment_class_id: int
    equipment_class: str
    location_id: int | None
    team_id: int | None
    parent_id: int | None
    criticality: Criticality
    status: Status
    make: str
    model: str
    serial: str
    installed_on: date | None
    downtime_cost_per_hour: float | None
    attributes: Mapping[str, Any]


def equipment_record(session: Session, *, scope: Scope, equipment_id: int) -> EquipmentRecord:
    """The machine; raise NotFound, for another site's too."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    return EquipmentRecord(
        id=row.id,
        version=row.version,
        tag=row.tag,
        name=row.name,
        site_id=row.site_id,
        site=session.get_one(Site, row.site_id).code,
        equipment_class_id=row.equipment_class_id,
        equipment_class=session.get_one(EquipmentClass, row.equipment_class_id).code,
        location_id=row.location_id,
        team_id=row.team_id,
        parent_id=row.parent_id,
        criticality=row.criticality,
        status=row.status,
        make=row.make,
        model=row.model,
        serial=row.serial,
        installed_on=row.installed_on,
        downtime_cost_per_hour=row.downtime_cost_per_hour,
        attributes=dict(row.attributes),
    )
