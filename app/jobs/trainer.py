"""Starts `forewarn train`, or the demo's next day, as a process of its own, one at a time."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from app.config import Settings
from app.db import Database
from app.db.training import RequestKind
from app.queries.nights import due_nights, failed_machines
from app.services import runs

# A trainer that broke down (exit codes 0 and 1 are answers) is not started again at once.
REST_S = 300.0
ANSWERS = (0, 1)

log = logging.getLogger(__name__)


class Trainer:
    """Watches for due nights and for wishes from the pages; holds at most one child."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.child: subprocess.Popen[bytes] | None = None
        self.rests_until = 0.0

    def tick(self) -> None:
        """Start what is due, unless a trainer, ours or not, is still at work."""
        if self._is_busy() or time.monotonic() < self.rests_until:
            return
        with self.database.reading() as session:
            if runs.is_anyone_at_work(session, wall=datetime.now(UTC)):
                return  # a wish taken now would be refused and lost
        words = self._wish() or self._night()
        if words:
            self.start(words)

    def start(self, words: list[str]) -> subprocess.Popen[bytes]:
        """Start a command; its progress is in the database, its complaints in our log."""
        command = [sys.executable, "-m", "app.cli", *words]
        log.info("starting: %s", " ".join(words))
        # `serve --demo` knows of the plant's own clock from its command line, not from outside.
        environment = os.environ | {"FOREWARN_DEMO": str(int(self.settings.demo))}
        self.child = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        return self.child

    def wait(self) -> int:
        """Wait for the running trainer; 0 when there is none."""
        return 0 if self.child is None else self.child.wait()

    def _is_busy(self) -> bool:
        if self.child is None:
            return False
        code = self.child.poll()
        if code is not None:
            log.info("the trainer ended with exit code %s", code)
            self.child = None
            if code not in ANSWERS:
                self.rests_until = time.monotonic() + REST_S
        return code is None

    def _wish(self) -> list[str] | None:
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            if runs.take_request(session, kind=RequestKind.RUN_NOW, now=now) is not None:
                return ["train"]
            if runs.take_request(session, kind=RequestKind.RETRY_FAILED, now=now) is not None:
                return _only(failed_machines(session))
            if self.settings.demo and runs.take_request(
                session, kind=RequestKind.NEXT_DAY, now=now
            ):
                return ["demo", "--advance", "1"]
        return None

    def _night(self) -> list[str] | None:
        if self.settings.demo:
            return None
        with self.database.reading() as session:
            nights = due_nights(session, now=datetime.now(UTC))
        if not nights:
            return None
        return ["train", "--night", f"{nights[0].site_id}:{nights[0].local_date.isoformat()}"]


def _only(tags: Sequence[str]) -> list[str] | None:
    """The command that trains these machines alone; None when there are none."""
    return ["train", *(word for tag in tags for word in ("--machine", tag))] if tags else None
