"""`forewarn demo` on the command line: weeks lived through with real nights, then day by day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.clock import PlantClock
from app.db.equipment import Equipment
from app.db.readings import ReadingBatch
from app.db.records import Failure
from app.db.training import RunKind, RunState, TrainingRun
from app.queries.situations import Source
from benchmarks.measuring.traces import examples, is_true
from tests.small_plants import ROOT

UNTIL = date(2026, 3, 2)
WEEK = timedelta(days=7)
PLANT = ("--machines", "4", "--days", "84", "--weeks", "3", "--until", UNTIL.isoformat())


def forewarn(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    others = {key: text for key, text in os.environ.items() if not key.startswith("FOREWARN_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        env=others | {"FOREWARN_DATA_DIR": str(home), "FOREWARN_DEMO": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a plant in it: three weeks lived, then two days more."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    made = forewarn(folder, "demo", *PLANT)
    assert made.returncode == 0, made.stderr
    assert "3 weeks lived: 2 refits, 1 forecasts" in made.stderr
    advanced = forewarn(folder, "demo", "--advance", "2")
    assert advanced.returncode == 0, advanced.stderr
    assert advanced.stderr.count("forecasts only") == 2
    return folder


@pytest.fixture
def plant(home: Path):
    made = Database(f"sqlite:///{home / 'forewarn.db'}", pooled=False)
    with made.reading() as session:
        yield session
    made.dispose()


def test_each_night_ran_once_on_the_plant_s_own_clock(plant):
    runs = plant.scalars(sa.select(TrainingRun).order_by(TrainingRun.id)).all()

    weekly = [UNTIL - k * WEEK for k in (3, 2, 1, 0)]
    assert [run.local_date for run in runs] == [
        *weekly,
        UNTIL + timedelta(days=1),
        UNTIL + timedelta(days=2),
    ]
    assert [run.is_refit for run in runs] == [True, True, False, True, False, False]
    assert {(run.kind, run.state) for run in runs} == {(RunKind.NIGHTLY, RunState.FINISHED)}
    assert all(run.issued_at - run.as_of == timedelta(minutes=5) for run in runs)
    assert all(run.counts["failed"] == 0 for run in runs)


def test_the_clock_stands_in_the_morning_after_the_last_night(plant):
    clock = plant.get_one(PlantClock, 1)

    assert (clock.now_at.date(), clock.now_at.hour) == (UNTIL + timedelta(days=2), 6)
    assert clock.simulation["day"] == 84 + 2


def test_history_came_at_once_and_the_weeks_week_by_week(plant):
    arrived = Counter(plant.scalars(sa.select(sa.func.date(ReadingBatch.arrived_at))))

    assert len(arrived) == 1 + 3 + 2
    assert set(arrived.values()) == {plant.scalar(sa.select(sa.func.count(Equipment.id)))}


def test_every_failure_since_has_its_order(plant):
    start = UNTIL - 3 * WEEK
    rows = plant.scalars(sa.select(Failure).where(sa.func.date(Failure.at) >= str(start))).all()

    assert [row.id for row in rows if row.work_order_id is None] == []


def test_every_invariant_holds(home: Path):
    said = json.loads(forewarn(home, "verify", "--json").stdout)

    assert said == {"ok": True, "violations": []}


def test_a_database_with_machines_is_refused(home: Path):
    again = forewarn(home, "demo", *PLANT)

    assert (again.returncode, again.stdout) == (2, "")
    assert "the demo needs an empty one" in again.stderr


def test_without_a_plant_there_is_no_next_day(tmp_path: Path):
    assert forewarn(tmp_path, "db", "upgrade").returncode == 0

    ended = forewarn(tmp_path, "demo", "--advance", "1")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "There is no demo plant here" in ended.stderr


def test_every_statement_of_the_first_page_is_read_from_rows_that_say_so(plant):
    stated = examples(plant)

    assert stated
    assert [example.kind for example in stated if not is_true(plant, example)] == []


def test_a_statement_that_its_rows_do_not_bear_out_is_noticed(plant):
    told = examples(plant)[0]

    assert not is_true(plant, replace(told, equipment_id=told.equipment_id + 1))
    assert not is_true(plant, replace(told, sources=(Source("work_order", 10**6),)))
