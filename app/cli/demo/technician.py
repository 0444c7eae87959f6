"""Tom at the machine: he looks at what was suggested, repairs what broke, serves the calendar.

What he finds is what the simulator says is there; what he renews is renewed there, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.cli.demo import desk
from app.cli.demo.chance import whim
from app.cli.demo.desk import Job, Looks
from app.cli.demo.people import People
from app.cli.demo.planner import give_to
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import Action, Condition, Function, Outcome, State
from app.services import work_orders
from sample_data import Plant

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FIRST_HOUR = 7
MOST_VISITS = 3
DELAYS = (1, 1, 2)
# How often he renews a part in which he found nothing, and overlooks a defect that is there.
RENEWS_ANYWAY = {"worn": 0.4, "good": 0.1}
OVERLOOKS = 0.06
BAD = ("failed", "degraded")
AT_WORK = (State.IN_PROGRESS, State.ON_HOLD)
NOTHING = ("No play, no noise, temperature normal.", "Nothing to see or to hear.", "Runs smoothly.")
RENEWED = ("Worn beyond its limit; renewed.", "Damage just visible; renewed.", "Renewed in time.")


@dataclass(frozen=True, slots=True)
class Visit:
    """A look at one machine for one order; `renews`: the component he renews there, or none."""

    order_id: int
    tag: str
    at: datetime
    renews: str | None


def looks_of(plant: Plant) -> dict[tuple[str, str], str]:
    """What somebody who opened every machine now would find."""
    return {
        (machine.tag, part.code): plant.condition(machine.tag, part.code)
        for machine in plant.machines
        for part in machine.facts.components
    }


def set_out(
    session: Session, plant: Plant, people: People, looks: Looks, today: datetime
) -> list[Visit]:
    """Today's visits; the plant is told what will be renewed."""
    if today.weekday() >= 5:
        return []
    visits: list[Visit] = []
    for job in desk.suggestions(session, (State.OPEN, State.PLANNED)):
        if len(visits) == MOST_VISITS or not _is_his(job.order, people.tom):
            continue
        if desk.renewed_since(session, job.order) is None:
            chance = whim(plant.seed, "tom", job.tag, job.component, job.order.created_at.date())
            if _ready_on(session, job, chance.choice(DELAYS)) <= today:
                at = today + (FIRST_HOUR + len(visits)) * HOUR + chance.randrange(45) * HOUR / 60
                renews = _to_renew(job, looks, chance.random())
                visits.append(Visit(job.order.id, job.tag, at, renews))
    for visit in visits:
        if visit.renews is not None:
            plant.repair(visit.tag, visit.renews, visit.at)
    return visits


def begin(session: Session, order_id: int, people: People, now: datetime) -> None:
    """Start an order that may be his; one at work stays so."""
    order = session.get_one(WorkOrder, order_id)
    tom = people.tom
    is_free = order.assignee_id is None and order.team_id in (None, tom.team_id)
    if order.state is State.OPEN and is_free:
        _act(session, order_id, Action.TAKE, {}, now, tom)
    elif order.state in (State.OPEN, State.PLANNED):
        give_to(session, Job(order, "", ""), tom, now, people.foreman)
        _act(session, order_id, Action.START, {}, now, tom)
    elif order.state is State.ON_HOLD:
        _act(session, order_id, Action.RESUME, {}, now, tom)


def find_nothing(session: Session, visit: Visit, tom: Actor, seed: int, now: datetime) -> None:
    """Complete a visit after which everything stayed as it was."""
    order = session.get_one(WorkOrder, visit.order_id)
    if order.state not in AT_WORK:  # the machine failed before he came
        return
    found = {
        "outcome": Outcome.NOTHING_FOUND,
        "function": Function.NONE,
        "condition_found": Condition.GOOD,
        "labour_hours": 1.0,
        "note": whim(seed, "note", visit.tag, now).choice(NOTHING),
    }
    complete(session, visit.order_id, found, now, tom)


def outcome_of(order: WorkOrder, component_id: int, condition: str) -> Outcome:
    """What renewing a component in this condition says about an order."""
    if condition not in BAD:
        return Outcome.NOTHING_FOUND_REPLACED
    as_predicted = order.component_id == component_id
    return Outcome.FAULT_AS_PREDICTED if as_predicted else Outcome.OTHER_FAULT


def complete(
    session: Session, order_id: int, found: Mapping[str, Any], now: datetime, tom: Actor
) -> None:
    """Done, with what was found."""
    _act(session, order_id, Action.COMPLETE, found, now, tom)


def at_work(session: Session, equipment_id: int, tom: Actor) -> Sequence[WorkOrder]:
    """His orders in hand on a machine."""
    where = (WorkOrder.equipment_id == equipment_id, WorkOrder.assignee_id == tom.id)
    return [job.order for job in desk.jobs(session, AT_WORK, *where)]


def _is_his(order: WorkOrder, tom: Actor) -> bool:
    return order.assignee_id in (None, tom.id)


def _ready_on(session: Session, job: Job, delay: int) -> datetime:
    """From which midnight on he goes."""
    accepted = desk.accepted_at(session, job.order)
    start = job.order.planned_start_at or accepted + delay * DAY
    return start.replace(hour=0, minute=0, second=0, microsecond=0)


def _to_renew(job: Job, looks: Looks, roll: float) -> str | None:
    """The component he renews: the suspected one when it is bad, else another bad one."""
    bad = [code for (tag, code), found in looks.items() if tag == job.tag and found in BAD]
    if job.component in bad or (bad and not job.component):
        return None if roll < OVERLOOKS else job.component or bad[0]
    if bad:
        return bad[0]
    found = looks.get((job.tag, job.component), "")
    return job.component if roll < RENEWS_ANYWAY.get(found, 0.0) else None


def _act(
    session: Session,
    order_id: int,
    action: Action,
    data: Mapping[str, Any],
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
