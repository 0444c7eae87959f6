"""New evidence for open orders: escalate, propose withdrawal, or just note the risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.work_orders import WorkOrder
from app.domain.risk import Verdict, is_over, priority_of
from app.domain.risk_words import Told, grouped, why_it_fell, why_it_grew
from app.domain.roles import Actor
from app.domain.work_orders import RANK
from app.queries.candidates import Candidate
from app.queries.evidence import told_before
from app.services.predictions.notes import MOVABLE, note, remember, support


def update(
    session: Session, run_id: int, known: Sequence[Candidate], *, now: datetime, by: Actor
) -> set[int]:
    """Bring the open orders of these candidates up to date; return the orders' ids."""
    ids = {c.open_order_id for c in known if c.open_order_id is not None}
    told = told_before(session, order_ids=ids)
    rows = sa.select(WorkOrder).where(WorkOrder.id.in_(ids)).order_by(WorkOrder.id)
    orders = {order.id: order for order in session.scalars(rows)}
    for candidate in known:
        order = orders[candidate.open_order_id or 0]
        tonight = Told(candidate.as_of, candidate.risk, grouped(candidate.drivers))
        nights = [*told.get(order.id, ()), tonight]
        _update(session, run_id, candidate, order, nights, now=now, by=by)
    return ids


def _update(
    session: Session,
    run_id: int,
    candidate: Candidate,
    order: WorkOrder,
    nights: Sequence[Told],
    *,
    now: datetime,
    by: Actor,
) -> None:
    before, order.risk = order.risk or 0.0, candidate.risk
    support(session, run_id, order.id, candidate, now=now)
    verdict, why = Verdict.UPDATED, f"Risk {before:.1%} -> {candidate.risk:.1%}."
    if is_over(candidate.risk, candidate.rule.threshold):
        verdict, why = Verdict.WITHDRAWAL, _fallen(before, nights)
        _propose_withdrawal(session, order, nights, now=now, by=by)
    elif order.state in MOVABLE:
        order.withdrawal_proposed_at = None
        if candidate.risk > before:
            _escalate(session, order, candidate, nights, now=now, by=by)
    note(session, run_id, candidate, verdict, why, order_id=order.id)


def _escalate(
    session: Session,
    order: WorkOrder,
    candidate: Candidate,
    nights: Sequence[Told],
    *,
    now: datetime,
    by: Actor,
) -> None:
    urgency = priority_of(candidate.risk, candidate.rule.threshold)
    if RANK[urgency] >= RANK[order.priority]:
        return
    change = f"priority {order.priority.value} -> {urgency.value}."
    why = why_it_grew(nights)
    told = f"The forecast grew worse: {change}"
    if why:
        told = f"Risk grew from {nights[-2].risk:.1%} to {candidate.risk:.1%}: {why}; {change}"
    order.priority = urgency
    remember(session, order, "escalated", told, now=now, by=by)


def _propose_withdrawal(
    session: Session, order: WorkOrder, nights: Sequence[Told], *, now: datetime, by: Actor
) -> None:
    """Say so once; a person decides."""
    if order.withdrawal_proposed_at is not None or order.state not in MOVABLE:
        return
    order.withdrawal_proposed_at = now
    worst = max(told.risk for told in nights)
    told = _fallen(worst, nights)
    remember(session, order, "withdrawal_proposed", told, now=now, by=by)


def _fallen(before: float, nights: Sequence[Told]) -> str:
    fell = f"Risk fell from {before:.1%} to {nights[-1].risk:.1%}"
    why = why_it_fell(nights)
    return f"{fell}: {why}. Withdrawal proposed." if why else f"{fell}: withdrawal proposed."
