"""Machines: the list, the choices of forms, and the door to one machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.places import Location, Site
from app.db.predictions import Forecast
from app.db.work_orders import WorkOrder
from app.domain.equipment import Criticality, Status
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.work_orders import UNFINISHED
from app.queries.page import PAGE_ROWS, Page, later, page, read_key
from app.queries.predictions import newest_forecast, seen, thresholds


@dataclass(frozen=True, slots=True)
class MachineRow:
    """One line of the list; `risk` is None until a night has spoken of the machine."""

    id: int
    tag: str
    name: str
    class_name: str
    site_code: str
    location: str
    criticality: Criticality
    status: Status
    risk: float | None
    risk_hours: float | None
    threshold: float
    open_orders: int

    @property
    def is_over(self) -> bool:
        """Whether the risk reaches the threshold of the machine's order rule."""
        return self.risk is not None and self.risk >= self.threshold


@dataclass(frozen=True, slots=True)
class MachineFilters:
    """What the list is narrowed to; None = everything."""

    search: str = ""
    class_id: int | None = None
    status: Status | None = None


class Choice(NamedTuple):
    """One entry of a list to choose from."""

    id: int
    name: str


def machines(
    session: Session,
    *,
    scope: Scope,
    filters: MachineFilters,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[MachineRow]:
    """Machines by tag; the filters narrow them."""
    asked = (
        sa.select(Equipment, EquipmentClass.name, Site.code, Location.name, Forecast)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .join(Site, Site.id == Equipment.site_id)
        .outerjoin(Location, Location.id == Equipment.location_id)
        .outerjoin(Forecast, Forecast.id == newest_forecast())
        .where(seen(Equipment.site_id, scope), *_narrowed(filters))
        .order_by(Equipment.tag, Equipment.id)
        .limit(limit + 1)
    )
    key = read_key(after, str, int)
    if key is not None:
        asked = asked.where(later((Equipment.tag, Equipment.id), key))
    rows = _machine_rows(session, session.execute(asked).all(), now)
    return page(rows, limit=limit, key=lambda row: (row.tag, row.id))


def machine(session: Session, *, scope: Scope, equipment_id: int) -> Equipment:
    """The row of a machine in sight; raise NotFound, also for another site's."""
    row = session.get(Equipment, equipment_id)
    if row is None or not scope.sees(row.site_id):
        raise NotFound(f"There is no equipment {equipment_id}.")
    return row


def machine_choices(session: Session, *, scope: Scope) -> list[Choice]:
    """Every machine in sight that work can be ordered for, by tag."""
    rows = session.execute(
        sa.select(Equipment.id, Equipment.tag, Equipment.name)
        .where(seen(Equipment.site_id, scope), Equipment.status != Status.RETIRED)
        .order_by(Equipment.tag, Equipment.id)
    )
    return [Choice(row_id, f"{tag} · {name}") for row_id, tag, name in rows]


def class_choices(session: Session, *, scope: Scope) -> list[Choice]:
    """The classes that have machines in sight."""
    rows = session.execute(
        sa.select(EquipmentClass.id, EquipmentClass.name)
        .join(Equipment, Equipment.equipment_class_id == EquipmentClass.id)
        .where(seen(Equipment.site_id, scope))
        .distinct()
        .order_by(EquipmentClass.name, EquipmentClass.id)
    )
    return [Choice(row_id, name) for row_id, name in rows]


def components_of(
    session: Session, *, scope: Scope, equipment_id: int | None
) -> tuple[Choice, ...]:
    """The components of a machine in sight; none before a machine was chosen."""
    if equipment_id is None:
        return ()
    row = machine(session, scope=scope, equipment_id=equipment_id)
    return components(session, class_id=row.equipment_class_id)


def components(session: Session, *, class_id: int) -> tuple[Choice, ...]:
    """The components of a class, by name."""
    rows = session.execute(
        sa.select(Component.id, Component.name)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.name, Component.id)
    )
    return tuple(Choice(row_id, name) for row_id, name in rows)


def _narrowed(filters: MachineFilters) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if filters.search:
        wanted.append(
            Equipment.tag.icontains(filters.search, autoescape=True)
            | Equipment.name.icontains(filters.search, autoescape=True)
        )
    if filters.class_id is not None:
        wanted.append(Equipment.equipment_class_id == filters.class_id)
    if filters.status is not None:
        wanted.append(Equipment.status == filters.status)
    return wanted


def _machine_rows(session: Session, found: Any, now: datetime) -> list[MachineRow]:
    limits = thresholds(session, {row[0].id: row[0].equipment_class_id for row in found}, at=now)
    orders = _order_counts(session, [row[0].id for row in found])
    return [
        MachineRow(
            id=row.id,
            tag=row.tag,
            name=row.name,
            class_name=class_name,
            site_code=site_code,
            location=location or "",
            criticality=row.criticality,
            status=row.status,
            risk=None if forecast is None else forecast.risk,
            risk_hours=None if forecast is None else forecast.risk_hours,
            threshold=limits[row.id],
            open_orders=orders.get(row.id, 0),
        )
        for row, class_name, site_code, location, forecast in found
    ]


def _order_counts(session: Session, equipment_ids: list[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, sa.func.count())
        .where(WorkOrder.equipment_id.in_(equipment_ids), WorkOrder.state.in_(UNFINISHED))
        .group_by(WorkOrder.equipment_id)
    )
    return dict(rows.all())
