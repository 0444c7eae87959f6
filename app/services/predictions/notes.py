"""What is written of a decision: the decision itself, an order's evidence, a line of history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.predictions import Decision
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.risk import Verdict
from app.domain.roles import Actor
from app.domain.work_orders import State
from app.queries.candidates import Candidate
from app.services.work_orders import ledger

NIGHT = "night"
# What a planner may still decide about; work in hand is not re-prioritised by a machine.
MOVABLE = frozenset({State.REQUESTED, State.OPEN, State.PLANNED})


def note(
    session: Session,
    run_id: int,
    candidate: Candidate,
    verdict: Verdict,
    reason: str,
    *,
    order_id: int | None = None,
) -> None:
    """Keep what was decided on a candidate, and why."""
    session.add(
        Decision(
            run_id=run_id,
            equipment_id=candidate.equipment_id,
            mode=candidate.mode,
            forecast_id=candidate.forecast_id,
            work_order_id=order_id,
            verdict=verdict,
            risk=candidate.risk,
            threshold=min(candidate.rule.threshold, 1.0),
            reason=reason,
        )
    )


def support(
    session: Session, run_id: int, order_id: int, candidate: Candidate, *, now: datetime
) -> None:
    """Put the candidate's forecast behind an order."""
    session.add(
        OrderEvidence(
            work_order_id=order_id,
            run_id=run_id,
            forecast_id=candidate.forecast_id,
            at=now,
            risk=candidate.risk,
            threshold=candidate.rule.threshold,
        )
    )


def remember(
    session: Session, order: WorkOrder, action: str, why: str, *, now: datetime, by: Actor
) -> None:
    """A line of the order's history that does not move it."""
    facts = {"risk": order.risk, "priority": order.priority.value}
    ledger.remember(
        session, order, action, was=order.state, note=why, changes=facts, now=now, by=by
    )
