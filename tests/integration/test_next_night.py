"""Asking for the next night, and telling how far it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.clock import PlantClock
from app.db.readings import ReadingBatch
from app.db.training import RequestKind, RunState, TrainingRequest
from app.domain.errors import RuleBroken
from app.domain.roles import EVERYWHERE, Actor
from app.queries.next_night import NextNight, Step, next_night
from app.services import clock, runs

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def wall(now: datetime) -> datetime:
    """The real clock; the plant's own stands elsewhere."""
    return now + 300 * DAY


@pytest.fixture
def plant(database: Database, now: datetime) -> None:
    """A sample plant, as far as its clock goes."""
    with database.transaction() as session:
        session.add(PlantClock(id=1, now_at=now, simulation={"day": 1}))


def ask(database: Database, now: datetime, wall: datetime, by: Actor) -> None:
    with database.transaction() as session:
        clock.request_next_night(session, now=now, wall=wall, by=by)


def take(database: Database, wall: datetime) -> None:
    with database.transaction() as session:
        runs.take_request(session, kind=RequestKind.NEXT_DAY, now=wall)


def put(database: Database, at: datetime) -> None:
    with database.transaction() as session:
        session.get_one(PlantClock, 1).now_at = at


def look(database: Database, wall: datetime) -> NextNight:
    with database.reading() as session:
        return next_night(session, scope=EVERYWHERE, wall=wall)


def test_a_plant_without_a_simulation_has_no_next_night(database, ann, make, now, wall):
    with pytest.raises(RuleBroken, match="Only the sample plant"):
        ask(database, now, wall, ann)

    assert make.all(TrainingRequest) == []


@pytest.mark.usefixtures("plant")
def test_a_wish_goes_through_its_steps_and_is_over_in_the_morning(database, ann, make, now, wall):
    make.equipment()
    assert look(database, wall).step is None

    ask(database, now, wall, ann)
    assert look(database, wall).step is Step.ASKED
    take(database, wall)
    assert look(database, wall).step is Step.LIVING

    put(database, now + DAY)
    run = make.run(
        on=(now + DAY).date(),
        started_at=now + DAY,
        state=RunState.RUNNING,
        lease_expires_at=wall + 60 * SECOND,
    )
    assert (look(database, wall).step, look(database, wall).run.id) == (Step.RUNNING, run.id)
    with database.transaction() as session:
        session.merge(run).state = RunState.FINISHED
    assert look(database, wall).step is Step.LIVING

    put(database, now + DAY + 5 * timedelta(hours=1))
    assert look(database, wall).step is None


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize("is_taken", [False, True])
def test_a_second_wish_is_refused_while_one_is_on_its_way(
    database, ann, make, now, wall, is_taken: bool
):
    ask(database, now, wall, ann)
    if is_taken:
        take(database, wall)

    with pytest.raises(clock.UnderWay):
        ask(database, now, wall + SECOND, ann)

    assert len(make.all(TrainingRequest)) == 1


@pytest.mark.usefixtures("plant")
def test_a_day_that_never_came_to_its_night_does_not_block_for_ever(database, ann, now, wall):
    ask(database, now, wall, ann)
    take(database, wall)

    later = wall + 240 * SECOND

    assert look(database, later).step is None
    ask(database, now, later, ann)


@pytest.mark.usefixtures("plant")
def test_the_readings_since_the_night_before_are_counted(database, make, now, wall):
    make.run(on=now.date())
    make.run(on=(now + DAY).date(), started_at=now + DAY)
    with database.transaction() as session:
        for hours, accepted in ((-1, 100), (1, 12), (23, 30), (25, 500)):
            at = now + timedelta(hours=hours)
            numbers = dict.fromkeys(("duplicate", "conflict", "quarantined", "rejected"), 0)
            session.add(ReadingBatch(arrived_at=at, source="t", accepted=accepted, **numbers))

    assert look(database, wall).readings == 42
