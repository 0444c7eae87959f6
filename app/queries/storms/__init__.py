"""Storms: what they hold back, what planners said of them, and what may have caused them."""

from __future__ import annotations

from app.queries.storms.causes import likely_cause
from app.queries.storms.held import (
    HeldKey,
    WaitingStorm,
    WordOnStorm,
    held_keys,
    waiting_storms,
    words_on_storms,
)
from app.queries.storms.pages import HeldRow, StormView, storm, storms, waiting_count

__all__ = [
    "HeldKey",
    "HeldRow",
    "StormView",
    "WaitingStorm",
    "WordOnStorm",
    "held_keys",
    "likely_cause",
    "storm",
    "storms",
    "waiting_count",
    "waiting_storms",
    "words_on_storms",
]
