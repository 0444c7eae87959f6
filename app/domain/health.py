"""What a night decides about a machine that does not look like itself (the health rung).

Inspections only: approve first, never called a prediction, no percentage (domain model 4.9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# New inspection suggestions per crew and week.
WEEKLY_INSPECTIONS = 3
# How far the pictures of a deviation reach, in the machine's own limits.
PICTURE_LIMITS = 2.0


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


@dataclass(frozen=True, slots=True)
class RoleHealth:
    """One sensor role against the machine's own normal and its sister machines.

    `deviation`, `sisters` (the median of theirs) and `limit` count spreads of the own normal;
    `score` counts limits. None = not known.
    """

    role: str
    name: str
    unit: str
    value: float | None
    normal: float | None
    spread: float | None
    deviation: float | None
    sisters: float | None
    sister_count: int
    limit: float | None
    score: float | None
    sentence: str

    @property
    def is_over(self) -> bool:
        """Whether the role is past its limit."""
        return self.score is not None and self.score >= 1


@dataclass(frozen=True, slots=True)
class HealthState:
    """One machine against its own normal; score 1 is its limit, None: `reason` says why not."""

    as_of: datetime
    score: float | None
    threshold: float | None
    is_deviating: bool
    since: datetime | None
    alarms_per_year: float | None
    roles: tuple[RoleHealth, ...]
    reason: str

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences that make the case: of the roles past their limit, else of the furthest."""
        return told(self.roles)


def told(roles: Sequence[RoleHealth]) -> tuple[str, ...]:
    """The sentences of the roles past their limit, else of the furthest one."""
    over = tuple(role.sentence for role in roles if role.is_over and role.sentence)
    return over or tuple(role.sentence for role in roles[:1] if role.sentence)


def title(tag: str, roles: Sequence[RoleHealth]) -> str:
    """What an inspection order is called: Inspect P-104: vibration away from its normal."""
    name = roles[0].name if roles else ""
    what = name[:1].lower() + name[1:] if name[1:2].islower() else name
    return f"Inspect {tag}: {what or 'something'} away from its normal"


def on_scale(deviation: float | None, limit: float | None) -> float | None:
    """Where a deviation stands in a picture: 0 and 1 are its ends, 0.5 is the normal."""
    if deviation is None or not limit:
        return None
    share = deviation / (limit * PICTURE_LIMITS)
    return 0.5 + 0.5 * max(-1.0, min(1.0, share))
