"""Tables. One file per area; importing this package registers every table on `Base.metadata`."""

from __future__ import annotations

from app.db import (
    audit,
    back_tests,
    clock,
    conditions,
    equipment,
    health,
    imports,
    label_reviews,
    outbox,
    places,
    predictions,
    readings,
    records,
    savings,
    schedules,
    sensors,
    stop_windows,
    storms,
    training,
    typical_lives,
    users,
    work_orders,
)
from app.db.base import Base
from app.db.engine import Database

__all__ = [
    "Base",
    "Database",
    "audit",
    "back_tests",
    "clock",
    "conditions",
    "equipment",
    "health",
    "imports",
    "label_reviews",
    "outbox",
    "places",
    "predictions",
    "readings",
    "records",
    "savings",
    "schedules",
    "sensors",
    "stop_windows",
    "storms",
    "training",
    "typical_lives",
    "users",
    "work_orders",
]
