"""Condition limits: set by planners, watched by the night."""

from __future__ import annotations

from app.services.conditions.editing import create, update
from app.services.conditions.watching import Watched, watch

__all__ = ["Watched", "create", "update", "watch"]
