"""Finished orders of another system: on record, closed, and in the queue of label reviews.

They teach nothing until somebody has said what they tell (services.label_reviews).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.label_reviews import LabelReview, ReviewState
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.batches import Counts, Problem, Verdict, tally
from app.domain.instants import EPOCH
from app.domain.roles import Actor
from app.domain.work_orders import Source, State
from app.inputs.label_reviews import ImportWorkOrder
from app.inputs.records import Known
from app.services import audit
from app.services.equipment import hold
from app.services.records import FUTURE_LIMIT

IMPORTED = "imported"
_NUMBER, _COST = "Number: ", "Cost: "
_CHUNK = 500

Key = tuple[object, ...]


def import_orders(
    session: Session,
    *,
    orders: Sequence[ImportWorkOrder],
    known: Known,
    note: str,
    now: datetime,
    by: Actor,
) -> Counts:
    """Store closed orders with one line of history (*note*) and a waiting review each.

    Told again, an order is a duplicate; with another cost a conflict, and the first one stays.
    The line of history says when we came to know of it: then (`known` at) or now.
    """
    machines = _machines(session, {order.equipment_id for order in orders}, by)
    components = _components(session)
    hold(session, machines)
    held = _held(session, set(machines))
    verdicts, problems, fresh = [], [], []
    for number, order in enumerate(orders):
        refusal = _refusal(order, machines, components, now)
        key, cost = _key(order), _cost(order)
        if refusal:
            verdicts.append(Verdict.REJECTED)
            problems.append(Problem(number, *refusal))
        elif key not in held:
            held[key] = cost
            fresh.append(order)
            verdicts.append(Verdict.ACCEPTED)
        elif held[key] == cost:
            verdicts.append(Verdict.DUPLICATE)
        else:
            verdicts.append(Verdict.CONFLICT)
            said = held[key] or "none"
            problems.append(
                Problem(
                    number, "cost", f"is {said} on record for this machine, day and text; it stays"
                )
            )
    _write(session, fresh, machines, known=known, note=note, now=now, by=by)
    return tally(verdicts, problems)


def _machines(session: Session, ids: set[int], by: Actor) -> dict[int, Equipment]:
    rows = session.scalars(sa.select(Equipment).where(Equipment.id.in_(ids)))
    return {row.id: row for row in rows if by.scope.sees(row.site_id)}


def _components(session: Session) -> dict[int, int]:
    rows = session.execute(sa.select(Component.id, Component.equipment_class_id))
    return {row.id: row.equipment_class_id for row in rows}


def _refusal(
    order: ImportWorkOrder,
    machines: dict[int, Equipment],
    components: dict[int, int],
    now: datetime,
) -> tuple[str, str] | None:
    """The column and the reason why an order cannot be taken."""
    machine = machines.get(order.equipment_id)
    if machine is None:
        return "equipment", "is not known"
    owner = machine.equipment_class_id
    if order.component_id is not None and components.get(order.component_id) != owner:
        return "component", "is not one of this machine's class"
    if max(order.at, order.completed_at or order.at) > now + FUTURE_LIMIT:
        return "at", "lies in the future"
    if order.at < EPOCH:
        return "at", "lies before 1970"
    if order.completed_at is not None and order.completed_at < order.at:
        return "completed", "lies before the order was raised"
    return None


def _held(session: Session, ids: set[int]) -> dict[Key, str]:
    """The cost of every imported order of these machines, by what identifies it."""
    rows = session.execute(
        sa.select(
            WorkOrder.equipment_id,
            WorkOrder.created_at,
            WorkOrder.title,
            WorkOrder.type,
            WorkOrder.description,
        )
        .where(WorkOrder.equipment_id.in_(ids), WorkOrder.source == Source.IMPORT)
        .order_by(WorkOrder.id)
    )
    found: dict[Key, str] = {}
    for equipment_id, at, title, kind, description in rows:
        number = _told(description, _NUMBER)
        key = (equipment_id, number) if number else (equipment_id, at, title, kind)
        found[key] = _told(description, _COST)
    return found


def _key(order: ImportWorkOrder) -> Key:
    if order.number:
        return order.equipment_id, order.number
    return order.equipment_id, order.at, order.title, order.type


def _cost(order: ImportWorkOrder) -> str:
    return "" if order.cost is None else f"{order.cost:.2f}"


def _told(description: str, what: str) -> str:
    """What a line of the description says, "" when there is none."""
    lines = (line for line in description.splitlines() if line.startswith(what))
    return next(lines, "").removeprefix(what)


def _description(order: ImportWorkOrder) -> str:
    number = f"{_NUMBER}{order.number}" if order.number else ""
    cost = f"{_COST}{_cost(order)}" if order.cost is not None else ""
    return "\n".join(filter(None, (number, cost, order.facts)))


def _write(
    session: Session,
    orders: Sequence[ImportWorkOrder],
    machines: dict[int, Equipment],
    *,
    known: Known,
    note: str,
    now: datetime,
    by: Actor,
) -> None:
    if not orders:
        return
    rows = [_row(order, machines[order.equipment_id], by) for order in orders]
    session.add_all(rows)
    session.flush()
    pairs = list(zip(rows, orders, strict=True))
    lines = [_line(row, known=known, note=note, now=now, by=by) for row in rows]
    reviews = [_review(row, order, now) for row, order in pairs]
    for table, values in ((WorkOrderHistory, lines), (LabelReview, reviews)):
        for start in range(0, len(values), _CHUNK):
            session.execute(sa.insert(table), values[start : start + _CHUNK])
    told = [(row.id, {"state": [None, row.state.value], "known": known.value}) for row in rows]
    audit.record_all(session, entity="work_order", action=IMPORTED, changes=told, now=now, by=by)


def _row(order: ImportWorkOrder, machine: Equipment, by: Actor) -> WorkOrder:
    """What is proposed is not yet on the order itself."""
    finished_at = order.completed_at or order.at
    return WorkOrder(
        equipment_id=machine.id,
        type=order.type,
        source=Source.IMPORT,
        state=State.CLOSED,
        title=order.title,
        description=_description(order),
        team_id=machine.team_id,
        created_by_id=by.id,
        created_at=order.at,
        started_at=order.at,
        completed_at=finished_at,
        closed_at=finished_at,
    )


def _line(
    row: WorkOrder, *, known: Known, note: str, now: datetime, by: Actor
) -> dict[str, object]:
    return {
        "work_order_id": row.id,
        "at": row.created_at if known is Known.AT else now,
        "by_id": by.id,
        "by_name": by.name,
        "action": IMPORTED,
        "from_state": None,
        "to_state": row.state.value,
        "note": note,
    }


def _review(row: WorkOrder, order: ImportWorkOrder, now: datetime) -> dict[str, object]:
    return {
        "work_order_id": row.id,
        "equipment_id": row.equipment_id,
        "proposed_component_id": order.component_id,
        "proposed_function": order.function,
        "confidence": order.confidence,
        "evidence": order.evidence,
        "state": ReviewState.WAITING,
        "proposed_at": now,
    }
