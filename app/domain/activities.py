"""What was done to a component (ISO 14224 maintenance activities, trimmed)."""

from __future__ import annotations

from enum import StrEnum


class Activity(StrEnum):
    """The remedy, in the standard's words."""

    REPLACE = "replace"
    REPAIR = "repair"
    REFIT = "refit"
    OVERHAUL = "overhaul"
    COMBINATION = "combination"
    MODIFY = "modify"
    ADJUST = "adjust"
    SERVICE = "service"
    CHECK = "check"
    TEST = "test"
    INSPECTION = "inspection"


# After these the component's life starts anew; greasing or looking at it does not make it younger.
RENEWING = frozenset(
    {
        Activity.REPLACE,
        Activity.REPAIR,
        Activity.REFIT,
        Activity.OVERHAUL,
        Activity.COMBINATION,
    }
)
