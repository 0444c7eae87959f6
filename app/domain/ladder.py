"""The ladder of prediction: which rung comes after which, what the next one needs, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MONTH_DAYS = 30.4375
# Failures of a mode from which its class learns a hazard (prediction.md 4).
HAZARD_EVENTS = 8
# A rate of so few failures that ten years would not do says nothing of when.
FAR = 120.0


class Rung(StrEnum):
    """The rungs, from the ground up; their codes are those of the prediction library."""

    NOTHING = "not_enough_data"
    HEALTH = "health"
    AGE = "reference"
    CLASS = "class_hazard"
    OWN_LEVEL = "own_level"
    OWN_HAZARD = "own_hazard"


RUNGS = tuple(Rung)


@dataclass(frozen=True, slots=True)
class Missing:
    """What lifts a mode to the next rung: so many failures more; months None = nobody can say."""

    rung: Rung
    needed: int
    known: int
    per_month: float | None
    months: float | None


def height(code: str) -> int:
    """How high a rung stands; one the ladder does not know stands on the ground."""
    return next((place for place, rung in enumerate(RUNGS) if rung.value == code), 0)


def highest(codes: Iterable[str]) -> Rung:
    """The highest of the rungs reached; the ground when there are none."""
    return RUNGS[max((height(code) for code in codes), default=0)]


def missing(reached: Rung, *, known: int, of_class: int, days: float) -> Missing | None:
    """What the next rung of a mode needs; None where more failures alone lift it no further.

    The age rule needs one failure of the class, its hazard eight of the mode; *days* is how long
    the plant's history reaches back, which says at what rate they come.
    """
    if height(reached) >= height(Rung.CLASS):
        return None
    rung = Rung.AGE if height(reached) < height(Rung.AGE) and not of_class else Rung.CLASS
    needed, seen = (1, of_class) if rung is Rung.AGE else (HAZARD_EVENTS, known)
    rate = seen / (days / MONTH_DAYS) if days > 0 and seen else None
    left = max(0, needed - seen)
    months = None if rate is None else left / rate
    return Missing(rung, needed, seen, rate, months if months is None or months <= FAR else None)
