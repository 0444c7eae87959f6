"""What a door asks of the running application; the only way a view reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import current_app

from app.config import Settings
from app.db import Database
from app.queries import clock

EXTENSION = "forewarn"


@dataclass(frozen=True)
class Running:
    """The parts a running application consists of."""

    settings: Settings
    database: Database


def running() -> Running:
    """The parts of the application that serves this request."""
    return cast(Running, current_app.extensions[EXTENSION])


def database() -> Database:
    """The database of the running application."""
    return running().database


def settings() -> Settings:
    """The settings of the running application."""
    return running().settings


def now() -> datetime:
    """The plant's time: the wall clock, or in demo mode the plant's own clock row."""
    parts = running()
    if not parts.settings.demo:
        return datetime.now(UTC)
    with parts.database.reading() as session:
        return clock.demo_time(session) or datetime.now(UTC)
