"""Many tasks over worker processes: results, lost tasks, threads, starting methods."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from models.engines import ENGINES, Engine, LokyEngine, SerialEngine, create
from models.engines.pool import _may_fork

START_METHODS = ("fork", "fresh")


def triple(task: int, shared: Any) -> int:
    return 3 * task


def add_shared(task: int, shared: np.ndarray[Any, Any]) -> float:
    return float(shared[task])


def whereabouts(task: int, shared: Any) -> int:
    return os.getpid()


def threads_in_work(task: int, shared: Any) -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info()]


def fail_on_two(task: int, shared: Any) -> int:
    if task == 2:
        raise ValueError("no readings of P-102")
    return task


def leave(task: int, shared: Any) -> None:
    raise SystemExit(3)


def unpicklable(task: int, shared: Any) -> Any:
    return threading.Lock() if task == 1 else task


class Unreadable:
    """Leaves the worker, but cannot be rebuilt by the one who asked."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_refuse_to_be_rebuilt, ())


def _refuse_to_be_rebuilt() -> None:
    raise RuntimeError("not here")


def unreadable(task: int, shared: Any) -> Any:
    return Unreadable() if task == 1 else task


def grab_memory(task: int, shared: Any) -> int:
    return len(bytearray(task))


def nap(task: float, shared: Any) -> float:
    time.sleep(task)
    return task


def wait_for(task: Path | None, shared: Any) -> Path | None:
    while task is not None and not task.exists():
        time.sleep(0.02)
    return task


def by_index(engine: Engine, function: Any, tasks: Any, **more: Any) -> dict[int, Any]:
    answers = list(engine.stream(function, tasks, **more))
    assert len(answers) == len(dict(answers)), "a task was answered twice"
    return dict(answers)


@pytest.mark.parametrize(
    ("workers", "start"), [(1, "fork"), (2, "fork"), (4, "fork"), (1, "fresh"), (2, "fresh")]
)
def test_results_do_not_depend_on_the_number_of_workers(workers, start):
    engine = LokyEngine(workers, start=start)

    answers = by_index(engine, triple, range(7))

    assert answers == {0: 0, 1: 3, 2: 6, 3: 9, 4: 12, 5: 15, 6: 18}


@pytest.mark.parametrize("name", sorted(ENGINES))
@pytest.mark.parametrize("workers", [1, 2])
def test_no_engine_runs_tasks_in_this_process(name, workers):
    answers = by_index(create(name, workers), whereabouts, range(4))

    assert os.getpid() not in answers.values()


def test_results_are_yielded_as_they_finish(tmp_path):
    answered = tmp_path / "answered"
    stream = LokyEngine(2, start="fork").stream(wait_for, [answered, None], shared=None)

    first = next(stream)
    answered.touch()  # the other task cannot have finished before this line

    assert [first, *stream] == [(1, None), (0, answered)]


@pytest.mark.parametrize("start", START_METHODS)
def test_every_task_sees_what_is_shared(start):
    shared = np.array([2.5, -1.0, 4.0])

    answers = by_index(LokyEngine(2, start=start), add_shared, [0, 1, 2], shared=shared)

    assert answers == {0: 2.5, 1: -1.0, 2: 4.0}


def test_a_second_stream_sees_its_own_shared_object():
    engine = LokyEngine(2, start="fork")
    by_index(engine, add_shared, [0, 1], shared=np.array([1.0, 2.0]))

    answers = by_index(engine, add_shared, [0, 1], shared=np.array([5.0, 6.0]))

    assert answers == {0: 5.0, 1: 6.0}


def test_forked_workers_take_what_cannot_be_pickled():
    shared = lambda number: number + 1  # noqa: E731
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(shared)

    answers = by_index(
        LokyEngine(2, start="fork"), lambda task, f: f(task), [1, 2, 3], shared=shared
    )

    assert answers == {0: 2, 1: 3, 2: 4}


@pytest.mark.parametrize("start", START_METHODS)
def test_a_task_works_with_one_thread(start, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    answers = by_index(LokyEngine(2, start=start), threads_in_work, range(2))

    assert all(limits and set(limits) == {1} for limits in answers.values())


@pytest.mark.parametrize("engine", [SerialEngine(), LokyEngine(2, start="fork")])
def test_a_task_that_raises_is_lost_with_its_reason(engine):
    answers = by_index(engine, fail_on_two, range(4))

    lost = answers.pop(2)
    assert answers == {0: 0, 1: 1, 3: 3}
    assert lost.reason == "ValueError: no readings of P-102"
    assert "fail_on_two" in lost.detail


@pytest.mark.parametrize("engine", [SerialEngine(), LokyEngine(1, start="fork")])
def test_a_task_cannot_end_the_run_by_leaving(engine):
    assert by_index(engine, leave, [0])[0].reason == "SystemExit: 3"


def test_a_result_that_cannot_be_pickled_is_lost_alone():
    answers = by_index(LokyEngine(2, start="fork"), unpicklable, range(3))

    assert (answers[0], answers[2]) == (0, 2)
    assert "pickle" in answers[1].reason


def test_a_result_that_cannot_be_rebuilt_is_lost_alone():
    answers = by_index(LokyEngine(2, start="fork"), unreadable, range(3))

    assert (answers[0], answers[2]) == (0, 2)
    assert answers[1].reason == "RuntimeError: not here"


def test_a_task_over_the_memory_limit_is_lost_and_the_others_are_not():
    engine = LokyEngine(2, start="fork", memory_bytes=6 * 2**30)

    answers = by_index(engine, grab_memory, [1_000, 8 * 2**30, 2_000])

    assert (answers[0], answers[2]) == (1_000, 2_000)
    assert answers[1].reason == "MemoryError"


def test_no_tasks_need_no_workers():
    assert list(LokyEngine(2).stream(triple, [])) == []


def test_who_stops_early_leaves_no_pool_and_may_start_again():
    engine = LokyEngine(2, start="fork")
    stream = engine.stream(nap, [0.0, 0.0, 60.0, 60.0])
    next(stream)

    started = time.monotonic()
    stream.close()

    assert time.monotonic() - started < 10
    assert by_index(engine, triple, [1]) == {0: 3}


def test_two_streams_at_once_are_refused():
    first = LokyEngine(2, start="fork").stream(triple, range(4))
    next(first)

    with pytest.raises(RuntimeError, match="still open"):
        next(LokyEngine(2, start="fork").stream(triple, range(4)))
    first.close()


def test_the_marks_are_removed_with_the_stream(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stream = LokyEngine(2, start="fork").stream(triple, range(3))

    next(stream)
    during = [path.name[:9] for path in tmp_path.iterdir()]
    list(stream)

    assert "forewarn-" in during
    assert list(tmp_path.glob("forewarn-*")) == []


def test_an_unknown_engine_names_the_choices():
    with pytest.raises(ValueError, match=r"Unknown engine 'celery'; choose one of: .*loky"):
        create("celery", 2)


@pytest.mark.parametrize("workers", [0, -1])
def test_an_engine_needs_a_worker(workers):
    with pytest.raises(ValueError, match="at least 1"):
        LokyEngine(workers)


FORK_PROBE = """
import sys
import numpy, sklearn.ensemble
from models.engines.pool import _may_fork
before = _may_fork()
X = numpy.random.default_rng(0).normal(size=(2000, 5))
sklearn.ensemble.HistGradientBoostingClassifier(max_iter=3).fit(X, X[:, 0] > 0)
print(before, _may_fork())
"""


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core runs no second thread")
def test_a_process_that_has_run_openmp_threads_no_longer_forks():
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", FORK_PROBE], cwd=root, capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["True", "False"]


def test_only_linux_forks(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")

    assert not _may_fork()
