"""A process of its own, its wall time, and how much memory it and its children took at most."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

POLL_S = 0.25
KB_PER_MB = 1024


class Ended(Exception):
    """A measured process ended with an unexpected exit code."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process printed, its wall time from start to end, its CPU time and its peaks.

    CPU seconds include those of all workers it waited for. Memory is the proportional set: pages
    shared by forked workers are divided among them, so a sum over a tree counts each page once.
    """

    output: str
    seconds: float
    cpu_seconds: float
    parent_mb: float
    tree_mb: float


def run_python(*words: str, environment: Mapping[str, str]) -> Measured:
    """Run `python words...` to its end; raise Ended unless it exits with 0."""
    parent_kb = tree_kb = 0
    with TemporaryFile("w+") as output:
        started, before = time.monotonic(), _children_cpu()
        process = subprocess.Popen([sys.executable, *words], env=dict(environment), stdout=output)
        while process.poll() is None:
            parent_kb = max(parent_kb, pss_kb(process.pid))
            tree_kb = max(tree_kb, sum(pss_kb(pid) for pid in _tree(process.pid)))
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
        seconds = time.monotonic() - started
        if process.returncode:
            raise Ended(f"{' '.join(words)} ended with exit code {process.returncode}")
        output.seek(0)
        cpu = _children_cpu() - before
        return Measured(output.read(), seconds, cpu, parent_kb / KB_PER_MB, tree_kb / KB_PER_MB)


def pss_kb(pid: int) -> int:
    """Proportional set size of one process; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _children_cpu() -> float:
    """CPU seconds of all ended children of this process, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tree(root: int) -> Iterator[int]:
    """The process and all that descend from it."""
    yield root
    for tasks in Path(f"/proc/{root}/task").glob("*/children"):
        with suppress(OSError):
            for child in tasks.read_text().split():
                yield from _tree(int(child))
