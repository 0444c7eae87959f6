"""What a night decides about a machine that does not look like itself (the health rung)."""

from __future__ import annotations

from enum import StrEnum


class HealthVerdict(StrEnum):
    """What became of one machine's deviation from its own normal in one night."""

    NORMAL = "normal"
    UNKNOWN = "unknown"
    RAISED = "raised"
    UPDATED = "updated"
    COVERED = "covered"
    HELD_BUDGET = "held_budget"
    HELD_COOLDOWN = "held_cooldown"
    HELD_SNOOZED = "held_snoozed"
