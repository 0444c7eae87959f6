"""What an example says, and the line drawn beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Situation(StrEnum):
    """The kinds of examples the first look shows, in its order."""

    RISING = "rising"
    CAUGHT = "caught"
    MISSED = "missed"
    IN_VAIN = "in_vain"
    WITHHELD = "withheld"
    SENSOR_FAULT = "sensor_fault"
    HELD_BACK = "held_back"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class Source:
    """A row a statement was read from."""

    table: str
    id: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A short line through time: equally spaced values, None where nothing is known.

    `limit` is the level the value is compared with (a threshold, or the machine's own normal).
    """

    values: tuple[float | None, ...]
    limit: float | None
    is_risk: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One example. Which of the facts are set depends on its kind; `sentence` is the night's."""

    kind: Situation
    equipment_id: int
    tag: str
    name: str
    at: datetime
    component: str = ""
    sentence: str = ""
    order_id: int | None = None
    run_id: int | None = None
    risk: float | None = None
    risk_hours: float | None = None
    threshold: float | None = None
    lead_hours: float | None = None
    trace: Trace | None = None
    sources: tuple[Source, ...] = ()
