"""Worker processes of this machine, and what happens when one of them dies."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from multiprocessing import TimeoutError as JoblibTimeout
from typing import Any

import numpy as np
from joblib import cpu_count
from joblib.externals.loky.process_executor import BrokenProcessPool
from threadpoolctl import threadpool_limits

from models.engines.contract import Lost, Result, Task, lost
from models.engines.pool import Start, end_workers, open_pool, start_method
from models.engines.worker import IN_WAITING, Reply, Work

logger = logging.getLogger(__name__)

DEATHS_ALLOWED = 2
"""A task may take its worker down this often; the next death gives it up."""


class LokyEngine:
    """Worker processes of this machine through joblib, one thread each.

    Workers are forked, so *tasks*, *shared* and all imports reach them for nothing; where that
    is unsafe they start fresh and receive both pickled, once per worker. The pool lives for one
    `stream` call and is consumed by the thread that asks for the first result.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        start: Start = "auto",
        memory_bytes: int | None = None,
    ) -> None:
        """Take *workers* processes (None: one per usable core).

        *memory_bytes* limits the address space of a worker, imports included; a task that
        needs more is lost with a MemoryError instead of calling the kernel's killer.
        """
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}.")
        self.workers: int = workers or cpu_count()
        self.cpu_seconds = 0.0
        self.start = start
        self.memory_bytes = memory_bytes

    def stream(
        self,
        function: Callable[[Task, Any], Result],
        tasks: Sequence[Task],
        *,
        shared: Any = None,
        deadline_s: float | None = None,
    ) -> Iterator[tuple[int, Result | Lost]]:
        """Yield results as they finish; raise RuntimeError if another stream is still open.

        1. A task that raises is lost with its error.
        2. When a worker dies, the tasks in work are suspects; the rest goes on in a new pool.
        3. Suspects then run alone, each in a pool of one worker; the third death gives one up.
        4. A task in work for more than *deadline_s* seconds has its worker killed and is lost
           at once: alone it would overrun again and hold up the night.
        """
        if not tasks:
            return
        if not _one_stream.acquire(blocking=False):
            raise RuntimeError("Another stream of this process is still open: exhaust it first.")
        try:
            with contextlib.ExitStack() as stack:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-"))
                stack.enter_context(threadpool_limits(1))
                stack.enter_context(start_method(self.start))
                work = Work(function, tasks, shared, f"{folder}/marks", self.memory_bytes)
                stack.callback(work.release)
                yield from _Run(work, self.workers, deadline_s, self._spend).outcomes()
        finally:
            _one_stream.release()

    def _spend(self, seconds: float) -> None:
        self.cpu_seconds += seconds


# joblib's pool of workers is one per process, so a second stream would end the first one's.
_one_stream = threading.Lock()

_POLL_S = 0.2
# A worker that never reaches its task (stopped while it starts) leaves no mark to time.
_UNMARKED_GRACE_S = 30.0


class _Run:
    """One call of `LokyEngine.stream`: who is open, who is struck, who overran."""

    def __init__(
        self,
        work: Work,
        workers: int,
        deadline_s: float | None,
        spend: Callable[[float], None],
    ) -> None:
        self.work = work
        self.spend = spend
        self.workers = workers
        self.deadline_s = deadline_s
        self.open = dict.fromkeys(range(len(work.tasks)))
        self.deaths: Counter[int] = Counter()
        self.overran: set[int] = set()
        # One number per task, written by the workers: 0 waiting, a pid in work, -1 finished.
        self.marks = np.memmap(work.marks, dtype=np.int32, mode="w+", shape=len(work.tasks))

    def outcomes(self) -> Iterator[tuple[int, Any]]:
        while unsuspected := [index for index in self.open if not self.deaths[index]]:
            yield from self._attempt(unsuspected, self.workers)
        while self.open:
            yield from self._attempt(list(self.open)[:1], workers=1)

    def _attempt(self, indices: list[int], workers: int) -> Iterator[tuple[int, Any]]:
        """Run *indices* in one pool until all are done or the pool breaks."""
        self.marks[indices] = IN_WAITING
        handed_out: list[int] = []
        patience = None if self.deadline_s is None else 2 * self.deadline_s + _UNMARKED_GRACE_S
        pool = open_pool(workers, self.work, _noting(indices, handed_out), patience)
        replies = self._watched(pool)
        trouble: BaseException | None = None
        try:
            for index, cpu_seconds, reply in replies:
                self.spend(cpu_seconds)
                del self.open[index]
                yield index, _opened(reply)
        except (BrokenProcessPool, TimeoutError, JoblibTimeout) as broken:
            trouble = broken
        finally:
            with warnings.catch_warnings():
                # A consumer that stops early means it; joblib would warn of wasted work.
                warnings.simplefilter("ignore", UserWarning)
                replies.close()
            end_workers()
        if trouble is not None:
            yield from self._strike(handed_out, trouble)

    def _strike(self, handed_out: list[int], trouble: BaseException) -> Iterator[tuple[int, Lost]]:
        """Blame the tasks that were in work; yield those that are given up."""
        unanswered = [index for index in handed_out if index in self.open]
        in_work = [index for index in unanswered if self.marks[index] > 0]
        suspects = [index for index in in_work if index in self.overran] or in_work or unanswered
        logger.warning("worker lost (%s); suspected tasks: %s", _cause(trouble), suspects)
        for index in suspects:
            self.deaths[index] += 1
            if verdict := self._verdict(index, trouble):
                del self.open[index]
                yield index, verdict

    def _verdict(self, index: int, trouble: BaseException) -> Lost | None:
        if index in self.overran:
            return Lost(f"Stopped: it took longer than the {self.deadline_s:g} s it may take.")
        if self.deaths[index] > DEATHS_ALLOWED:
            times = self.deaths[index]
            return Lost(f"Its worker process died {times} times; the last time: {_cause(trouble)}.")
        return None

    def _watched(self, pool: Iterator[Reply]) -> Generator[Reply, None, None]:
        """Pass replies on while a thread kills workers that overrun the deadline."""
        if self.deadline_s is None:
            yield from pool
            return
        # Started before the workers are forked: asleep, it holds no lock that a child needs.
        done = threading.Event()
        watch = threading.Thread(target=self._kill_overrunners, args=(done,), daemon=True)
        watch.start()
        try:
            yield from pool
        finally:
            done.set()
            watch.join()

    def _kill_overrunners(self, done: threading.Event) -> None:
        assert self.deadline_s is not None
        since: dict[int, float] = {}
        while not done.wait(min(_POLL_S, self.deadline_s / 10)):
            now = time.monotonic()
            since = {int(i): since.get(int(i), now) for i in np.flatnonzero(self.marks > 0)}
            for index, started in since.items():
                if now - started > self.deadline_s and index not in self.overran:
                    self._kill(index)

    def _kill(self, index: int) -> None:
        pid = int(self.marks[index])
        if pid > 0:
            self.overran.add(index)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _noting(indices: Iterable[int], handed_out: list[int]) -> Iterator[int]:
    for index in indices:
        handed_out.append(index)
        yield index


def _opened(reply: bytes) -> Any:
    """Unpickle what our own worker sent over a pipe of this process; never stored bytes."""
    try:
        return pickle.loads(reply)
    except Exception as error:  # a result that cannot be rebuilt is one lost task
        return lost(error)


def _cause(trouble: BaseException) -> str:
    """The line of loky's long message that tells the exit codes."""
    lines = [line for line in str(trouble).splitlines() if "exit codes" in line]
    return lines[0].strip() if lines else str(trouble).strip() or type(trouble).__name__
