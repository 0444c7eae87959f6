"""What ended the lives of a machine's components, and whether a forecast window saw a failure.

The same outcome table as the prediction library's: failures are what is foretold; a confirmed
fault, a renewal or an exchange ends a life without telling what would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.domain.work_orders import Condition, Outcome

ANY = "any"
WHOLE = ""
CONFIRMED_CONDITIONS = frozenset({Condition.DEGRADED, Condition.FAILED})
CONFIRMED_OUTCOMES = frozenset({Outcome.FAULT_AS_PREDICTED, Outcome.OTHER_FAULT})
# Findings that end a life; all others let it go on.
ENDING_OUTCOMES = CONFIRMED_OUTCOMES | {Outcome.NOTHING_FOUND_REPLACED}


class LifeEnd(NamedTuple):
    """One end, by component code (WHOLE = the whole machine).

    Sorted, ends stand in time order, a failure before the repair recorded for the same moment.
    """

    at: datetime
    is_renewal: bool
    component: str


@dataclass(frozen=True, slots=True)
class Window:
    """What a forecast spoke of: one mode (ANY = the machine), in (start, end]."""

    mode: str
    start: datetime
    end: datetime


def has_failed(window: Window, ends: Sequence[LifeEnd]) -> bool | None:
    """Whether a life that was running at the start failed in the window.

    None: a life ended without failing, so nobody can say what it would have done. *ends* are the
    machine's, sorted.
    """
    renewed: set[str] = set()
    for end in ends:
        if not window.start < end.at <= window.end or not concerns(end, window.mode):
            continue
        # One mode has one clock, whatever part of it a record names.
        part = end.component if window.mode == ANY else window.mode
        if end.is_renewal:
            renewed.add(part)
        elif renewed.isdisjoint({part, WHOLE}):
            return True
    return None if renewed else False


def concerns(end: LifeEnd, mode: str) -> bool:
    """Whether an end touches the component of a mode; everything touches the machine."""
    return mode == ANY or end.component in (mode, WHOLE, ANY)
