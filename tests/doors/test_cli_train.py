"""`forewarn train` as other programs meet it: exit codes, one JSON document, clear refusals."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import main
from app.db.training import RunKind, RunState, TrainingRun
from app.domain.roles import system
from app.services import runs
from tests.small_plants import AS_OF, MORNING, WEARING, Installation, pumps, pumps_after_a_night

# Names other programs rely on; a name may be added, none may go.
KEYS = [
    "run_id",
    "as_of",
    "machines",
    "trained",
    "reused",
    "skipped",
    "failed",
    "orders_raised",
    "orders_updated",
    "orders_held_back",
    "seconds",
    "task_cpu_seconds",
    "workers",
    "efficiency",
    "failures",
]


def shell(plant: Installation, *words: str) -> Result:
    """`forewarn words...` in this process: for what starts no workers."""
    return CliRunner().invoke(main, words, env=plant.settings)


@pytest.fixture
def fresh(tmp_path: Path) -> Installation:
    return pumps(tmp_path)


@pytest.fixture
def after(tmp_path: Path) -> Installation:
    return pumps_after_a_night(tmp_path)[0]


def runs_of(plant: Installation) -> list[TrainingRun]:
    with plant.database.reading() as session:
        return list(session.scalars(sa.select(TrainingRun).order_by(TrainingRun.id)))


def test_the_report_is_the_only_thing_on_standard_output(after: Installation) -> None:
    done = after.run("train", "--json", "--machine", "P-101")

    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(report) == KEYS
    assert report["as_of"] == "2026-03-02T02:00:00Z"
    assert (report["machines"], report["reused"], report["failures"]) == (1, 1, [])
    assert report["efficiency"] == pytest.approx(
        report["task_cpu_seconds"] / (report["workers"] * report["seconds"]), abs=0.001
    )
    only_pages_show = (
        *("orders_withheld", "orders_absorbed", "orders_held_by_storm"),
        *("limits_raised", "limits_absorbed", "limits_held_back"),
        *("inspections_raised", "inspections_held_back"),
    )
    shown = dict.fromkeys(only_pages_show, 0) | {"class_drift": []}
    assert runs_of(after)[-1].counts == report | shown


def test_without_json_it_tells_people_what_it_did(after: Installation) -> None:
    with after.database.transaction() as session:
        for table in ("order_evidence", "decision", "work_order_history", "work_order"):
            session.execute(sa.text(f"DELETE FROM {table}"))

    done = shell(after, "train")

    assert done.exit_code == 0
    assert "As of 2026-03-02 02:00 UTC: 0 trained, 7 reused, 0 skipped, 0 failed" in done.stdout
    assert "Orders: 1 raised, 0 updated, 0 held back, 0 withheld." in done.stdout
    assert f"Inspect bearing of {WEARING}" in done.stdout
    assert "Vibration" in done.stdout


def test_a_machine_that_failed_is_exit_code_one_and_named(after: Installation) -> None:
    spoil = "UPDATE reading_hour SET mean = 'x' WHERE sensor_id = 1 AND hour % 50 = 0"
    with after.database.transaction() as session:
        session.execute(sa.text(spoil))

    done = after.run("train", "--json", "--force", "--machine", "P-101", "--jobs", "1")

    report = json.loads(done.stdout)
    assert (done.returncode, report["failed"]) == (1, 1)
    assert [failure["tag"] for failure in report["failures"]] == ["P-101"]
    assert "could not convert string to float" in report["failures"][0]["reason"]
    assert "machine P-101 failed" in done.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--as-of", "yesterday"], "--as-of: 'yesterday' is not an ISO 8601 instant"),
        (["--as-of", "2026-03-02T02:00:00"], "needs a time zone, such as 2026-03-02T02:00:00Z"),
        (["--machine", "P-999"], "No equipment in service is called P-999."),
        (["--engine", "abacus"], "'abacus' is not"),
        (["--jobs", "-1"], "-1 is not in the range"),
        (["--night", "north"], "--night: expected SITE_ID:YYYY-MM-DD"),
    ],
)
def test_bad_usage_is_exit_code_two_and_changes_nothing(
    fresh: Installation, words: list[str], complaint: str
) -> None:
    done = shell(fresh, "train", "--json", *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert runs_of(fresh) == []


def test_a_second_trainer_is_refused_while_the_first_works(fresh: Installation) -> None:
    wanted = runs.Wanted(
        kind=RunKind.MANUAL,
        site_id=None,
        local_date=AS_OF.date(),
        as_of=AS_OF,
        is_refit=True,
        engine="loky",
        workers=1,
    )
    with fresh.database.transaction() as session:
        by = system("test")
        runs.open_run(session, wanted=wanted, now=MORNING, wall=datetime.now(UTC), by=by)

    done = shell(fresh, "train", "--json")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "Training run 1 is still at work" in done.stderr
    assert str(os.getpid()) in done.stderr


def test_a_scheduled_night_runs_once(after: Installation) -> None:
    night = f"1:{AS_OF.date()}"

    first, second = (shell(after, "train", "--night", night) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 2)
    assert "The night of 2026-03-02 has already run." in second.stderr
    (made,) = [run for run in runs_of(after) if run.kind is RunKind.NIGHTLY]
    assert (made.state, made.site_id) == (RunState.FINISHED, 1)


def test_without_tables_it_says_what_to_do(tmp_path: Path) -> None:
    empty = replace(pumps(tmp_path / "other"), folder=tmp_path / "empty")
    empty.folder.mkdir()

    done = shell(empty, "train", "--json")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "forewarn db upgrade" in done.stderr
