"""A night that is cancelled, or overtaken by another trainer, stops and writes nothing more."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.predictions import Decision, Forecast
from app.db.training import (
    MachineOutcome,
    RequestKind,
    RunKind,
    RunState,
    Stage,
    TrainingRequest,
    TrainingRun,
)
from app.domain.roles import system
from app.services import runs
from app.services.retraining import Progress, conveyor
from app.services.runs import LeaseLost, NightDone
from tests.small_plants import AS_OF, MORNING, PUMPS, Installation, night, pumps, told

BY = system("test")
HOUR = timedelta(hours=1)


@pytest.fixture
def plant(tmp_path: Path) -> Installation:
    """The plant before its first night."""
    return pumps(tmp_path)


def rows(database: Database, table: type) -> list:
    with database.reading() as session:
        return list(session.scalars(sa.select(table)))


def test_a_wish_to_cancel_stops_the_night_before_it_decides(
    plant: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conveyor, "HEARTBEAT_S", 0.02)
    database = plant.database

    def cancel(progress: Progress) -> None:
        if progress.stage is Stage.MACHINES and progress.done == 2:
            with database.transaction() as session:
                kind = RequestKind.CANCEL
                runs.request_run(session, kind=kind, run_id=1, now=MORNING, by=BY)
            time.sleep(0.3)

    report = night(database, watch=cancel)

    (run,) = rows(database, TrainingRun)
    assert report.is_cancelled
    assert (run.state, run.note) == (RunState.CANCELLED, "Cancelled from a page.")
    assert (report.machines, len(rows(database, MachineOutcome))) == (2, 2)
    assert rows(database, Decision) == []
    assert [wish.taken_at for wish in rows(database, TrainingRequest)] == [MORNING]
    assert plant.violations() == []


def test_a_night_that_was_overtaken_writes_nothing_more(plant: Installation) -> None:
    """It was paused beyond its lease; meanwhile another trainer took the run (F10)."""
    database = plant.database

    def overtake(progress: Progress) -> None:
        if progress.stage is Stage.MACHINES and progress.done == 2:
            with database.transaction() as session:
                row = session.get_one(TrainingRun, 1)
                row.lease_token += 1
                row.steps_done = 99

    with pytest.raises(LeaseLost):
        night(database, watch=overtake)

    (run,) = rows(database, TrainingRun)
    assert (run.state, run.steps_done, run.finished_at) == (RunState.RUNNING, 99, None)
    assert len(rows(database, MachineOutcome)) == 2
    assert rows(database, Decision) == []


def test_what_the_next_trainer_finishes_is_what_one_would_have_told(
    plant: Installation, tmp_path: Path
) -> None:
    undisturbed = pumps(tmp_path / "undisturbed")
    night(undisturbed.database)

    def die(progress: Progress) -> None:
        if progress.stage is Stage.MACHINES and progress.done == 4:
            raise SystemExit

    with pytest.raises(SystemExit):
        night(plant.database, watch=die)
    _wait_out_the_lease(plant.database)

    report = night(plant.database)

    (run,) = rows(plant.database, TrainingRun)
    assert (report.run_id, run.lease_token, report.trained) == (1, 2, 7)
    assert told(plant.database, 1) == told(undisturbed.database, 1)
    assert len(rows(plant.database, Forecast)) == 2 * len(PUMPS)
    assert plant.violations() == []


def test_a_resumed_night_keeps_its_cut_off_though_a_day_has_passed(plant: Installation) -> None:
    nightly = {"kind": RunKind.NIGHTLY, "site_id": 1, "local_date": AS_OF.date()}

    def die(progress: Progress) -> None:
        if progress.stage is Stage.MACHINES and progress.done == 4:
            raise SystemExit

    with pytest.raises(SystemExit):
        night(plant.database, watch=die, **nightly)
    _wait_out_the_lease(plant.database)

    report = night(plant.database, now=MORNING + 24 * HOUR, **nightly)

    assert report.as_of == AS_OF
    assert {row.as_of for row in rows(plant.database, Forecast)} == {AS_OF}
    with pytest.raises(NightDone):
        night(plant.database, **nightly)


def _wait_out_the_lease(database: Database) -> None:
    """This process still lives, so the lease has to end: as if a minute had passed."""
    with database.transaction() as session:
        session.get_one(TrainingRun, 1).lease_expires_at = datetime.now(UTC) - HOUR
