"""What may be asked of the savings calculator; shares are typed as percentages, as people do."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from app.domain.savings import Assumptions
from app.inputs.base import Input

Machines = Annotated[int, Field(ge=1, le=100_000)]
A_Year = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
# Typed as percentages, kept as shares.
SHARES = {
    "detection_percent": "detection_share",
    "would_have_failed_percent": "would_have_failed",
    "life_given_up_percent": "life_given_up_share",
}


class AssumeSavings(Input):
    """What the ledger assumes from a moment on (None: from now); a blank figure = the calculator's
    own proposal."""

    effective_at: AwareDatetime | None = None
    system_cost_per_year: Money | None = None
    set_up_cost: Money | None = None
    life_given_up_percent: Percent | None = None
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class CalculateSaving(Input):
    """A year of a plant in the visitor's own numbers; money in any one currency."""

    machines: Machines
    failures_per_machine_year: A_Year
    downtime_cost_per_hour: Money
    repair_hours_unplanned: Hours
    repair_hours_planned: Hours
    unplanned_repair_cost: Money
    planned_repair_cost: Money
    detection_percent: Percent
    would_have_failed_percent: Percent
    false_alarms_per_machine_year: A_Year
    inspection_cost: Money
    life_given_up_percent: Percent
    system_cost_per_year: Money
    set_up_cost: Money

    @classmethod
    def bounds(cls, name: str) -> tuple[float, float]:
        """The least and the most a field takes."""
        limits = cls.model_fields[name].metadata
        least = next(limit.ge for limit in limits if hasattr(limit, "ge"))
        return least, next(limit.le for limit in limits if hasattr(limit, "le"))

    def assumptions(self) -> Assumptions:
        """The same as the formula takes it."""
        given = self.model_dump()
        shares = {share: given.pop(name) / 100 for name, share in SHARES.items()}
        return Assumptions(**given, **shares)
