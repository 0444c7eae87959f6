"""The work order list: saved views, filters, and pages by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.work_orders import WorkOrder
from app.domain.errors import InvalidInput
from app.domain.roles import Scope
from app.domain.work_orders import FINISHED, UNFINISHED, OrderType, Priority, Source, State
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.work_orders.rows import NO_DUE, OrderRow, due_key, fetch, select_orders


class View(StrEnum):
    """The saved filters of the list."""

    OPEN = "open"
    REQUESTED = "requested"
    OVERDUE = "overdue"
    PREDICTED = "predicted"
    UNASSIGNED = "unassigned"
    ON_HOLD = "on_hold"
    TO_REVIEW = "to_review"
    FINISHED = "finished"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """What narrows a view down; None and "" leave it as it is."""

    view: View = View.OPEN
    state: State | None = None
    type: OrderType | None = None
    source: Source | None = None
    priority: Priority | None = None
    equipment_id: int | None = None
    team_id: int | None = None
    assignee_id: int | None = None
    text: str = ""


_unfinished = WorkOrder.state.in_(UNFINISHED)


def _asked_now(today: date) -> sa.ColumnElement[bool]:
    """Not put off, or only until today (a snooze ends at noon: the same day in UTC)."""
    tomorrow = datetime.combine(today + timedelta(days=1), time.min, tzinfo=UTC)
    return sa.or_(WorkOrder.snoozed_until.is_(None), WorkOrder.snoozed_until < tomorrow)


VIEWS: dict[View, Callable[[date], sa.ColumnElement[bool]]] = {
    View.OPEN: lambda _: _unfinished,
    View.REQUESTED: lambda today: sa.and_(WorkOrder.state == State.REQUESTED, _asked_now(today)),
    View.OVERDUE: lambda today: sa.and_(_unfinished, WorkOrder.due_on < today),
    View.PREDICTED: lambda _: sa.and_(_unfinished, WorkOrder.type == OrderType.PREDICTIVE),
    View.UNASSIGNED: lambda _: sa.and_(_unfinished, WorkOrder.assignee_id.is_(None)),
    View.ON_HOLD: lambda _: WorkOrder.state == State.ON_HOLD,
    View.TO_REVIEW: lambda _: WorkOrder.state == State.COMPLETED,
    View.FINISHED: lambda _: WorkOrder.state.in_(FINISHED),
    View.ALL: lambda _: sa.true(),
}
# What is over is read from its newest end; what is to be done, by due date.
_NEWEST_FIRST = frozenset({View.FINISHED, View.TO_REVIEW, View.ALL})


def orders(
    session: Session,
    *,
    scope: Scope,
    filters: OrderFilters,
    today: date,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[OrderRow]:
    """One page of the list; work to do comes by due date, finished work newest first."""
    wanted = select_orders(scope).where(VIEWS[filters.view](today), *_narrowed(filters))
    if filters.view in _NEWEST_FIRST:
        key = read_key(after, int)
        if key is not None:
            wanted = wanted.where(WorkOrder.id < key[0])
        rows = fetch(session, wanted.order_by(WorkOrder.id.desc()).limit(limit + 1), today)
        return page(rows, limit=limit, key=lambda row: (row.id,))
    key = read_key(after, str, int)
    if key is not None:
        wanted = wanted.where(_behind(_day(str(key[0])), int(key[1])))
    rows = fetch(session, wanted.order_by(due_key(), WorkOrder.id).limit(limit + 1), today)
    return page(rows, limit=limit, key=lambda row: ((row.due_on or NO_DUE).isoformat(), row.id))


def _behind(due_on: date, order_id: int) -> sa.ColumnElement[bool]:
    later = due_key() > due_on
    return sa.or_(later, sa.and_(due_key() == due_on, WorkOrder.id > order_id))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput({"after": "is not the key of a page"}) from None


def _narrowed(filters: OrderFilters) -> list[sa.ColumnElement[bool]]:
    exact = {
        WorkOrder.state: filters.state,
        WorkOrder.type: filters.type,
        WorkOrder.source: filters.source,
        WorkOrder.priority: filters.priority,
        WorkOrder.equipment_id: filters.equipment_id,
        WorkOrder.team_id: filters.team_id,
        WorkOrder.assignee_id: filters.assignee_id,
    }
    found = [column == value for column, value in exact.items() if value is not None]
    return [*found, _has(filters.text.strip())] if filters.text.strip() else found


def _has(text: str) -> sa.ColumnElement[bool]:
    """The words in the title, the machine's tag or name, or the order's number."""
    number = text.upper().removeprefix("WO-")
    columns = (WorkOrder.title, Equipment.tag, Equipment.name)
    hits = [column.icontains(text, autoescape=True) for column in columns]
    if number.isascii() and number.isdigit() and len(number) < 10:
        hits.append(WorkOrder.id == int(number))
    return sa.or_(*hits)
