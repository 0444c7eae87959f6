"""The clock's jobs: what is due is started once, by a real process, and by one leader only."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.config import Settings
from app.db import Database
from app.db.clock import PlantClock
from app.db.training import (
    MachineOutcome,
    MachineStatus,
    RequestKind,
    RunKind,
    RunState,
    TrainingRequest,
    TrainingRun,
)
from app.db.work_orders import WorkOrder
from app.domain.nights import night_of
from app.domain.roles import system
from app.jobs import daily, scheduler
from app.jobs.trainer import Trainer
from app.queries.nights import DueNight, due_nights
from app.services import runs
from tests.plant import Plant
from tests.small_plants import ROOT

BY = system("test")
DAY = timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def trainer(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """The trainer's parent; its children find the test's database in their environment."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FOREWARN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("FOREWARN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("FOREWARN_SECRET_KEY", settings.secret_key)
    return Trainer(settings, database)


@pytest.fixture
def demo(trainer: Trainer) -> Trainer:
    """The same in demo mode: the plant has a clock of its own."""
    return Trainer(replace(trainer.settings, demo=True), trainer.database)


def due(database: Database, now: datetime) -> tuple[DueNight, ...]:
    with database.reading() as session:
        return due_nights(session, now=now)


def wish(database: Database, kind: RequestKind) -> None:
    with database.transaction() as session:
        runs.request_run(session, kind=kind, run_id=None, now=NOON, by=BY)


# --- which nights are due


def test_every_site_with_machines_has_a_night_by_its_own_clock(database, make: Plant) -> None:
    make.equipment()
    make.site("empty")
    far = make.site("far", timezone="Pacific/Kiritimati")
    make.equipment("P-201", site="far", team=None)

    # At noon UTC of the 2nd it is 02:00 of the 3rd in Kiritimati, and 01:59 a minute before.
    assert due(database, NOON) == (
        DueNight(1, date(2026, 3, 2)),
        DueNight(far.id, date(2026, 3, 3)),
    )
    assert due(database, NOON - timedelta(minutes=1))[1].local_date == date(2026, 3, 2)


def test_three_missed_nights_are_made_up_for_by_one(database, make: Plant) -> None:
    make.equipment()
    make.run(on=NOON.date() - 4 * DAY)

    assert due(database, NOON) == (DueNight(1, NOON.date()),)
    make.run(on=NOON.date())
    assert due(database, NOON) == ()
    assert due(database, NOON + DAY) == (DueNight(1, NOON.date() + DAY),)


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        (RunState.RUNNING, True),  # left half done: due until somebody ends it
        (RunState.FINISHED, False),
        (RunState.FAILED, False),
        (RunState.CANCELLED, False),
    ],
)
def test_a_night_is_due_until_it_has_ended(
    database, make: Plant, state: RunState, is_due: bool
) -> None:
    make.equipment()
    make.run(on=NOON.date(), state=state)

    assert bool(due(database, NOON)) is is_due


def test_a_run_by_hand_is_no_night(database, make: Plant) -> None:
    make.equipment()
    wanted = runs.Wanted(
        kind=RunKind.MANUAL,
        site_id=make.site().id,
        local_date=NOON.date(),
        as_of=NOON,
        is_refit=True,
        engine="loky",
        workers=1,
    )
    with database.transaction() as session:
        run = runs.open_run(session, wanted=wanted, now=NOON, wall=NOON, by=BY)
        done = {"state": RunState.FINISHED, "counts": {}, "note": ""}
        runs.close_run(session, run=run, now=NOON, by=BY, **done)

    assert len(due(database, NOON)) == 1


# --- the trainer's parent


def test_a_due_night_is_started_once_by_a_process_of_its_own(make: Plant, trainer: Trainer) -> None:
    make.equipment()
    before = night_of(datetime.now(UTC), trainer.settings.zone)

    trainer.tick()
    first = trainer.child
    trainer.tick()
    is_same = trainer.child is first
    code = trainer.wait()
    trainer.tick()

    (run,) = make.all(TrainingRun)
    (outcome,) = make.all(MachineOutcome)
    assert (code, is_same, trainer.child) == (0, True, None)
    assert (run.kind, run.state, run.site_id) == (RunKind.NIGHTLY, RunState.FINISHED, 1)
    assert run.local_date in (before, before + DAY)
    assert outcome.status is MachineStatus.SKIPPED
    assert "reading" in outcome.reason


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_wish_is_served_once_at_the_plant_s_own_time(make: Plant, demo: Trainer) -> None:
    make.equipment()
    with demo.database.transaction() as session:
        session.add(PlantClock(id=1, now_at=NOON))
    wish(demo.database, RequestKind.RUN_NOW)

    demo.tick()
    code = demo.wait()
    demo.tick()

    (run,) = make.all(TrainingRun)
    assert (code, demo.child) == (0, None)
    assert (run.kind, run.state) == (RunKind.MANUAL, RunState.FINISHED)
    assert run.as_of == NOON.replace(hour=2)
    assert [row.taken_at is None for row in make.all(TrainingRequest)] == [False]


def test_a_wish_to_retry_trains_the_machines_that_failed_alone(
    make: Plant, demo: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, well = make.equipment("P-101"), make.equipment("P-102")
    run = make.run()
    with demo.database.transaction() as session:
        for machine, status in ((failed, MachineStatus.FAILED), (well, MachineStatus.TRAINED)):
            session.add(
                MachineOutcome(
                    run_id=run.id, equipment_id=machine.id, status=status, recorded_at=NOON
                )
            )
    started: list[list[str]] = []
    monkeypatch.setattr(demo, "start", started.append)
    wish(demo.database, RequestKind.RETRY_FAILED)

    for _ in range(2):
        demo.tick()

    assert started == [["train", "--machine", "P-101"]]


def test_in_demo_mode_no_night_starts_by_itself(make: Plant, demo: Trainer) -> None:
    make.equipment()

    demo.tick()

    assert demo.child is None


@pytest.mark.parametrize(("is_demo", "words"), [(True, [["demo", "--advance", "1"]]), (False, [])])
def test_the_next_night_is_taken_in_demo_mode_only(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, is_demo: bool, words: list[list[str]]
) -> None:
    asked = Trainer(replace(trainer.settings, demo=is_demo), trainer.database)
    started: list[list[str]] = []
    monkeypatch.setattr(asked, "start", started.append)
    wish(asked.database, RequestKind.NEXT_DAY)

    for _ in range(2):
        asked.tick()

    assert started == words


def test_a_wish_waits_while_somebody_else_s_trainer_is_at_work(make: Plant, demo: Trainer) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=1)
    make.run(state=RunState.RUNNING, lease_owner="elsewhere:1:1", lease_expires_at=soon)
    wish(demo.database, RequestKind.RETRY_FAILED)

    demo.tick()

    assert demo.child is None
    assert [row.taken_at for row in make.all(TrainingRequest)] == [None]


def test_waiting_for_no_trainer_is_all_well(trainer: Trainer) -> None:
    assert trainer.wait() == 0


# --- the daily deed and the scheduler itself


def test_preventive_orders_are_raised_once_however_often_the_day_comes_round(
    database, make: Plant
) -> None:
    make.schedule(starts_on=datetime.now(UTC).date())

    for _ in range(2):
        daily.raise_due_orders(database)

    (order,) = make.all(WorkOrder)
    assert order.title == "Grease the bearings"


def test_one_scheduler_leads_and_the_next_one_after_it(database, settings: Settings) -> None:
    with ExitStack() as first, ExitStack() as second:
        leads = scheduler.started(settings, database, first)
        stands_by = scheduler.started(settings, database, second)

        assert (leads.is_leading, stands_by.is_leading) == (True, False)
        first.close()
        assert stands_by.is_leading
        assert {job.id for job in stands_by.clock.get_jobs()} == {"tick", "checkpoint", "day"}

    assert not leads.clock.running


def test_the_demo_raises_no_orders_by_the_real_calendar(database, settings: Settings) -> None:
    with ExitStack() as stack:
        works = scheduler.started(replace(settings, demo=True), database, stack)

        assert {job.id for job in works.clock.get_jobs()} == {"tick", "checkpoint"}
