"""What ended lives, machine by machine, as far as it was known at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import Finding, WorkOrder
from app.domain.activities import RENEWING
from app.domain.life_ends import (
    ANY,
    CONFIRMED_CONDITIONS,
    CONFIRMED_OUTCOMES,
    ENDING_OUTCOMES,
    WHOLE,
    LifeEnd,
    concerns,
)

Table = type[Failure] | type[ServiceRecord] | type[Finding]


def life_ends(
    session: Session,
    *,
    since: datetime,
    known_at: datetime,
    equipment_ids: Collection[int] | None = None,
) -> dict[int, list[LifeEnd]]:
    """Machine -> the ends of its components' lives after *since* that were known at *known_at*.

    None asks of every machine. Sorted: a failure stands before the repair of the same moment.
    """
    found: dict[int, list[LifeEnd]] = defaultdict(list)
    for table, is_renewal, more in (
        (Failure, False, sa.true()),
        (ServiceRecord, True, ServiceRecord.activity.in_(RENEWING)),
        (Finding, True, Finding.outcome.in_(ENDING_OUTCOMES)),
    ):
        asked = _records(table).where(
            more, table.at > since, table.at <= known_at, table.recorded_at <= known_at
        )
        if equipment_ids is not None:
            asked = asked.where(table.equipment_id.in_(equipment_ids))
        for machine, at, component in session.execute(asked):
            found[machine].append(LifeEnd(at, is_renewal, _part(component)))
    return {machine: sorted(ends) for machine, ends in found.items()}


def confirmed_faults(
    session: Session,
    *,
    equipment_ids: Collection[int],
    mode: str,
    since: datetime,
    until: datetime,
) -> int:
    """Faults somebody found before the function was lost, in (since, until], each order once.

    The repair of a failure finds a failed part, too; it is not counted.
    """
    repairs = sa.select(Failure.work_order_id).where(
        Failure.equipment_id.in_(equipment_ids), Failure.work_order_id.is_not(None)
    )
    faults: set[tuple[int, int | datetime]] = set()
    for table, is_confirmed in (
        (Finding, Finding.outcome.in_(CONFIRMED_OUTCOMES)),
        (ServiceRecord, _WORN_OUT),
    ):
        asked = _records(table, table.work_order_id).where(
            is_confirmed,
            table.equipment_id.in_(equipment_ids),
            table.at > since,
            table.at <= until,
            table.recorded_at <= until,
            sa.or_(table.work_order_id.is_(None), table.work_order_id.not_in(repairs)),
        )
        for machine, at, component, order in session.execute(asked):
            if concerns(LifeEnd(at, True, _part(component)), mode):
                faults.add((machine, order or at))
    return len(faults)


_WORN_OUT = sa.and_(
    ServiceRecord.activity.in_(RENEWING), ServiceRecord.condition_found.in_(CONFIRMED_CONDITIONS)
)


def _part(component: str | None) -> str:
    return WHOLE if component in (None, ANY) else str(component)


def _records(table: Table, *more: Any) -> sa.Select[Any]:
    """Machine, moment and component. A finding names no component where its order's mode does."""
    if table is not Finding:
        columns = (table.equipment_id, table.at, Component.code, *more)
        return sa.select(*columns).outerjoin(Component, Component.id == table.component_id)
    code = sa.func.coalesce(Component.code, WorkOrder.mode)
    return (
        sa.select(Finding.equipment_id, Finding.at, code, *more)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .outerjoin(Component, Component.id == Finding.component_id)
    )
