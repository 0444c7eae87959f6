"""The database: one engine, two ways in (`transaction`, `reading`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

BUSY_TIMEOUT_MS = 10_000
_WRITES = "forewarn_writes"

# FULL: an acknowledged write survives a power cut. No automatic checkpoint: the WAL-reset bug of
# SQLite before 3.51.3 needs two processes checkpointing; only the leader does (app.db.leader).
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA cache_size=-65536",
)


class Database:
    """Sessions over one database; safe to share between threads, not between processes."""

    def __init__(self, url: str, *, pooled: bool = True) -> None:
        self.url = url
        self.engine = _engine(url, pooled=pooled)
        writing = self.engine.execution_options(**{_WRITES: True})
        self._writer = sessionmaker(writing, expire_on_commit=False)
        self._reader = sessionmaker(_snapshots(self.engine), expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on any exception."""
        with self._writer() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one snapshot and never commits."""
        with self._reader() as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _engine(url: str, *, pooled: bool) -> Engine:
    options: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=pooled, **options)
    Path(sa.make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(url, **options)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _snapshots(engine: Engine) -> Engine:
    """Readers see one state of the database; SQLite's WAL does that by itself."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # our own begin hook says BEGIN
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that upgrades later fails without waiting."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
