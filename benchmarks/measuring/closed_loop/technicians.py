"""What simulated people do about the night's suggestions, and what they write down of it.

A suggestion is answered in the afternoon and looked at the next morning, some days after the
night that raised it. What is found is what the simulator says is there, if it is noticed; what is
written down is now and then something else. Decisions hang on machine, component and day alone,
so two worlds that raise the same order treat it alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.demo import desk
from app.cli.demo.chance import whim
from app.cli.demo.desk import Job, Looks
from app.cli.demo.people import BY
from app.cli.demo.planner import give_to
from app.cli.demo.technician import AT_WORK, BAD, complete
from app.db.equipment import Component, Equipment
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder
from app.domain.activities import Activity
from app.domain.roles import Actor
from app.domain.schedules import ScheduleBasis
from app.domain.work_orders import Action, Condition, Dismissal, Function, Outcome, Source, State
from app.services import work_orders
from benchmarks.measuring.closed_loop.setting import DAY, Manners

AFTERNOON = timedelta(hours=16)
FIRST_LOOK, NEXT_LOOK = timedelta(hours=8), timedelta(minutes=25)
LOOK_TAKES = timedelta(minutes=40)
GIVEN_UP_AFTER = timedelta(days=7)
FAULTS = (Outcome.FAULT_AS_PREDICTED, Outcome.OTHER_FAULT)
REASONS = (Dismissal.FALSE_ALARM, Dismissal.KNOWN_CAUSE, Dismissal.CANNOT_RELEASE)
# What somebody writes down who does not write down what he found.
MISTAKES: Mapping[Outcome, tuple[Outcome, ...]] = {
    Outcome.FAULT_AS_PREDICTED: (Outcome.OTHER_FAULT, Outcome.NOTHING_FOUND_REPLACED),
    Outcome.OTHER_FAULT: (Outcome.FAULT_AS_PREDICTED, Outcome.NOTHING_FOUND_REPLACED),
    Outcome.NOTHING_FOUND: FAULTS,
    Outcome.NOTHING_FOUND_REPLACED: FAULTS,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A look at one machine for one order; `renews`: the component he renews, None = nothing."""

    order_id: int
    tag: str
    at: datetime
    renews: str | None


def answer_all(
    session: Session, *, seed: int, manners: Manners, tom: Actor, now: datetime
) -> list[int]:
    """Answer every suggestion whose time has come; return the orders that were accepted."""
    accepted = []
    for job in desk.suggestions(session, (State.REQUESTED, State.OPEN, State.PLANNED)):
        if desk.renewed_since(session, job.order) is not None:
            _dismiss(session, job.order.id, Dismissal.DUPLICATE, now)
        elif job.order.assignee_id is None and _looked_at_on(job, seed, manners) - now < DAY:
            if _chance(seed, "answer", job).random() < manners.dismisses:
                reason = _chance(seed, "reason", job).choice(REASONS)
                _dismiss(session, job.order.id, reason, now)
            else:
                _accept(session, job, tom, now)
                accepted.append(job.order.id)
    return accepted


def set_out(
    session: Session, *, seed: int, manners: Manners, looks: Looks, tom: Actor, today: datetime
) -> list[Visit]:
    """The morning's looks at machines, for everything that was accepted before."""
    accepted = [
        job
        for job in desk.suggestions(session, (State.OPEN, State.PLANNED))
        if job.order.assignee_id == tom.id and desk.renewed_since(session, job.order) is None
    ]
    return [
        Visit(
            order_id=job.order.id,
            tag=job.tag,
            at=today + FIRST_LOOK + place * NEXT_LOOK,
            renews=to_renew(job.tag, job.component, looks, manners, _chance(seed, "look", job)),
        )
        for place, job in enumerate(accepted)
    ]


def to_renew(
    tag: str, suspected: str, looks: Looks, manners: Manners, chance: Random
) -> str | None:
    """The component with a defect that he notices, the suspected one first; None = he finds none.

    *looks*: what somebody who sees everything would find, by tag and component.
    """
    bad = [code for (owner, code), found in looks.items() if owner == tag and found in BAD]
    if not bad or chance.random() >= manners.detects:
        return None
    return suspected if suspected in bad else bad[0]


def written_down(found: Outcome, manners: Manners, chance: Random) -> Outcome:
    """The outcome that gets on record for what was found."""
    return chance.choice(MISTAKES[found]) if chance.random() < manners.errs else found


def finding(
    outcome: Outcome, *, component_id: int | None, activity: str | None, hours: float
) -> dict[str, Any]:
    """A completion that agrees with its outcome, mistaken or not; no activity: nothing renewed."""
    is_fault = outcome in FAULTS
    return {
        "outcome": outcome,
        "function": Function.DEGRADED if is_fault else Function.NONE,
        "condition_found": Condition.DEGRADED if is_fault else Condition.GOOD,
        "component_id": component_id,
        "activity": activity or (Activity.ADJUST if is_fault else Activity.CHECK),
        "labour_hours": round(hours, 1),
    }


def find_nothing(
    session: Session, visit: Visit, now: datetime, *, seed: int, manners: Manners, tom: Actor
) -> None:
    """Complete a look after which everything stayed as it was, unless it failed before he came."""
    order = session.get_one(WorkOrder, visit.order_id)
    if order.state not in AT_WORK:
        return
    outcome = written_down(Outcome.NOTHING_FOUND, manners, whim(seed, "write", visit.tag, now))
    parts = {code for code in (order.component_id,) if code is not None}
    if order.component_id is None and outcome in FAULTS:  # a fault has to be somewhere
        parts = set(_components(session, order))
    given = finding(outcome, component_id=min(parts, default=None), activity=None, hours=1.0)
    complete(session, order.id, given, now, tom)


def tidy(session: Session, *, now: datetime) -> None:
    """Call off preventive orders that other work has made needless."""
    for job in desk.jobs(session, (State.OPEN,), WorkOrder.source == Source.SCHEDULE):
        renewal = desk.renewed_since(session, job.order)
        schedule = session.get_one(PreventiveSchedule, job.order.schedule_id)
        is_anew = renewal is not None and (
            renewal.is_planned or schedule.basis is ScheduleBasis.FLOATING
        )
        due_on = job.order.due_on
        if is_anew or (due_on is not None and now.date() - due_on > GIVEN_UP_AFTER):
            _act(session, job.order.id, Action.CANCEL, {"reason": "Renewed before."}, now, BY)


def _components(session: Session, order: WorkOrder) -> Sequence[int]:
    return session.scalars(
        sa.select(Component.id)
        .join(Equipment, Equipment.equipment_class_id == Component.equipment_class_id)
        .where(Equipment.id == order.equipment_id)
    ).all()


def _looked_at_on(job: Job, seed: int, manners: Manners) -> datetime:
    """The midnight of the day on which he goes there."""
    raised = job.order.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return raised + _chance(seed, "delay", job).choice(manners.delays) * DAY


def _accept(session: Session, job: Job, tom: Actor, now: datetime) -> None:
    if job.order.state is State.REQUESTED:
        _act(session, job.order.id, Action.ACCEPT, {}, now, BY)
    give_to(session, job, tom, now, BY)


def _dismiss(session: Session, order_id: int, reason: Dismissal, now: datetime) -> None:
    _act(session, order_id, Action.DISMISS, {"dismissal": reason}, now, BY)


def _chance(seed: int, about: str, job: Job) -> Random:
    return whim(seed, about, job.tag, job.component, job.order.created_at.date())


def _act(
    session: Session,
    order_id: int,
    action: Action,
    data: Mapping[str, object],
    now: datetime,
    by: Actor,
) -> None:
    work_orders.act(
        session,
        action=action,
        work_order_id=order_id,
        data=data,
        expected_version=None,
        now=now,
        by=by,
    )
