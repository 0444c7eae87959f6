"""The daily deed: raise the preventive orders that are due."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from app.db import Database
from app.domain.roles import system
from app.services import schedules

log = logging.getLogger(__name__)


def raise_due_orders(database: Database) -> None:
    """Raise every preventive order due by each site's local date; doing it twice raises none."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        done = schedules.generate(session, now=now, by=system("daily"))
    if done.raised:
        log.info("raised %d preventive orders", done.raised)
