"""What a planner wants to know of a suggestion before deciding: when, with what, why, how sure."""

from __future__ import annotations

from app.queries.suggestions.other_work import Beside, Host, OtherWork, Service
from app.queries.suggestions.page import (
    Preparation,
    Suggestion,
    Waiting,
    hosts_of,
    service_windows,
    suggestion,
)
from app.queries.suggestions.reasons import Reason
from app.queries.suggestions.sureness import Sureness
from app.queries.suggestions.windows import Window

__all__ = [
    "Beside",
    "Host",
    "OtherWork",
    "Preparation",
    "Reason",
    "Service",
    "Suggestion",
    "Sureness",
    "Waiting",
    "Window",
    "hosts_of",
    "service_windows",
    "suggestion",
]
