"""The night's last word: forecasts become decisions, decisions become predicted-failure orders.

One transaction after all outcomes, deterministic and idempotent: the same forecasts decided twice
raise nothing twice. A human's move always wins; the night never closes an order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Decision
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.risk import HELD, Gate, Verdict, is_over, priority_of
from app.domain.roles import Actor
from app.domain.work_orders import RANK, OrderType, Source, State, in_sentence
from app.queries.candidates import Candidate, candidates, raised_this_week
from app.services import outbox
from app.services.work_orders import ledger

NIGHT = "night"
# What a planner may still decide about; work in hand is not re-prioritised by a machine.
_MOVABLE = frozenset({State.REQUESTED, State.OPEN, State.PLANNED})


@dataclass(frozen=True, slots=True)
class Decided:
    """What a night decided, counted."""

    raised: tuple[int, ...]
    updated: int
    held_back: int
    withheld: int


def decide(
    session: Session, *, run_id: int, equipment_ids: Sequence[int], now: datetime, by: Actor
) -> Decided:
    """Turn the newest forecasts of these machines into decisions and orders.

    1. An open predicted order of the same machine and mode gets the new evidence.
    2. A new risk above the rule's threshold is withheld (gate), held (snooze, cooldown) or wanted.
    3. Wanted orders are raised by expected saving until their crew's weekly budget is used up.
    """
    if session.scalar(sa.select(Decision.id).where(Decision.run_id == run_id).limit(1)):
        return _decided_before(session, run_id)
    wanted: list[Candidate] = []
    for candidate in candidates(session, equipment_ids=equipment_ids, run_id=run_id):
        if candidate.open_order_id is not None:
            _update(session, run_id, candidate, now=now, by=by)
        elif candidate.risk >= candidate.rule.threshold:
            refusal = _refusal(candidate)
            if refusal is None:
                wanted.append(candidate)
            else:
                _note(session, run_id, candidate, *refusal)
    _raise_within_budget(session, run_id, wanted, now=now, by=by)
    session.flush()
    return _decided_before(session, run_id)


def _decided_before(session: Session, run_id: int) -> Decided:
    rows = session.execute(
        sa.select(Decision.verdict, Decision.work_order_id)
        .where(Decision.run_id == run_id)
        .order_by(Decision.id)
    ).all()
    counts = Counter(verdict for verdict, _ in rows)
    return Decided(
        raised=tuple(order for verdict, order in rows if verdict is Verdict.RAISED and order),
        updated=counts[Verdict.UPDATED] + counts[Verdict.WITHDRAWAL],
        held_back=sum(counts[verdict] for verdict in HELD),
        withheld=counts[Verdict.WITHHELD],
    )


def _refusal(candidate: Candidate) -> tuple[Verdict, str] | None:
    """Why a risk above the threshold becomes no order tonight; None when nothing stands against."""
    if not candidate.is_earned:
        return Verdict.WITHHELD, candidate.gate_reason
    if candidate.snoozed_until is not None:
        return Verdict.HELD_SNOOZED, f"Snoozed until {candidate.snoozed_until:%d %b %Y %H:%M} UTC."
    if candidate.quiet_until is not None:
        return (
            Verdict.HELD_COOLDOWN,
            f"Work or a dismissal ended less than {candidate.rule.cooldown.days} days before;"
            f" quiet until {candidate.quiet_until:%d %b %Y}.",
        )
    return None


def _raise_within_budget(
    session: Session, run_id: int, wanted: Iterable[Candidate], *, now: datetime, by: Actor
) -> None:
    """Highest expected saving first; ties in the order of tag and mode, never of arrival."""
    used = raised_this_week(session, now=now)
    ranked = sorted(wanted, key=lambda c: (-c.rule.saving(c.risk), c.tag, c.mode))
    for candidate in ranked:
        budget = candidate.rule.weekly_budget
        if budget is not None and used[candidate.crew] >= budget:
            why = f"The crew's budget of {budget} new predicted orders a week is used up."
            _note(session, run_id, candidate, Verdict.HELD_BUDGET, why)
        else:
            used[candidate.crew] += 1
            _raise(session, run_id, candidate, now=now, by=by)


def _raise(
    session: Session, run_id: int, candidate: Candidate, *, now: datetime, by: Actor
) -> None:
    approve = candidate.rule.approve_first or candidate.gate is not Gate.OPEN
    order = WorkOrder(
        equipment_id=candidate.equipment_id,
        component_id=candidate.component_id,
        mode=candidate.mode,
        type=OrderType.PREDICTIVE,
        source=Source.PREDICTION,
        state=State.REQUESTED if approve else State.OPEN,
        priority=priority_of(candidate.risk, candidate.rule.threshold),
        title=f"Inspect {in_sentence(candidate.component_name)} of {candidate.tag}",
        description=candidate.evidence,
        team_id=candidate.team_id,
        due_on=(candidate.as_of + candidate.rule.lead + candidate.rule.review).date(),
        risk=candidate.risk,
    )
    told = f"Suggested by the forecast of {candidate.as_of:%d %b %Y}."
    ledger.write_new(session, order, now=now, by=by, note=told)
    why = f"Risk {candidate.risk:.1%} reached the threshold of {candidate.rule.threshold:.1%}."
    _support(session, run_id, order, candidate, now=now)
    _note(session, run_id, candidate, Verdict.RAISED, why, order_id=order.id)
    outbox.put(session, kind="order_raised", payload=_message(order), now=now)


def _update(
    session: Session, run_id: int, candidate: Candidate, *, now: datetime, by: Actor
) -> None:
    """New evidence for the open order: escalate, propose withdrawal, or just note the risk."""
    order = session.get_one(WorkOrder, candidate.open_order_id)
    before, order.risk = order.risk or 0.0, candidate.risk
    _support(session, run_id, order, candidate, now=now)
    verdict, why = Verdict.UPDATED, f"Risk {before:.1%} -> {candidate.risk:.1%}."
    urgency = priority_of(candidate.risk, candidate.rule.threshold)
    if is_over(candidate.risk, candidate.rule.threshold):
        verdict = Verdict.WITHDRAWAL
        why = f"Risk fell from {before:.1%} to {candidate.risk:.1%}: withdrawal proposed."
        _propose_withdrawal(session, order, now=now, by=by)
    elif order.state in _MOVABLE:
        order.withdrawal_proposed_at = None
        if candidate.risk > before and RANK[urgency] < RANK[order.priority]:
            told = f"The forecast grew worse: priority {order.priority.value} -> {urgency.value}."
            order.priority = urgency
            _remember(session, order, "escalated", told, now=now, by=by)
    _note(session, run_id, candidate, verdict, why, order_id=order.id)


def _propose_withdrawal(session: Session, order: WorkOrder, *, now: datetime, by: Actor) -> None:
    if order.withdrawal_proposed_at is None and order.state in _MOVABLE:
        order.withdrawal_proposed_at = now
        told = "The forecast fell back to normal: withdrawal proposed."
        _remember(session, order, "withdrawal_proposed", told, now=now, by=by)


def _remember(
    session: Session, order: WorkOrder, action: str, why: str, *, now: datetime, by: Actor
) -> None:
    facts = {"risk": order.risk, "priority": order.priority.value}
    ledger.remember(
        session, order, action, was=order.state, note=why, changes=facts, now=now, by=by
    )


def _support(
    session: Session, run_id: int, order: WorkOrder, candidate: Candidate, *, now: datetime
) -> None:
    session.add(
        OrderEvidence(
            work_order_id=order.id,
            run_id=run_id,
            forecast_id=candidate.forecast_id,
            at=now,
            risk=candidate.risk,
            threshold=candidate.rule.threshold,
        )
    )


def _note(
    session: Session,
    run_id: int,
    candidate: Candidate,
    verdict: Verdict,
    reason: str,
    *,
    order_id: int | None = None,
) -> None:
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


def _message(order: WorkOrder) -> dict[str, object]:
    return {"number": order.number, "equipment_id": order.equipment_id, "risk": order.risk}
