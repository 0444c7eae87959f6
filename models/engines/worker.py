"""The worker's side: what happens in a process that runs tasks."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from threadpoolctl import ThreadpoolController

from models.engines.contract import answer, lost

Reply = tuple[int, float, bytes]
"""Index of the task, CPU seconds it took, its pickled result."""

IN_WAITING, FINISHED = 0, -1
"""A task's mark; while it is in work, the mark is its worker's pid."""


@dataclass(eq=False, slots=True)
class Work:
    """What a worker must know before its first task.

    Compared by identity: joblib compares pool arguments, and arrays in them cannot be.
    """

    function: Callable[[Any, Any], Any] | None
    tasks: Sequence[Any]
    shared: Any
    marks: str
    memory_bytes: int | None
    parent: int = 0

    def __post_init__(self) -> None:
        self.parent = os.getpid()

    def release(self) -> None:
        """Let go of the data: joblib keeps the arguments of its last pool for ever."""
        self.function, self.tasks, self.shared = None, (), None


class _Desk:
    """What this worker has been given; one per process, filled by `enlist`."""

    work: Work | None = None
    marks: Any = None
    limited: tuple[int, ThreadpoolController] | None = None


_desk = _Desk()

_THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PR_SET_PDEATHSIG = 1


def enlist(work: Work) -> None:
    """Prepare this worker before its first task."""
    _die_with(work.parent)
    # Ctrl-C reaches the whole group and the parent's handlers are inherited: it decides, not we.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, "1"))
    if work.memory_bytes is not None:
        _limit_memory(work.memory_bytes)
    _desk.marks = np.memmap(work.marks, dtype=np.int32, mode="r+")
    _desk.work = work


def run(index: int) -> Reply:
    """Run one task. The result travels as bytes, so that one which cannot be pickled is lost too.

    Raise RuntimeError outside a worker only: an exception here would end the whole stream.
    """
    work = _desk.work
    if work is None or work.function is None:
        raise RuntimeError("This process is not an enlisted worker.")
    _desk.marks[index] = os.getpid()
    begun = time.process_time()
    try:
        with _one_thread():
            result = answer(work.function, work.tasks[index], work.shared)
        reply = pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        reply = pickle.dumps(lost(error), protocol=pickle.HIGHEST_PROTOCOL)
    _desk.marks[index] = FINISHED
    return index, time.process_time() - begun, reply


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Limit OpenMP and BLAS to one thread: more were measured 18 to 36 times slower.

    Finding the loaded libraries takes 3 ms, so it is done again only after new imports.
    """
    if _desk.limited is None or _desk.limited[0] != len(sys.modules):
        _desk.limited = len(sys.modules), ThreadpoolController()
    with _desk.limited[1].limit(limits=1):
        yield


def _limit_memory(limit: int) -> None:
    import resource  # POSIX only

    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _die_with(parent: int) -> None:
    """Make this process end when *parent* does, even by SIGKILL: stock loky leaves orphans."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
    else:
        threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()


def _watch_parent(parent: int) -> NoReturn:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
