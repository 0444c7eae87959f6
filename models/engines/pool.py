"""Starting and ending worker processes: fork where it is safe, fresh ones elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor, reusable_executor
from joblib.externals.loky.backend import context as loky_context
from threadpoolctl import threadpool_info

from models.engines.worker import Reply, Work, enlist, run

logger = logging.getLogger(__name__)

Start = Literal["auto", "fork", "fresh"]


def open_pool(
    workers: int, work: Work, indices: Iterator[int], patience: float | None
) -> Iterator[Reply]:
    """Yield replies in the order they finish; raise BrokenProcessPool when a worker dies."""
    if workers == 1:
        # joblib runs n_jobs=1 inside the parent, where a death would be ours.
        with _expecting_fork_warning():
            executor = get_reusable_executor(1, reuse=False, initializer=enlist, initargs=(work,))
        for index in indices:
            yield executor.submit(run, index).result(patience)
        return
    crowd = Parallel(
        n_jobs=workers,
        backend="loky",
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch="n_jobs",
        timeout=patience,
        max_nbytes=None,
        inner_max_num_threads=1,
        initializer=enlist,
        initargs=(work,),
    )
    with _expecting_fork_warning():
        replies = crowd(delayed(run)(index) for index in indices)
    yield from replies


def end_workers() -> None:
    """End the pool, whatever its workers are doing; the next one must be started anew."""
    # Asked for by its public name, a pool that is broken by now would be started anew first.
    executor = reusable_executor._executor
    if executor is not None:
        executor.shutdown(wait=True, kill_workers=True)


@contextlib.contextmanager
def _expecting_fork_warning() -> Iterator[None]:
    """loky warns that fork ignores POSIX; we fork from a process we know to be clean."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="`fork` start method should not be used", category=UserWarning
        )
        yield


@contextlib.contextmanager
def start_method(start: Start) -> Iterator[None]:
    """Set how loky starts workers; an executor's own `context="fork"` is refused by it."""
    before = loky_context.get_start_method()
    forks = start == "fork" or (start == "auto" and _may_fork())
    logger.info("workers are %s", "forked" if forks else "started fresh")
    loky_context.set_start_method("fork" if forks else "loky", force=True)
    try:
        yield
    finally:
        loky_context.set_start_method(before, force=True)


def _may_fork() -> bool:
    """False off Linux, and after an OpenMP region: a child that asks for threads then hangs.

    libgomp keeps its threads after a region, so threads beyond Python's own and beyond the pools
    that each OpenBLAS starts when it is loaded mean that a region has run.
    """
    if sys.platform != "linux":
        return False
    loaded: int = sum(pool["internal_api"] == "openblas" for pool in threadpool_info())
    asked = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or ""
    each = int(asked) if asked.isdigit() else len(os.sched_getaffinity(0))
    known = threading.active_count() + loaded * (each - 1)
    return sum(1 for _ in Path("/proc/self/task").iterdir()) <= known
