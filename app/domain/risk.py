"""From a forecast to a verdict: is this risk worth an order? (costs or a plain threshold)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.work_orders import Priority


class Basis(StrEnum):
    """What an order rule compares the risk with."""

    COSTS = "costs"
    THRESHOLD = "threshold"


class Gate(StrEnum):
    """Whether a class's predictor has earned the right to raise orders."""

    OPEN = "open"
    UNPROVEN = "unproven"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What a night decided for one machine and mode."""

    RAISED = "raised"
    UPDATED = "updated"
    HELD_BUDGET = "held_budget"
    HELD_COOLDOWN = "held_cooldown"
    HELD_SNOOZED = "held_snoozed"
    WITHHELD = "withheld"
    WITHDRAWAL = "withdrawal_proposed"
    ABSORBED = "absorbed"
    HELD_STORM = "held_storm"


HELD = frozenset(
    {Verdict.HELD_BUDGET, Verdict.HELD_COOLDOWN, Verdict.HELD_SNOOZED, Verdict.HELD_STORM}
)
# A risk that fell below this share of the threshold is over; above it, it only wavers.
WITHDRAW_BELOW = 0.5
ESCALATE_AT = 2.0
# More than half of a class or a site in one night: rather one cause than so many failures.
STORM_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class OrderRule:
    """When a class raises predicted-failure orders. Costs are in any one currency."""

    basis: Basis = Basis.COSTS
    risk_threshold: float = 0.5
    inspection_cost: float = 1.0
    planned_cost: float = 5.0
    unplanned_cost: float = 25.0
    detection_share: float = 0.8
    horizon: timedelta = timedelta(days=14)
    lead: timedelta = timedelta(days=3)
    review: timedelta = timedelta(days=1)
    cooldown: timedelta = timedelta(days=7)
    weekly_budget: int | None = 3
    approve_first: bool = True
    life_value: float = 0.0
    storm_share: float = STORM_SHARE

    @property
    def gain(self) -> float:
        """What an order before a failure is worth: detection share x (unplanned - planned)."""
        return self.detection_share * (self.unplanned_cost - self.planned_cost)

    @property
    def order_cost(self) -> float:
        """What an order costs whatever is found: the inspection, and the life given up where the
        part is replaced without looking."""
        return self.inspection_cost + self.life_value

    @property
    def threshold(self) -> float:
        """The risk over lead + one review from which an order pays (domain model 4.1).

        (inspection cost + life given up) / (detection share x (unplanned - planned cost)).
        """
        if self.basis is Basis.THRESHOLD:
            return self.risk_threshold
        return self.order_cost / self.gain if self.gain > 0 else float("inf")

    def saving(self, risk: float) -> float:
        """Expected saving of an order now, in the rule's currency; may be negative."""
        return risk * self.gain - self.order_cost


def priority_of(risk: float, threshold: float) -> Priority:
    """How urgent an order of this risk is, against the threshold it passed."""
    if risk >= max(0.5, ESCALATE_AT * threshold):
        return Priority.URGENT
    return Priority.HIGH if risk >= ESCALATE_AT * threshold else Priority.NORMAL


def is_over(risk: float, threshold: float) -> bool:
    """Whether the risk fell so far that withdrawing the order should be proposed."""
    return risk < WITHDRAW_BELOW * threshold


def absorbs_until(as_of: datetime, *, rul_p10_hours: float | None, horizon: timedelta) -> datetime:
    """Until when other work comes in time: the lower RUL bound (10 of 100 fail before it), the
    horizon at most; the horizon where the bound lies beyond what the forecast tells."""
    end = as_of + horizon
    return end if rul_p10_hours is None else min(end, as_of + timedelta(hours=rul_p10_hours))
