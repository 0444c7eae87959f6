"""Condition limits: has a reading been beyond a limit for long enough?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """On which side of its value a limit is passed."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Limit:
    """A reading above or below `value` for `hours` running hours in a row."""

    side: Side
    value: float
    hours: int

    def is_beyond(self, reading: float) -> bool:
        """Whether a reading is on the wrong side; the value itself is not."""
        return reading > self.value if self.side is Side.ABOVE else reading < self.value


@dataclass(frozen=True, slots=True)
class Stretch:
    """The newest running hours in a row on one side of a limit.

    `since` is the end of the first of them, `newest` the mean of the last.
    """

    is_beyond: bool
    hours: int
    since: int
    newest: float


def stretch(limit: Limit, ends: Sequence[int], means: Sequence[float]) -> Stretch | None:
    """The newest stretch of hourly means; *ends* are the hours' ends, rising. None without any.

    Only hours in which the machine ran should be given: a standstill ends no stretch.
    """
    if not ends:
        return None
    newest = means[-1]
    is_beyond = limit.is_beyond(newest)
    count = 0
    for reading in reversed(means):
        if limit.is_beyond(reading) != is_beyond:
            break
        count += 1
    return Stretch(is_beyond, count, ends[-count], newest)


def is_passed(limit: Limit, found: Stretch | None) -> bool:
    """Whether the reading has been beyond the limit for long enough."""
    return found is not None and found.is_beyond and found.hours >= limit.hours


def is_back(limit: Limit, found: Stretch | None) -> bool:
    """Whether the reading has been within the limit again for as long."""
    return found is not None and not found.is_beyond and found.hours >= limit.hours
