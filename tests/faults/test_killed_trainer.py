"""A trainer that is killed costs unfinished machines only; the next start goes on (F7)."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.small_plants import ROOT, Installation, pumps, pumps_after_a_night, told

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(sys.platform != "linux", reason="kills by signal, reads /proc"),
]

PATIENCE_S = 60.0
ORPHANS_MAY_LIVE_S = 10.0
Process = tuple[int, str]
"""A pid and its start time: a pid alone may be given away again."""


def is_reading(database: sqlite3.Connection) -> bool:
    return _one(database, "SELECT count(*) FROM training_run WHERE stage = 'reading'") == 1


def is_fitting_classes(database: sqlite3.Connection) -> bool:
    """Everything is read, nothing is fitted."""
    read = "SELECT count(*) FROM training_run WHERE stage = 'reading' AND steps_done = steps_total"
    return (
        _one(database, f"{read} AND steps_total > 0") == 1
        and _one(database, "SELECT count(*) FROM class_version") == 0
    )


def is_storing_machines(database: sqlite3.Connection) -> bool:
    return _one(database, "SELECT count(*) FROM machine_outcome") >= 2


MOMENTS = (
    (is_reading, signal.SIGKILL),
    (is_fitting_classes, signal.SIGTERM),
    (is_storing_machines, signal.SIGKILL),
)


def test_a_night_killed_in_every_stage_is_resumed_until_it_is_done(tmp_path: Path) -> None:
    plant = pumps(tmp_path)

    for token, (moment, sign) in enumerate(MOMENTS, start=1):
        workers = _killed_when(plant, moment, sign)
        with closing(_connect(plant)) as database:
            run = "SELECT id, state, lease_token, finished_at FROM training_run"
            assert database.execute(run).fetchall() == [(1, "running", token, None)]
            assert _one(database, "SELECT count(*) FROM work_order") == 0
            done = _one(database, "SELECT count(*) FROM machine_outcome")
        assert workers
        _wait_until_gone(workers)
    assert 2 <= done <= 7

    report = plant.train("--jobs", "2")

    undisturbed, _ = pumps_after_a_night(tmp_path / "undisturbed")
    assert (report["run_id"], report["machines"], report["trained"]) == (1, 7, 7)
    with closing(_connect(plant)) as database:
        assert _one(database, "SELECT lease_token FROM training_run") == len(MOMENTS) + 1
        assert _one(database, "SELECT count(*) FROM work_order") == 1
    assert told(plant.database, 1) == told(undisturbed.database, 1)
    verified = plant.run("verify")
    assert verified.returncode == 0, verified.stdout


def test_the_watch_for_orphans_sees_one_that_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ORPHANS_MAY_LIVE_S", 0.1)
    mine = _process(os.getpid())
    assert mine is not None

    with pytest.raises(AssertionError, match="orphans"):
        _wait_until_gone({mine})


# --- how a trainer is killed


def _killed_when(
    plant: Installation,
    moment: Callable[[sqlite3.Connection], bool],
    sign: signal.Signals,
) -> set[Process]:
    """Start a trainer and end it at *moment*; return the processes it left behind."""
    trainer = subprocess.Popen(
        plant.command("train", "--jobs", "2"),
        env=plant.environment | {"TMPDIR": str(plant.folder)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with closing(_connect(plant)) as database:
            _watch(trainer, database, moment)
            # Nothing can be committed any more: it is killed in the middle of what it was doing.
            database.execute("BEGIN IMMEDIATE")
            workers = _children(trainer.pid)
            trainer.send_signal(sign)
            trainer.wait(PATIENCE_S)
            database.execute("ROLLBACK")
    finally:
        trainer.kill()
        trainer.wait()
    return workers


def _watch(
    trainer: subprocess.Popen[bytes],
    database: sqlite3.Connection,
    moment: Callable[[sqlite3.Connection], bool],
) -> None:
    """Wait until *moment* has come and the trainer has workers."""
    end = time.monotonic() + PATIENCE_S
    while not (moment(database) and _children(trainer.pid)):
        assert trainer.poll() is None, "the trainer ended before it could be killed"
        assert time.monotonic() < end, "the moment to kill never came"
        time.sleep(0.002)


def _connect(plant: Installation) -> sqlite3.Connection:
    return sqlite3.connect(plant.folder / "forewarn.db", isolation_level=None, timeout=10)


def _one(database: sqlite3.Connection, question: str) -> int:
    (answer,) = database.execute(question).fetchone()
    return int(answer)


# --- who is left


def _children(parent: int) -> set[Process]:
    """The living children of a process, as the kernel tells them."""
    try:
        pids = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return set()
    return {process for pid in pids if (process := _process(int(pid))) is not None}


def _process(pid: int) -> Process | None:
    """The process with its start time; None when it is gone or only waits to be reaped."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if facts[0] == "Z" else (pid, facts[19])


def _wait_until_gone(processes: set[Process]) -> None:
    end = time.monotonic() + ORPHANS_MAY_LIVE_S
    while left := {process for process in processes if _process(process[0]) == process}:
        assert time.monotonic() < end, f"orphans: {left}"
        time.sleep(0.05)
