"""The scheduler: a short UTC tick; our own rule decides what is due (cron skips nights at DST)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler

from app.config import Settings
from app.db import Database
from app.db.leader import Leader
from app.jobs import daily
from app.jobs.trainer import Trainer

TICK_S = 5
# Somebody who pressed *Next night* is looking on.
DEMO_TICK_S = 1
CHECKPOINT_S = 60
DAILY_S = 900
DEFAULTS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The running clock of this process and the lock that says whether its jobs do anything."""

    clock: BackgroundScheduler
    leader: Leader

    @property
    def is_leading(self) -> bool:
        """Whether this process schedules; it asks again before every job."""
        return self.leader.acquire()


def started(settings: Settings, database: Database, stack: ExitStack) -> Clockwork:
    """Start the clock; it stops when *stack* closes.

    Of all processes only the leader does anything, and only it checkpoints SQLite's write-ahead
    log. Another one stands by: it takes over at the first tick after the leader is gone.
    """
    leader = Leader(settings, database)
    clock = BackgroundScheduler(timezone="UTC", job_defaults=DEFAULTS)
    works = Clockwork(clock, leader)
    for name, job in _jobs(settings, database, leader).items():
        clock.add_job(_when_leading(works, job.does), "interval", seconds=job.every_s, id=name)
    stack.callback(leader.release)
    if not works.is_leading:
        log.warning("another process leads; this one stands by")
    clock.start()
    stack.callback(clock.shutdown, wait=False)
    return works


@dataclass(frozen=True, slots=True)
class _Job:
    does: Callable[[], object]
    every_s: int


def _jobs(settings: Settings, database: Database, leader: Leader) -> dict[str, _Job]:
    jobs = {
        "tick": _Job(Trainer(settings, database).tick, DEMO_TICK_S if settings.demo else TICK_S),
        "checkpoint": _Job(leader.checkpoint, CHECKPOINT_S),
    }
    if not settings.demo:
        jobs["day"] = _Job(partial(daily.raise_due_orders, database), DAILY_S)
    return jobs


def _when_leading(works: Clockwork, job: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        if works.is_leading:
            job()

    return run
