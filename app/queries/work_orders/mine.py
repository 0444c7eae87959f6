"""A technician's day: what is mine, and what I could take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.work_orders import WorkOrder
from app.domain.roles import Scope
from app.domain.work_orders import RANK, UNFINISHED, State
from app.queries.work_orders.rows import NO_DUE, OrderRow, fetch, select_orders

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class MyWork:
    """Orders assigned to me, work in hand first; and open ones of my team nobody has."""

    mine: tuple[OrderRow, ...]
    available: tuple[OrderRow, ...]


def my_work(
    session: Session, *, scope: Scope, user_id: int, team_id: int | None, today: date
) -> MyWork:
    """What this person does today, by due date and priority; requests are not work yet."""
    workable = [state for state in UNFINISHED if state is not State.REQUESTED]
    mine = sa.and_(WorkOrder.assignee_id == user_id, WorkOrder.state.in_(workable))
    ours = sa.or_(WorkOrder.team_id.is_(None), WorkOrder.team_id == team_id)
    free = sa.and_(WorkOrder.assignee_id.is_(None), WorkOrder.state == State.OPEN, ours)
    return MyWork(_sorted(session, scope, mine, today), _sorted(session, scope, free, today))


def _sorted(
    session: Session, scope: Scope, where: sa.ColumnElement[bool], today: date
) -> tuple[OrderRow, ...]:
    wanted = select_orders(scope).where(where)
    rows = fetch(
        session,
        wanted.order_by(WorkOrder.due_on.is_(None), WorkOrder.due_on, WorkOrder.id).limit(
            MOST_ROWS
        ),
        today,
    )
    return tuple(sorted(rows, key=_urgency))


def _urgency(row: OrderRow) -> tuple[bool, date, int, int]:
    in_hand = row.state in (State.IN_PROGRESS, State.ON_HOLD)
    return (not in_hand, row.due_on or NO_DUE, RANK[row.priority], row.id)
