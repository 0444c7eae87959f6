"""Ann at her desk: she accepts most suggestions, plans some, dismisses a few, overlooks some."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from sqlalchemy.orm import Session

from app.cli.demo import desk
from app.cli.demo.chance import whim
from app.cli.demo.desk import Job, Looks
from app.cli.demo.people import People
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.schedules import ScheduleBasis
from app.domain.work_orders import Action, Dismissal, Source, State
from app.inputs.work_orders import AssignWorkOrder
from app.queries.storms import waiting_storms
from app.services import storms, work_orders

AT_HER_DESK = timedelta(hours=6, minutes=40)
DAY = timedelta(days=1)
# A service of the calendar that is so late was made needless by other work.
GIVEN_UP_AFTER = timedelta(days=7)
PATIENCE = timedelta(days=3)
WAITING = (State.REQUESTED, State.OPEN, State.PLANNED)


class Answer(StrEnum):
    """What she does about a suggestion."""

    ACCEPT = "accept"
    PLAN = "plan"
    DISMISS = "dismiss"
    OVERLOOK = "overlook"


ANSWERS = {Answer.ACCEPT: 68, Answer.PLAN: 12, Answer.DISMISS: 11, Answer.OVERLOOK: 9}
DELAYS = (0, 1, 1, 2)
# Why she dismisses what is not a false alarm.
REASONS = {
    Dismissal.CANNOT_RELEASE: "Production cannot spare it this week.",
    Dismissal.RUN_TO_FAILURE: "There is a spare; we let it run.",
    Dismissal.WATCHED: "The shift keeps an eye on it.",
}
FALSE_ALARMS = ("Had the shift look at it: nothing.", "Runs as it always did.")


def morning(session: Session, seed: int, people: People, looks: Looks, now: datetime) -> None:
    """Everything she does on a working day."""
    if people.ann is None:
        return
    for job in desk.jobs(session, (State.COMPLETED,), WorkOrder.completed_at < now - AT_HER_DESK):
        _act(session, job, Action.CLOSE, now, people.ann)
    # She knows of no bad file or sensor in the sample plant: what came at once is real.
    for storm in waiting_storms(session):
        storms.release(session, storm_id=storm.id, expected_version=None, now=now, by=people.ann)
    for job in desk.suggestions(session, WAITING):
        _look_at(session, seed, people.ann, people.tom, looks, job, now)
    for job in desk.jobs(session, (State.OPEN,), WorkOrder.source == Source.SCHEDULE):
        _tidy(session, people.ann, job, now)


def _look_at(
    session: Session, seed: int, ann: Actor, tom: Actor, looks: Looks, job: Job, now: datetime
) -> None:
    renewal = desk.renewed_since(session, job.order)
    proposed = job.order.withdrawal_proposed_at
    if renewal is not None:
        note = f"Renewed on {renewal.at:%d %b %Y}."
        _dismiss(session, ann, job, Dismissal.DUPLICATE, note, now)
    elif job.order.state is not State.REQUESTED:
        return
    elif proposed is not None and proposed + PATIENCE < now:
        _dismiss(session, ann, job, Dismissal.OTHER, "It looks normal again.", now)
    else:
        chance = whim(seed, "ann", job.tag, job.component, job.order.created_at.date())
        (answer,) = chance.choices(list(ANSWERS), list(ANSWERS.values()))
        if job.order.created_at + chance.choice(DELAYS) * DAY > now:
            return
        if answer is Answer.DISMISS:
            _dismiss_with_reason(session, ann, looks, job, chance, now)
        elif answer is not Answer.OVERLOOK:
            _take_on(session, ann, tom, job, answer, chance, now)


def _take_on(
    session: Session,
    ann: Actor,
    tom: Actor,
    job: Job,
    answer: Answer,
    chance: Random,
    now: datetime,
) -> None:
    _act(session, job, Action.ACCEPT, now, ann)
    give_to(session, job, tom, now, ann)
    if answer is Answer.PLAN:
        start = now.replace(hour=8, minute=0) + chance.choice((1, 2, 3)) * DAY
        data = {"planned_start_at": start, "estimated_hours": 2}
        _act(session, job, Action.PLAN, now, ann, data)


def _dismiss_with_reason(
    session: Session, ann: Actor, looks: Looks, job: Job, chance: Random, now: datetime
) -> None:
    if looks.get((job.tag, job.component)) == "good":
        note = chance.choice(FALSE_ALARMS)
        _dismiss(session, ann, job, Dismissal.FALSE_ALARM, note, now)
        return
    reason = chance.choice(list(REASONS))
    snooze = now + 5 * DAY if reason is Dismissal.WATCHED else None
    _dismiss(session, ann, job, reason, REASONS[reason], now, snooze)


def give_to(session: Session, job: Job, somebody: Actor, now: datetime, by: Actor) -> None:
    """Assign the order, unless it is theirs."""
    if job.order.assignee_id != somebody.id:
        work_orders.assign(
            session,
            work_order_id=job.order.id,
            assignment=AssignWorkOrder(assignee_id=somebody.id),
            expected_version=None,
            now=now,
            by=by,
        )


def _tidy(session: Session, ann: Actor, job: Job, now: datetime) -> None:
    """Call off a preventive order that other work has made needless."""
    renewal = desk.renewed_since(session, job.order)
    schedule = session.get_one(PreventiveSchedule, job.order.schedule_id)
    starts_anew = renewal is not None and (
        renewal.is_planned or schedule.basis is ScheduleBasis.FLOATING
    )
    due_on = job.order.due_on
    is_forgotten = due_on is not None and now.date() - due_on > GIVEN_UP_AFTER
    if renewal is not None and starts_anew:
        reason = f"Renewed on {renewal.at:%d %b %Y}."
    elif is_forgotten:
        reason = "Renewed shortly before it fell due."
    else:
        return
    _act(session, job, Action.CANCEL, now, ann, {"reason": reason})


def _dismiss(
    session: Session,
    ann: Actor,
    job: Job,
    why: Dismissal,
    note: str,
    now: datetime,
    snooze: datetime | None = None,
) -> None:
    data = {"dismissal": why, "note": note, "snoozed_until": snooze}
    _act(session, job, Action.DISMISS, now, ann, data)


def _act(
    session: Session,
    job: Job,
    action: Action,
    now: datetime,
    by: Actor,
    data: Mapping[str, object] | None = None,
) -> None:
    work_orders.act(
        session,
        action=action,
        work_order_id=job.order.id,
        data=data or {},
        expected_version=None,
        now=now,
        by=by,
    )
