"""Work that would do a suggestion's work as well: open orders, and services that fall due soon.

Absorb, not add (domain model 4.3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Equipment
from app.db.places import Site
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder, order_number
from app.domain.schedules import Interval, next_due
from app.domain.work_orders import FINISHED, OrderType, State

# What opens or looks at a component anyway.
HOSTS = (OrderType.CORRECTIVE, OrderType.PREVENTIVE, OrderType.INSPECTION)
_IN_HAND = frozenset({State.IN_PROGRESS, State.ON_HOLD})
_DAY = "%d %b %Y"


@dataclass(frozen=True, slots=True)
class Host:
    """What absorbs a suggestion, in a sentence; a service that is not raised yet has no order."""

    order_id: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class _Service:
    component_id: int | None
    title: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Hosts:
    """Open work and coming services of some machines; days are those of the machine's site."""

    orders: Mapping[int, Sequence[WorkOrder]]
    services: Mapping[int, Sequence[_Service]]
    by_hand: Mapping[tuple[int, str], WorkOrder]
    zones: Mapping[int, ZoneInfo]

    def of(
        self, *, equipment_id: int, mode: str, component_id: int | None, until: datetime
    ) -> Host | None:
        """What would do the work on the component before *until*; the oldest order first.

        1. The order a person put an earlier suggestion of this mode into.
        2. Open work on the component; a service in time, of the component or the whole machine.
        3. A service of the component that will be raised in time.
        """
        zone = self.zones[equipment_id]
        last = until.astimezone(zone).date()
        chosen = self.by_hand.get((equipment_id, mode))
        if chosen is not None:
            return Host(chosen.id, _told(chosen))
        for order in self.orders.get(equipment_id, ()):
            if _does(order, component_id, last, zone):
                return Host(order.id, _told(order))
        for service in self.services.get(equipment_id, ()):
            if service.component_id == component_id and service.due_on < last:
                return Host(None, _promised(service, last))
        return None


def hosts(session: Session, *, equipment_ids: Sequence[int]) -> Hosts:
    """The open work and the coming services of these machines, as they stand now."""
    orders: dict[int, list[WorkOrder]] = defaultdict(list)
    for order in session.scalars(_open(equipment_ids)):
        orders[order.equipment_id].append(order)
    return Hosts(
        orders=orders,
        services=_services(session, equipment_ids),
        by_hand=_by_hand(session, equipment_ids),
        zones=_zones(session, equipment_ids),
    )


def _does(order: WorkOrder, component_id: int | None, last: date, zone: ZoneInfo) -> bool:
    """Whether an open order does the work on the component; a service must come in time, too."""
    is_service = order.type is OrderType.PREVENTIVE
    if order.component_id != component_id and not (is_service and order.component_id is None):
        return False
    if not is_service or order.state in _IN_HAND:
        return True
    planned = order.planned_start_at
    on = planned.astimezone(zone).date() if planned else order.due_on
    return on is None or on < last


def _told(order: WorkOrder) -> str:
    due = f", due {order.due_on:{_DAY}}" if order.due_on else ""
    return f"{order_number(order.id)} ({order.title}{due}) does this work already."


def _promised(service: _Service, last: date) -> str:
    return (
        f"The service {service.title} falls due on {service.due_on:{_DAY}}, before the lower bound"
        f" of the remaining life, {last:{_DAY}}."
    )


def _open(equipment_ids: Sequence[int]) -> sa.Select[WorkOrder]:
    return (
        sa.select(WorkOrder)
        .where(
            WorkOrder.equipment_id.in_(equipment_ids),
            WorkOrder.type.in_(HOSTS),
            WorkOrder.state.not_in(FINISHED),
        )
        .order_by(WorkOrder.id)
    )


def _by_hand(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], WorkOrder]:
    """Machine and mode -> the open order a person put its last suggestion into."""
    absorbed = aliased(WorkOrder)
    rows = session.execute(
        sa.select(absorbed.equipment_id, absorbed.mode, WorkOrder)
        .join(WorkOrder, WorkOrder.id == absorbed.absorbed_into_id)
        .where(absorbed.equipment_id.in_(ids), WorkOrder.state.not_in(FINISHED))
        .order_by(absorbed.id)
    )
    return {(equipment_id, mode): order for equipment_id, mode, order in rows}


def _services(session: Session, ids: Sequence[int]) -> dict[int, list[_Service]]:
    """What comes round without an order yet; those raised already are orders."""
    raised = sa.select(WorkOrder.schedule_id).where(
        WorkOrder.schedule_id.is_not(None), WorkOrder.state.not_in(FINISHED)
    )
    rows = session.scalars(
        sa.select(PreventiveSchedule)
        .where(
            PreventiveSchedule.equipment_id.in_(ids),
            PreventiveSchedule.is_active,
            PreventiveSchedule.id.not_in(raised),
        )
        .order_by(PreventiveSchedule.id)
    )
    found: dict[int, list[_Service]] = defaultdict(list)
    for row in rows:
        found[row.equipment_id].append(_Service(row.component_id, row.title, _due(row)))
    return found


def _due(row: PreventiveSchedule) -> date:
    return next_due(
        Interval(row.every, row.unit),
        row.basis,
        starts_on=row.starts_on,
        last_due_on=row.last_due_on,
        last_done_on=row.last_done_on,
    )


def _zones(session: Session, ids: Sequence[int]) -> dict[int, ZoneInfo]:
    rows = session.execute(
        sa.select(Equipment.id, Site.timezone)
        .join(Site, Site.id == Equipment.site_id)
        .where(Equipment.id.in_(ids))
    )
    return {id_: ZoneInfo(name) for id_, name in rows}
