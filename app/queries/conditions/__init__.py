"""Condition limits: as pages show them, and how the night finds each machine against them."""

from __future__ import annotations

from app.queries.conditions.pages import LimitChoices, LimitRow, choices, limit, limits
from app.queries.conditions.standings import LimitStanding, limit_standings

__all__ = [
    "LimitChoices",
    "LimitRow",
    "LimitStanding",
    "choices",
    "limit",
    "limit_standings",
    "limits",
]
