"""Stretches of days: the plant runs, people act on it, and all of it is told to the product."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from app.cli.demo import technician
from app.cli.demo.chance import whim
from app.cli.demo.diary import Diary
from app.cli.demo.living import MINUTE, MORNING, standing
from app.cli.demo.people import BY, People
from app.cli.demo.workshop import SERVICE_TAKES, Workshop
from app.cli.imports.sample_plant import Intake
from app.domain.work_orders import OrderType
from app.services import schedules
from benchmarks.measuring.closed_loop import technicians, truth
from benchmarks.measuring.closed_loop.setting import DAY, Manners
from benchmarks.measuring.closed_loop.technicians import Visit
from benchmarks.measuring.closed_loop.truth import Happened, OrderStory
from sample_data import Day, Plant
from sample_data.generate import collect
from sample_data.rows import ServiceRow

HOUR = timedelta(hours=1)


@dataclass
class Shop:
    """The plant with its people, and the truth about what they do. `visits` are by order."""

    plant: Plant
    people: People
    manners: Manners
    stories: dict[int, OrderStory] = field(default_factory=dict)
    happened: Happened = field(default_factory=Happened)
    visits: dict[int, Visit] = field(default_factory=dict)


def live(session: Session, shop: Shop, *, days: int) -> None:
    """Let *days* days pass; everything that happened in them is on record then."""
    plant = shop.plant
    until = plant.now + days * DAY
    schedules.generate(session, now=plant.now + MORNING, by=BY)
    intake = Intake(session, now=until, by=BY)
    intake.machines(standing(plant, until))
    passed = collect(plant, [_live_one(session, shop, intake) for _ in range(days)])
    intake.events(passed.events)
    intake.readings(passed.readings)
    intake.machines(passed)  # units that were exchanged meanwhile
    intake.schedules(passed.schedules)
    shop.happened.failures += passed.failures
    shop.happened.services += passed.services


def _live_one(session: Session, shop: Shop, intake: Intake) -> Day:
    today = shop.plant.now
    visits = technicians.set_out(
        session,
        seed=shop.plant.seed,
        manners=shop.manners,
        looks=technician.looks_of(shop.plant),
        tom=shop.people.tom,
        today=today,
    )
    for visit in visits:
        _send(shop, visit)
    day = shop.plant.step_day()
    intake.failures(day.failures)
    diary = Diary()
    _note_visits(diary, session, shop, visits)
    _note_rows(diary, session, shop, intake, day)
    diary.note(today + technicians.AFTERNOON, partial(_afternoon, session, shop))
    diary.live()
    intake.services(day.services)
    return day


def _send(shop: Shop, visit: Visit) -> None:
    """Tell the plant what will be renewed, and the truth what that prevents."""
    story = shop.stories[visit.order_id]
    shop.visits[visit.order_id], story.looked_at = visit, visit.at
    if visit.renews is None:
        shop.happened.in_vain.append((visit.tag, visit.at))
        return
    waiting = truth.waiting_failure(shop.plant, visit.tag, visit.renews)
    # A failure before he has come is not prevented; the plant itself will say so.
    if waiting is not None and waiting.at > visit.at:
        story.prevented_at = waiting.at
    shop.plant.repair(visit.tag, visit.renews, visit.at)


def _afternoon(session: Session, shop: Shop, now: datetime) -> None:
    accepted = technicians.answer_all(
        session, seed=shop.plant.seed, manners=shop.manners, tom=shop.people.tom, now=now
    )
    for order_id in accepted:
        shop.stories[order_id].accepted_at = now
    technicians.tidy(session, now=now)


def _note_visits(diary: Diary, session: Session, shop: Shop, visits: list[Visit]) -> None:
    def begin(now: datetime, order_id: int) -> None:
        technician.begin(session, order_id, shop.people, now)

    for visit in visits:
        diary.note(visit.at, partial(begin, order_id=visit.order_id))
        if visit.renews is None:
            deed = partial(
                technicians.find_nothing,
                session,
                visit,
                seed=shop.plant.seed,
                manners=shop.manners,
                tom=shop.people.tom,
            )
            diary.note(visit.at + technicians.LOOK_TAKES, deed)


def _note_rows(diary: Diary, session: Session, shop: Shop, intake: Intake, day: Day) -> None:
    renews = {number: visit.renews for number, visit in shop.visits.items()}
    workshop = Workshop(session, shop.people, intake, shop.plant.seed, renews)
    for failure in day.failures:
        minutes = whim(workshop.seed, failure.tag, failure.at).randrange(4, 45)
        diary.note(failure.at + minutes * MINUTE, partial(workshop.break_down, failure))
    for row in day.services:
        if row.component is None:
            diary.note(row.at, partial(workshop.exchanged, row))
        elif row.asked_for:
            diary.note(row.at, partial(_renewed, session, shop, intake, row))
        elif row.planned:
            diary.note(row.at - SERVICE_TAKES, partial(workshop.serve, row))
            diary.note(row.at, partial(workshop.served, row))
        else:
            diary.note(row.at, partial(workshop.repaired, row))


def _renewed(session: Session, shop: Shop, intake: Intake, row: ServiceRow, now: datetime) -> None:
    """A visit renewed a component: write down what was found, or something else."""
    component_id = intake.component_id(row.tag, row.component or "")
    machine_id, tom = intake.machine_id(row.tag), shop.people.tom
    for order in technician.at_work(session, machine_id, tom):
        visit = shop.visits.get(order.id)
        if order.type is OrderType.CORRECTIVE or visit is None or visit.renews != row.component:
            continue
        found = technician.outcome_of(order, component_id, row.condition_found)
        chance = whim(shop.plant.seed, "write", row.tag, now)
        given = technicians.finding(
            technicians.written_down(found, shop.manners, chance),
            component_id=component_id,
            activity=row.activity,
            hours=min(8.0, (now - (order.started_at or now)) / HOUR),
        )
        technician.complete(session, order.id, given, now, tom)
