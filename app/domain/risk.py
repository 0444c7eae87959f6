"""From a forecast to a verdict: is this risk worth an order? (costs or a plain threshold)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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


HELD = frozenset({Verdict.HELD_BUDGET, Verdict.HELD_COOLDOWN, Verdict.HELD_SNOOZED})
# A risk that fell below this share of the threshold is over; above it, it only wavers.
WITHDRAW_BELOW = 0.5
ESCALATE_AT = 2.0


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

    @property
    def threshold(self) -> float:
        """The risk over lead + one review from which an inspection pays (domain model 4.1).

        inspection cost / (detection share x (unplanned - planned cost)).
        """
        if self.basis is Basis.THRESHOLD:
            return self.risk_threshold
        gain = self.detection_share * (self.unplanned_cost - self.planned_cost)
        return self.inspection_cost / gain if gain > 0 else float("inf")

    def saving(self, risk: float) -> float:
        """Expected saving of an inspection now, in the rule's currency; may be negative."""
        gain = self.detection_share * (self.unplanned_cost - self.planned_cost)
        return risk * gain - self.inspection_cost


def priority_of(risk: float, threshold: float) -> Priority:
    """How urgent an order of this risk is, against the threshold it passed."""
    if risk >= max(0.5, ESCALATE_AT * threshold):
        return Priority.URGENT
    return Priority.HIGH if risk >= ESCALATE_AT * threshold else Priority.NORMAL


def is_over(risk: float, threshold: float) -> bool:
    """Whether the risk fell so far that withdrawing the order should be proposed."""
    return risk < WITHDRAW_BELOW * threshold
