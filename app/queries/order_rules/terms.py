"""One order rule with all its terms, and what a change of it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db.equipment import OrderRuleRow
from app.domain.instants import BEGINNING
from app.domain.risk import Basis, OrderRule
from app.inputs.equipment import SetOrderRule
from app.queries.fleet import rule_of

# What a planner sets, in the order of the form.
SETTINGS = (
    "basis",
    "risk_threshold",
    "inspection_cost",
    "planned_cost",
    "unplanned_cost",
    "detection_share",
    "life_value",
    "lead_hours",
    "review_hours",
    "horizon_hours",
    "cooldown_hours",
    "weekly_budget",
    "storm_share",
    "approve_first",
)


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule; without an id it is the defaults of a class that never had one.

    `effective_at` is None for a rule that is in force since ever. Costs are in any one currency.
    `follows_class` ends a machine's own rule: its terms then say nothing.
    """

    id: int | None
    effective_at: datetime | None
    reason: str
    follows_class: bool
    basis: Basis
    risk_threshold: float
    inspection_cost: float
    planned_cost: float
    unplanned_cost: float
    detection_share: float
    life_value: float
    lead_hours: int
    review_hours: int
    horizon_hours: int
    cooldown_hours: int
    weekly_budget: int | None
    storm_share: float
    approve_first: bool

    @property
    def threshold(self) -> float:
        """The risk over `risk_hours` from which it asks for an order; may be infinite."""
        return rule_from(self).threshold

    @property
    def is_silent(self) -> bool:
        """Whether no risk at all reaches the threshold."""
        return self.threshold > 1

    @property
    def risk_hours(self) -> int:
        """How far ahead the risk reaches that is compared: lead and one review interval."""
        return self.lead_hours + self.review_hours


# A rule from anywhere: as shown, as typed, as stored.
Terms = RuleView | SetOrderRule | OrderRuleRow


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that a rule changed."""

    name: str
    before: Any
    after: Any


def rule_from(terms: Terms) -> OrderRule:
    """The rule as the night reads it, of whatever has its terms."""
    return rule_of(OrderRuleRow(**{name: getattr(terms, name) for name in SETTINGS}))


def view(row: OrderRuleRow) -> RuleView:
    """A stored rule."""
    since = None if row.effective_at <= BEGINNING else row.effective_at
    return _view(row, row.id, since)


def defaults() -> RuleView:
    """The rule of a class that never had one."""
    return _view(SetOrderRule(equipment_class_id=0), None, None)


def changes(before: Terms, after: Terms) -> tuple[Change, ...]:
    """What differs between two rules."""
    both = ((name, getattr(before, name), getattr(after, name)) for name in SETTINGS)
    return tuple(Change(name, old, new) for name, old, new in both if old != new)


def _view(terms: Terms, rule_id: int | None, since: datetime | None) -> RuleView:
    values = {name: getattr(terms, name) for name in SETTINGS}
    return RuleView(
        id=rule_id,
        effective_at=since,
        reason=terms.reason,
        follows_class=terms.follows_class,
        **values,
    )
