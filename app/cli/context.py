"""What every command works with: the settings, the database, the time at the plant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from app.config import Settings, from_env
from app.db import Database
from app.queries import clock


@contextmanager
def opened(*, pooled: bool = True) -> Iterator[tuple[Settings, Database]]:
    """The settings from the environment and their database; closed at the end of the block.

    Raises BadSetting. A command that forks asks for connections that are not pooled.
    """
    settings = from_env()
    database = Database(settings.database_url, pooled=pooled)
    try:
        yield settings, database
    finally:
        database.dispose()


def plant_now(settings: Settings, database: Database) -> datetime:
    """The wall clock, or in demo mode the plant's own clock."""
    if not settings.demo:
        return datetime.now(UTC)
    with database.reading() as session:
        return clock.demo_time(session) or datetime.now(UTC)
