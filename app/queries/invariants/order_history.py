"""Do the lines of an order's life lead to where it stands, and is each of them audited?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.work_orders import WorkOrder, WorkOrderHistory, order_number
from app.domain.work_orders import TRANSITIONS, State

_CHUNK = 1_000
_MOVES = {(state.value, rule.to.value) for (state, _), rule in TRANSITIONS.items()}
Line = tuple[str | None, str | None]


def broken_histories(session: Session) -> Iterator[str]:
    """Orders whose lines do not join up, skip the table of transitions or end elsewhere."""
    wanted = (
        sa.select(
            WorkOrder.id,
            WorkOrder.state,
            WorkOrderHistory.from_state,
            WorkOrderHistory.to_state,
        )
        .outerjoin(WorkOrderHistory, WorkOrderHistory.work_order_id == WorkOrder.id)
        .order_by(WorkOrder.id, WorkOrderHistory.id)
        .execution_options(yield_per=_CHUNK)
    )
    with session.execute(wanted) as rows:
        for (order_id, state), lines in groupby(rows, key=itemgetter(0, 1)):
            trouble = _trouble(state, [(line[2], line[3]) for line in lines])
            if trouble is not None:
                yield f"{order_number(order_id)} {trouble}"


def unmatched_audits(session: Session) -> Iterator[str]:
    """Orders with more lines of history than audit rows, or the other way round."""
    audits = (
        sa.select(AuditRow.entity_id, sa.func.count().label("n"))
        .where(AuditRow.entity == "work_order")
        .group_by(AuditRow.entity_id)
        .subquery()
    )
    lines = (
        sa.select(WorkOrderHistory.work_order_id, sa.func.count().label("n"))
        .group_by(WorkOrderHistory.work_order_id)
        .subquery()
    )
    audited = sa.func.coalesce(audits.c.n, 0)
    lived = sa.func.coalesce(lines.c.n, 0)
    rows = session.execute(
        sa.select(WorkOrder.id, lived, audited)
        .outerjoin(lines, lines.c.work_order_id == WorkOrder.id)
        .outerjoin(audits, audits.c.entity_id == sa.cast(WorkOrder.id, sa.String))
        .where(lived != audited)
        .order_by(WorkOrder.id)
    )
    for order_id, lines_found, audits_found in rows:
        yield f"{order_number(order_id)} has {lines_found} lines and {audits_found} audit rows"


def _trouble(state: State, lines: list[Line]) -> str | None:
    if lines[0] == (None, None):
        return "has no history"
    if lines[0][0] is not None:
        return "has no beginning"
    for (_, before), (came_from, to) in pairwise(lines):
        if came_from != before:
            return f"was {before} and then {came_from} without a line between"
        if came_from != to and (came_from, to) not in _MOVES:
            return f"went from {came_from} to {to} against the table"
    return None if lines[-1][1] == state.value else f"is {state.value}, its history says otherwise"
