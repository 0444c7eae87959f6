"""A suggestion's work becomes part of an order that is there already: absorb, not add."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.errors import InvalidInput
from app.domain.roles import Actor
from app.domain.work_orders import RANK, Action, Dismissal, OrderType, State, words
from app.inputs.work_orders import AbsorbSuggestion
from app.services.equipment import bump
from app.services.work_orders.dismissing import write_dismissal
from app.services.work_orders.ledger import find, remember
from app.services.work_orders.moving import begin, finish

ABSORBED = "absorbed"
# What has not been finished, and is decided on.
HOSTS = frozenset({State.OPEN, State.PLANNED, State.IN_PROGRESS, State.ON_HOLD})


def absorb(
    session: Session,
    *,
    work_order_id: int,
    absorption: AbsorbSuggestion,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Let an open order of the same machine include a suggestion's work.

    The host gets the suggestion's evidence, its priority where that is higher, and a line of
    history; the suggestion ends as its duplicate. Raise InvalidInput when the host is none.
    """
    order = begin(session, Action.ABSORB, work_order_id, expected_version, now, by)
    host = find(session, work_order_id=absorption.into_order_id, expected_version=None, by=by)
    _require_host(order, host)
    _copy_evidence(session, order, host)
    order.absorbed_into_id, order.closed_at, order.snoozed_until = host.id, now, None
    write_dismissal(session, order, Dismissal.DUPLICATE, absorption.note, now=now, by=by)
    told = f"Its work is part of {host.number}. {absorption.note}".strip()
    changes = {"absorbed_into_id": host.id}
    finish(session, order, Action.ABSORB, note=told, changes=changes, now=now, by=by)
    _tell_host(session, host, order, now=now, by=by)
    bump(session, [order.equipment_id])


def _require_host(order: WorkOrder, host: WorkOrder) -> None:
    why = ""
    if host.id == order.id or host.type is OrderType.PREDICTIVE:
        why = "A suggestion becomes part of other work, not of a suggestion."
    elif host.equipment_id != order.equipment_id:
        why = f"{host.number} is about another machine."
    elif host.state not in HOSTS:
        why = f"{host.number} is {words(host.state)}."
    if why:
        raise InvalidInput({"into_order_id": why})


def _copy_evidence(session: Session, order: WorkOrder, host: WorkOrder) -> None:
    """Every night's word, unless the host has heard that night already."""
    heard = set(
        session.scalars(
            sa.select(OrderEvidence.run_id).where(OrderEvidence.work_order_id == host.id)
        )
    )
    rows = session.scalars(
        sa.select(OrderEvidence)
        .where(OrderEvidence.work_order_id == order.id)
        .order_by(OrderEvidence.id)
    ).all()
    for row in rows:
        if row.run_id not in heard:
            session.add(
                OrderEvidence(
                    work_order_id=host.id,
                    run_id=row.run_id,
                    forecast_id=row.forecast_id,
                    at=row.at,
                    risk=row.risk,
                    threshold=row.threshold,
                )
            )


def _tell_host(
    session: Session, host: WorkOrder, order: WorkOrder, *, now: datetime, by: Actor
) -> None:
    told = f"Includes {order.number} now: {order.title}."
    changes: dict[str, object] = {"absorbed": order.id}
    if RANK[order.priority] < RANK[host.priority]:
        told += f" Priority {host.priority.value} -> {order.priority.value}."
        changes["priority"] = [host.priority.value, order.priority.value]
        host.priority = order.priority
    session.flush()
    remember(session, host, ABSORBED, was=host.state, note=told, changes=changes, now=now, by=by)
