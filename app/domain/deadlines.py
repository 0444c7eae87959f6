"""Until when a suggestion can wait: the risk until then, the must-start-by date, and the cost.

Domain model 4.10: must-start-by = lower RUL bound - job duration - part lead time; shown only of a
forecast above the order threshold whose 10-50 % span is at most half that of the age rule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.savings import chance_of_failure

HOUR = timedelta(hours=1)
# A forecast is worth a date when it narrows the span of the age rule to this share at most.
NARROW_ENOUGH = 0.5
_SPAN = math.log(1 / 0.5) - math.log(1 / 0.9)


class Certainty(StrEnum):
    """Why there is a must-start-by date, or why there is none."""

    DATE = "date"
    PAST = "past"
    BELOW = "below"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast as issued of one failure mode.

    `survival` is one longer than `edges_hours`; `lower_hours` and `median_hours` are the remaining
    life that 90 % and 50 % outlive; `age_risk` is what the age rule said of the same `risk_hours`.
    """

    as_of: datetime
    edges_hours: Sequence[float]
    survival: Sequence[float]
    risk: float
    risk_hours: float
    lower_hours: float | None
    median_hours: float | None
    age_risk: float | None

    def chance_until(self, moment: datetime, *, now: datetime) -> float:
        """The chance that a machine that runs *now* has failed by *moment*; 0 for the past."""
        running = 1.0 - self._chance(now)
        if running <= 0:
            return 1.0
        return max(0.0, 1.0 - (1.0 - self._chance(moment)) / running)

    def _chance(self, moment: datetime) -> float:
        hours = (moment - self.as_of) / HOUR
        return chance_of_failure(list(self.edges_hours), list(self.survival), hours)

    @property
    def lower_at(self) -> datetime | None:
        """The lower RUL bound as a moment."""
        return None if self.lower_hours is None else self.as_of + self.lower_hours * HOUR


@dataclass(frozen=True, slots=True)
class Deadline:
    """The date, with why it is shown or not.

    `at` is there for DATE and PAST. PAST: a planned part comes at `part_at` at the earliest, and
    until then the machine fails with `risk`.
    """

    certainty: Certainty
    at: datetime | None = None
    part_at: datetime | None = None
    risk: float | None = None


def must_start_by(
    outlook: Outlook,
    *,
    threshold: float,
    job_hours: float | None,
    part_lead_hours: float | None,
    now: datetime,
) -> Deadline:
    """The last moment to order the part and begin, if the forecast is sure enough to name one.

    What nobody entered (job, part) takes no time.
    """
    if outlook.risk < threshold:
        return Deadline(Certainty.BELOW)
    if outlook.lower_at is None or outlook.median_hours is None or outlook.age_risk is None:
        return Deadline(Certainty.UNKNOWN)
    if not is_surer_than_age(outlook):
        return Deadline(Certainty.UNSURE)
    lead = (part_lead_hours or 0.0) * HOUR
    at = outlook.lower_at - (job_hours or 0.0) * HOUR - lead
    if at >= now:
        return Deadline(Certainty.DATE, at)
    return Deadline(
        Certainty.PAST, at, part_at=now + lead, risk=outlook.chance_until(now + lead, now=now)
    )


def is_surer_than_age(outlook: Outlook) -> bool:
    """Whether the 10-50 % span is at most half that of the age rule; no if either is unknown."""
    if outlook.lower_hours is None or outlook.median_hours is None or outlook.age_risk is None:
        return False
    of_age = age_span_hours(outlook.age_risk, outlook.risk_hours)
    return outlook.median_hours - outlook.lower_hours <= NARROW_ENOUGH * of_age


def age_span_hours(risk: float, hours: float) -> float:
    """The hours between the 10 % and the 50 % quantile of remaining life by the age rule.

    Only its risk within *hours* is stored. Its hazard hardly changes in so short a time and is
    taken as constant: with S(t) = exp(-h t) the quantiles are ln(1/0.9)/h and ln(2)/h. (The hazard
    of a part that wears out rises: the span comes out some 10 % too long on the sample plant.)
    """
    hazard = -math.log1p(-min(risk, 1.0 - 1e-12)) / hours
    return math.inf if hazard <= 0 else _SPAN / hazard


def cost_of_waiting(outlook: Outlook, gain: float, wait: timedelta, *, now: datetime) -> float:
    """What waiting so long is expected to cost: the chance of a failure meanwhile x *gain*.

    *gain* is detection share x (unplanned - planned cost), in the order rule's currency.
    """
    return outlook.chance_until(now + wait, now=now) * gain
