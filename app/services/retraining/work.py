"""A night at work: what its stages share."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, RLock

from sqlalchemy.orm import Session

from app.db import Database
from app.db.training import Stage
from app.services import runs
from app.services.retraining.night import NightOrder, NightReport, Progress
from models import HealthSeries
from models.engines import Engine

# Watching pages poll about once a second; telling them more often only costs writes.
TELL_EVERY_S = 0.5


# A worker forked while another thread is inside the database library would inherit its locks,
# held for ever. So the night's own use of the database and forking exclude each other.
_at_the_database = RLock()
os.register_at_fork(
    before=_at_the_database.acquire,
    after_in_parent=_at_the_database.release,
    after_in_child=_at_the_database.release,
)


class NightCancelled(Exception):
    """Somebody cancelled the run, or another trainer took it over; what is stored stays."""


@dataclass
class Work:
    """One running night; `cancelled` is set by the heartbeat.

    `health` has what each machine of this process said about its normal, to be judged together.
    """

    order: NightOrder
    run: runs.OpenRun
    as_of: datetime
    engine: Engine
    report: NightReport
    cancelled: Event = field(default_factory=Event)
    told_at: float = 0.0
    health: dict[str, HealthSeries] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The night's database; its pool is off, so a fork inherits no connection."""
        return self.order.database

    def now(self) -> datetime:
        """The plant's time."""
        return self.order.plant_now()

    def check(self) -> None:
        """Raise NightCancelled when the night should stop."""
        if self.cancelled.is_set():
            raise NightCancelled

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction of this run: fenced off when another trainer took it over."""
        with _at_the_database, self.database.transaction() as session:
            runs.hold(session, run=self.run)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot to read from."""
        with _at_the_database, self.database.reading() as session:
            yield session

    def beat(self) -> None:
        """Keep the lease alive and notice a wish to cancel; raise LeaseLost when fenced off."""
        with _at_the_database, self.database.transaction() as session:
            if runs.heartbeat(session, run=self.run, wall=self.order.wall()):
                self.cancelled.set()

    def tell(self, stage: Stage, done: int, total: int) -> None:
        """Say where the night stands: to its watcher always, to the pages now and then."""
        self.order.watch(Progress(stage, done, total, self.report.failed))
        if done not in (0, total) and time.monotonic() - self.told_at < TELL_EVERY_S:
            return
        self.told_at = time.monotonic()
        if stage is not Stage.DONE:
            with self.writing() as session:
                runs.progress(session, run=self.run, stage=stage, done=done, total=total)
