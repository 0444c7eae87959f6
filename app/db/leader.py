"""Who leads: of all processes on one database at most one schedules and checkpoints.

The WAL-reset bug of SQLite before 3.51.3 needs two processes that checkpoint; automatic
checkpoints are off everywhere (app.db.engine), and only the holder of this lock makes them.
A lock dies with its process, so nothing is left behind by a crash.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from app.db.engine import Database

LOCK_FILE = "leader.lock"
# Any constant will do, as long as every process of the product uses the same.
_LEADER_KEY = 0x464F5244


class Place(Protocol):
    """Where an installation keeps its files (the settings are one)."""

    @property
    def data_dir(self) -> Path:
        """The data directory."""


class Leader:
    """The lock of one database: a locked file for SQLite, an advisory lock on PostgreSQL."""

    def __init__(self, place: Place, database: Database) -> None:
        self._place = place
        self._database = database
        self._file: int | None = None
        self._connection: sa.Connection | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None or self._connection is not None

    def acquire(self) -> bool:
        """Take the lock if it is free; say whether it is now ours. Never waits."""
        if self.is_held:
            return True
        return self._lock_file() if self._database.is_sqlite else self._lock_server()

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._file is not None:
            os.close(self._file)
        if self._connection is not None:
            self._connection.close()
        self._file = self._connection = None

    def checkpoint(self) -> bool:
        """Write the log of writes back into the file; False when not leading or others read.

        PostgreSQL does this by itself.
        """
        if not self.is_held or not self._database.is_sqlite:
            return False
        raw = self._database.engine.raw_connection()
        try:
            busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.close()
        return not busy

    def _lock_file(self) -> bool:
        self._place.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(
            self._place.data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def _lock_server(self) -> bool:
        # A connection of its own: the lock lives exactly as long as it does.
        connection = sa.create_engine(self._database.url, poolclass=sa.NullPool).connect()
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LEADER_KEY))):
            self._connection = connection
            return True
        connection.close()
        return False


@contextmanager
def leading(place: Place, database: Database) -> Iterator[Leader | None]:
    """Lead for the length of the block; None when another process does."""
    leader = Leader(place, database)
    try:
        yield leader if leader.acquire() else None
    finally:
        leader.release()


@contextmanager
def checkpointing(place: Place, database: Database) -> Iterator[None]:
    """After a block that wrote much, checkpoint, unless another process leads and will."""
    with leading(place, database) as leader:
        try:
            yield
        finally:
            if leader is not None:
                leader.checkpoint()
