"""Days lived through: the plant runs, people act on it, and what they did acts back on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from app.cli.demo import planner, technician
from app.cli.demo.chance import whim
from app.cli.demo.desk import Looks
from app.cli.demo.diary import Diary
from app.cli.demo.people import BY, People
from app.cli.demo.technician import Visit
from app.cli.demo.workshop import SERVICE_TAKES, Workshop
from app.cli.imports.sample_plant import Intake
from app.domain.batches import Counts
from app.services import schedules
from sample_data import Day, Plant, SamplePlant
from sample_data.catalogue import CLASSES, LOCATIONS, SITE, TEAMS
from sample_data.generate import collect
from sample_data.machines import sensors
from sample_data.rows import ServiceRow

MORNING = timedelta(hours=5)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def live(
    session: Session,
    plant: Plant,
    people: People,
    *,
    days: int,
    done: Collection[tuple[str, str]] = (),
) -> Counts:
    """Let *days* pass and return the readings that came in; all that happened is on record then.

    *done*: what a real person renewed meanwhile, by tag and component; it is on record already.
    """
    schedules.generate(session, now=plant.now + MORNING, by=BY)
    until = plant.now + days * DAY
    intake = Intake(session, now=until, by=BY)
    intake.machines(standing(plant, until))
    lived = [_live_one(session, plant, people, intake, done) for _ in range(days)]
    passed = collect(plant, lived)
    intake.events(passed.events)
    intake.readings(passed.readings)
    intake.machines(passed)  # units that were exchanged meanwhile
    intake.schedules(passed.schedules)
    return intake.tables["readings"]


def standing(plant: Plant, until: datetime) -> SamplePlant:
    """The plant as it stands, without anything that happened; commissioned *until* then."""
    return SamplePlant(
        start=plant.now,
        end=until,
        sites=(SITE,),
        locations=LOCATIONS,
        teams=TEAMS,
        classes=tuple(facts.row() for facts in CLASSES),
        equipment=tuple(machine.row for machine in plant.machines),
        sensors=tuple(sensor for machine in plant.machines for sensor in sensors(machine)),
        readings={},
        events=(),
        services=(),
        failures=(),
        schedules=(),
    )


def _live_one(
    session: Session,
    plant: Plant,
    people: People,
    intake: Intake,
    done: Collection[tuple[str, str]],
) -> Day:
    today, looks = plant.now, technician.looks_of(plant)
    visits = technician.set_out(session, plant, people, looks, today)
    day = plant.step_day()
    intake.failures(day.failures)
    renews = {visit.order_id: visit.renews for visit in visits}
    workshop = Workshop(session, people, intake, plant.seed, renews)
    diary = Diary()
    _note_morning(diary, session, plant.seed, people, looks, today)
    _note_visits(diary, session, plant.seed, people, visits)
    _note_rows(diary, workshop, day)
    diary.live()
    intake.services([row for row in day.services if not _is_on_record(row, done)])
    return day


def _is_on_record(row: ServiceRow, done: Collection[tuple[str, str]]) -> bool:
    return row.asked_for and (row.tag, row.component) in done


def _note_morning(
    diary: Diary,
    session: Session,
    seed: int,
    people: People,
    looks: Looks,
    today: datetime,
) -> None:
    def morning(now: datetime) -> None:
        planner.morning(session, seed, people, looks, now)

    if people.ann is not None and today.weekday() < 5:
        diary.note(today + planner.AT_HER_DESK, morning)


def _note_visits(
    diary: Diary, session: Session, seed: int, people: People, visits: Sequence[Visit]
) -> None:
    for visit in visits:
        diary.note(visit.at, partial(_begin, session, visit.order_id, people))
        if visit.renews is None:
            leave = visit.at + 40 * MINUTE
            deed = partial(technician.find_nothing, session, visit, people.tom, seed)
            diary.note(leave, deed)


def _begin(session: Session, order_id: int, people: People, now: datetime) -> None:
    technician.begin(session, order_id, people, now)


def _note_rows(diary: Diary, workshop: Workshop, day: Day) -> None:
    for failure in day.failures:
        minutes = whim(workshop.seed, failure.tag, failure.at).randrange(4, 45)
        diary.note(failure.at + minutes * MINUTE, partial(workshop.break_down, failure))
    for row in day.services:
        if row.component is None:
            diary.note(row.at, partial(workshop.exchanged, row))
        elif row.asked_for:
            diary.note(row.at, partial(workshop.renewed, row))
        elif row.planned:
            diary.note(row.at - SERVICE_TAKES, partial(workshop.serve, row))
            diary.note(row.at, partial(workshop.served, row))
        else:
            diary.note(row.at, partial(workshop.repaired, row))
