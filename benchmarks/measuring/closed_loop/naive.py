"""Naive labels: training sees every intervention as if nothing had been there and nothing done.

The record is rewritten while a refit reads it and put back afterwards, so the product itself needs
no such mode: what people found on suggested orders reads "nothing found", and what they renewed
on them reads as a mere check, so that the life of the component goes on in the labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.db.records import ServiceRecord
from app.db.work_orders import Finding, WorkOrder
from app.domain.activities import Activity
from app.domain.order_actions import SUGGESTIONS
from app.domain.work_orders import Function, Outcome

Rows = list[dict[str, Any]]


@contextmanager
def nothing_was_there(database: Database) -> Iterator[None]:
    """For the length of the block every finding short of a failure is a "nothing found"."""
    with database.transaction() as session:
        found, renewed = _findings(session), _renewals(session)
        _write(session, Finding, [{**row, "outcome": Outcome.NOTHING_FOUND} for row in found])
        checks = [{**row, "activity": Activity.CHECK.value} for row in renewed]
        _write(session, ServiceRecord, checks)
    try:
        yield
    finally:
        with database.transaction() as session:
            _write(session, Finding, found)
            _write(session, ServiceRecord, renewed)


def _suggested() -> sa.Select[int]:
    return sa.select(WorkOrder.id).where(WorkOrder.source.in_(tuple(SUGGESTIONS)))


def _findings(session: Session) -> Rows:
    rows = session.execute(
        sa.select(Finding.id, Finding.outcome).where(
            Finding.outcome.is_not(None),
            Finding.function.is_distinct_from(Function.LOST),
            Finding.work_order_id.in_(_suggested()),
        )
    )
    return [{"id": number, "outcome": outcome} for number, outcome in rows]


def _renewals(session: Session) -> Rows:
    rows = session.execute(
        sa.select(ServiceRecord.id, ServiceRecord.activity).where(
            ServiceRecord.is_planned, ServiceRecord.work_order_id.in_(_suggested())
        )
    )
    return [{"id": number, "activity": activity} for number, activity in rows]


def _write(session: Session, table: type[Finding] | type[ServiceRecord], rows: Rows) -> None:
    if rows:
        session.execute(sa.update(table), rows)
