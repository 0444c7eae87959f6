"""How an order is found for a deed, and how what was done is kept: history and audit, one each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.errors import NotFound, Stale
from app.domain.roles import Actor
from app.domain.work_orders import State
from app.services import audit

RAISED = "raised"


def find(
    session: Session, *, work_order_id: int, expected_version: int | None, by: Actor
) -> WorkOrder:
    """The order, held until the transaction ends; raise NotFound, or Stale when it moved on."""
    order = session.scalar(
        sa.select(WorkOrder)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(WorkOrder.id == work_order_id, _in_scope(by))
        .with_for_update(of=WorkOrder)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound(f"There is no work order {work_order_id}.")
    if expected_version is not None and order.version != expected_version:
        raise Stale(
            f"{order.number} was changed in the meantime: you saw version {expected_version},"
            f" it is now version {order.version}."
        )
    return order


def write_new(
    session: Session, order: WorkOrder, *, now: datetime, by: Actor, note: str = ""
) -> WorkOrder:
    """Add a new order with its first line of history."""
    order.created_at = now
    order.created_by_id = by.id
    session.add(order)
    session.flush()
    facts = {"type": order.type.value, "title": order.title, "equipment_id": order.equipment_id}
    remember(session, order, RAISED, was=None, note=note, changes=facts, now=now, by=by)
    return order


def remember(
    session: Session,
    order: WorkOrder,
    action: str,
    *,
    was: State | None,
    now: datetime,
    by: Actor,
    note: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write the one line of history and the one audit row of what was just done to *order*."""
    came_from = None if was is None else was.value
    session.add(
        WorkOrderHistory(
            work_order_id=order.id,
            at=now,
            by_id=by.id,
            by_name=by.name,
            action=action,
            from_state=came_from,
            to_state=order.state.value,
            note=note,
        )
    )
    audit.record(
        session,
        entity="work_order",
        entity_id=order.id,
        action=action,
        changes={"state": [came_from, order.state.value], **(changes or {})},
        now=now,
        by=by,
    )


def _in_scope(by: Actor) -> sa.ColumnElement[bool]:
    sites = by.scope.site_ids
    return sa.true() if sites is None else Equipment.site_id.in_(sites)
