"""Workers that are killed, hang or lose their trainer (F4 to F7 of the fault model)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from models.engines import LokyEngine, Lost

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(sys.platform != "linux", reason="kills by signal, reads /proc"),
]

ROOT = Path(__file__).parents[2]
BAD = 3
LONG_S = 600


def die_always(task: int, scars: Path) -> int:
    if task == BAD:
        _leave_scar(scars)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return task * task


def die_once(task: int, scars: Path) -> int:
    if task == BAD and not list(scars.iterdir()):
        _leave_scar(scars)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return task * task


def hang(task: int, scars: Path) -> int:
    if task == BAD:
        _leave_scar(scars)
        time.sleep(LONG_S)
    return task * task


def freeze(task: int, scars: Path) -> int:
    """Stop the whole worker: no thread of its own could end it."""
    if task == BAD:
        _leave_scar(scars)
        os.kill(os.getpid(), signal.SIGSTOP)
    return task * task


def _leave_scar(scars: Path) -> None:
    (scars / f"{os.getpid()}").touch()


def run(engine: LokyEngine, function: Any, scars: Path, **more: Any) -> dict[int, Any]:
    answers = list(engine.stream(function, range(8), shared=scars, **more))
    assert sorted(index for index, _ in answers) == list(range(8)), "answered twice or never"
    return dict(answers)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_worker_killed_once_loses_no_task(tmp_path, workers):
    answers = run(LokyEngine(workers, start="fork"), die_once, tmp_path)

    assert len(list(tmp_path.iterdir())) == 1, "the fault did not happen"
    assert answers == {task: task * task for task in range(8)}


@pytest.mark.parametrize(
    ("workers", "start"), [(1, "fork"), (2, "fork"), (4, "fork"), (2, "fresh")]
)
def test_a_task_that_always_kills_its_worker_is_given_up_at_the_third_death(
    tmp_path, workers, start
):
    answers = run(LokyEngine(workers, start=start), die_always, tmp_path)

    lost = answers.pop(BAD)
    assert len(list(tmp_path.iterdir())) == 3, "three deaths, each of another worker"
    assert answers == {task: task * task for task in range(8) if task != BAD}
    assert isinstance(lost, Lost)
    assert "died 3 times" in lost.reason
    assert "SIGKILL" in lost.reason


@pytest.mark.parametrize("fault", [hang, freeze])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_over_its_deadline_is_stopped_and_the_rest_goes_on(tmp_path, workers, fault):
    deadline_s = 4.0
    started = time.monotonic()

    answers = run(LokyEngine(workers, start="fork"), fault, tmp_path, deadline_s=deadline_s)

    took = time.monotonic() - started
    lost = answers.pop(BAD)
    assert len(list(tmp_path.iterdir())) == 1, "a task over its deadline is not tried again"
    assert answers == {task: task * task for task in range(8) if task != BAD}
    assert lost == Lost("Stopped: it took longer than the 4 s it may take.")
    assert deadline_s <= took < LONG_S / 10, (
        "it ends soon after the deadline, not when the task would"
    )


TRAINER = """
import os, sys, time
from models.engines import LokyEngine

def sleep(task, shared):
    open(f"{shared}/{os.getpid()}", "w").close()
    time.sleep(600)

if __name__ == "__main__":
    workers, start, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    for _ in LokyEngine(workers, start=start).stream(sleep, range(8), shared=folder):
        pass
"""


@pytest.mark.parametrize(("workers", "start"), [(1, "fork"), (2, "fork"), (2, "fresh")])
def test_a_killed_trainer_leaves_no_orphans(tmp_path, workers, start):
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    at_work = tmp_path / "at-work"
    at_work.mkdir()
    trainer = subprocess.Popen(
        [sys.executable, str(script), str(workers), start, str(at_work)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        start_new_session=True,
    )
    try:
        _wait_for(lambda: len(list(at_work.iterdir())) == workers, 60)
        family = _descendants(trainer.pid)
        busy = {int(path.name) for path in at_work.iterdir()}
        assert busy <= family, "the workers are children of the trainer"

        trainer.kill()

        assert trainer.wait(10) == -signal.SIGKILL
        _wait_for(lambda: not any(map(_is_alive, family)), 10)
    finally:
        trainer.kill()
        trainer.wait()


def _wait_for(condition: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.05)


def _descendants(pid: int) -> set[int]:
    parents = {int(path.name): _stat(int(path.name))[1] for path in Path("/proc").glob("[0-9]*")}
    found: set[int] = set()
    generation = {pid}
    while generation := {child for child, parent in parents.items() if parent in generation}:
        found |= generation
    return found


def _is_alive(pid: int) -> bool:
    """False for a zombie: it holds nothing but its exit code."""
    return _stat(pid)[0] not in ("Z", "")


def _stat(pid: int) -> tuple[str, int]:
    """State letter and parent of a process; empty and 0 if it is gone."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return after_name[0], int(after_name[1])
