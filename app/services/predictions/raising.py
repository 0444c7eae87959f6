"""New predicted-failure orders, within each crew's weekly budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.work_orders import WorkOrder
from app.domain.risk import Gate, Verdict, priority_of
from app.domain.roles import Actor
from app.domain.work_orders import OrderType, Source, State, in_sentence
from app.queries.candidates import Candidate, raised_this_week
from app.services import outbox
from app.services.predictions.notes import note, support
from app.services.work_orders import ledger


def raise_or_hold(
    session: Session, run_id: int, wanted: Iterable[Candidate], *, now: datetime, by: Actor
) -> None:
    """Raise what the budgets allow, note what they hold back."""
    for candidate, fits in by_saving(session, wanted, now=now):
        if fits:
            order = write_order(session, run_id, candidate, now=now, by=by)
            reached = f"Risk {candidate.risk:.1%} reached the threshold of"
            why = f"{reached} {candidate.rule.threshold:.1%}."
            note(session, run_id, candidate, Verdict.RAISED, why, order_id=order.id)
        else:
            budget = candidate.rule.weekly_budget
            why = f"The crew's budget of {budget} new predicted orders a week is used up."
            note(session, run_id, candidate, Verdict.HELD_BUDGET, why)


def by_saving(
    session: Session, wanted: Iterable[Candidate], *, now: datetime
) -> Iterator[tuple[Candidate, bool]]:
    """Each candidate, and whether it fits in its crew's budget.

    Highest expected saving first; ties in the order of tag and mode, never of arrival.
    """
    used = raised_this_week(session, now=now)
    for candidate in sorted(wanted, key=lambda c: (-c.rule.saving(c.risk), c.tag, c.mode)):
        budget = candidate.rule.weekly_budget
        fits = budget is None or used[candidate.crew] < budget
        used[candidate.crew] += fits
        yield candidate, fits


def write_order(
    session: Session,
    run_id: int,
    candidate: Candidate,
    *,
    now: datetime,
    by: Actor,
    remark: str = "",
) -> WorkOrder:
    """Write the order with its evidence, history and message; *remark* is added to the history."""
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
    told = f"Suggested by the forecast of {candidate.as_of:%d %b %Y}. {remark}".strip()
    ledger.write_new(session, order, now=now, by=by, note=told)
    support(session, run_id, order.id, candidate, now=now)
    outbox.put(session, kind="order_raised", payload=_message(order), now=now)
    return order


def _message(order: WorkOrder) -> dict[str, object]:
    return {"number": order.number, "equipment_id": order.equipment_id, "risk": order.risk}
