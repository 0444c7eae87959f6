"""The overview: the riskiest machines, the work at hand, what was held back, the last night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.domain.equipment import Status
from app.domain.roles import Scope
from app.queries import record
from app.queries.predictions import RiskRow, held_back, ranking, seen
from app.queries.situations import Example, situations
from app.queries.training import RunRow, Waiting, last_night, waiting
from app.queries.work_orders import OrderCounts, OrderFilters, OrderRow, View, counts, orders

RISKIEST = 10
MOST_ORDERS = 8


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything the overview shows."""

    machines: int
    record: record.Summary
    examples: tuple[Example, ...]
    riskiest: tuple[RiskRow, ...]
    counts: OrderCounts
    suggested: tuple[OrderRow, ...]
    overdue: tuple[OrderRow, ...]
    next_due: tuple[OrderRow, ...]
    held: tuple[RiskRow, ...]
    night: RunRow | None
    waiting: tuple[Waiting, ...]


def dashboard(session: Session, *, scope: Scope, now: datetime, today: date) -> Dashboard:
    """The overview of the sites in sight."""

    def first(view: View) -> tuple[OrderRow, ...]:
        filters = OrderFilters(view=view)
        return orders(session, scope=scope, filters=filters, today=today, limit=MOST_ORDERS).rows

    overdue = first(View.OVERDUE)
    late = {row.id for row in overdue}
    failures = record.failures(session, scope=scope, now=now)
    findings = record.findings(session, scope=scope, now=now)
    return Dashboard(
        machines=_machines(session, scope),
        record=record.summary(failures, findings),
        examples=situations(session, scope=scope, now=now, failures=failures, findings=findings),
        riskiest=ranking(session, scope=scope, now=now, limit=RISKIEST).rows,
        counts=counts(session, scope=scope, today=today),
        suggested=first(View.PREDICTED),
        overdue=overdue,
        next_due=tuple(row for row in first(View.OPEN) if row.id not in late),
        held=tuple(held_back(session, scope=scope, now=now)),
        night=last_night(session, scope=scope),
        waiting=waiting(session),
    )


def _machines(session: Session, scope: Scope) -> int:
    asked = (
        sa.select(sa.func.count())
        .select_from(Equipment)
        .where(seen(Equipment.site_id, scope), Equipment.status != Status.RETIRED)
    )
    return session.scalar(asked) or 0
