"""What orders would have cost or saved on a record in which nobody acted on them.

- A failure without an order in time costs an unplanned repair.
- A failure found in time costs a planned repair in the share of cases in which the inspection
  detects the fault, an unplanned one in the others.
- Every alarm costs one inspection, whatever came of it.
- The planned work of the record is done under every policy alike and left out.
- What a part fitted on an order does until the failure it replaced would have come, at most a
  horizon later, is left out, too: it is days old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.measuring.calendar_rule import (
    Kind,
    Prices,
    Stretch,
    costs_in_hindsight,
    costs_of_plans,
    plans_from_the_past,
)
from benchmarks.measuring.event_scores import Alarm, Window, judge
from benchmarks.measuring.record import Happening, Record


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs in any one currency (domain model 4.1: 1 : 5 : 25), detection share 0..1."""

    inspection: float = 1.0
    planned: float = 5.0
    unplanned: float = 25.0
    detection_share: float = 0.8

    @property
    def prices(self) -> Prices:
        """What a calendar has to pay: it looks at nothing, it replaces."""
        return Prices(self.planned, self.unplanned)

    def of_found(self) -> float:
        """A failure that an inspection came before, the inspection itself left out."""
        share = self.detection_share
        return share * self.planned + (1.0 - share) * self.unplanned

    def of_orders(self, alarms: int, found: int, failures: int) -> float:
        """Everything that inspections and failures cost."""
        missed = failures - found
        return self.inspection * alarms + self.of_found() * found + self.unplanned * missed


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A plant's time from its start to the end of a month, microseconds; and its calendars."""

    record: Record
    start: int
    end: int
    last_night: int
    lead: int
    horizon: int

    @property
    def failures(self) -> list[Happening]:
        """All failures of that time since their machine was first seen, foreseeable or not."""
        since = self.record.since
        return [
            one
            for one in self.record.failures
            if max(self.start, since[one.machine]) < one.at <= self.end
        ]

    def judged(self, alarms: Sequence[Alarm]) -> dict[str, Any]:
        """Return orders so far, how many were right, and how many failures they found in time."""
        window = Window(
            lead=self.lead,
            horizon=self.horizon,
            first=self.start - self.horizon,
            last=self.last_night,
            until=self.end,
        )
        told = judge(alarms, self.failures, self.record.faults, self.record.machines, window)
        found, failures = int(told.found.sum()), len(self.failures)
        known, right = int(told.alarms.sum()), int(told.right.sum())
        return {
            "orders": len(alarms),
            "precision": right / known if known else None,
            "failures": failures,
            "found": found,
            "coverage": found / failures if failures else None,
        }


def policy_costs(
    elapsed: Elapsed, told: dict[str, Any], calendars: dict[Kind, list[Stretch]], costs: Costs
) -> dict[str, float]:
    """Return the cost so far of orders, of running to failure and of the two calendars."""
    parts, prices = elapsed.record.parts, costs.prices
    return {
        "cost": costs.of_orders(told["orders"], told["found"], told["failures"]),
        "cost_run_to_failure": costs.unplanned * told["failures"],
        "cost_calendar": costs_of_plans(parts, calendars, elapsed.end, prices),
        "cost_calendar_hindsight": costs_in_hindsight(parts, elapsed.start, elapsed.end, prices),
    }


def calendars_of(record: Record, months: Sequence[int], costs: Costs) -> dict[Kind, list[Stretch]]:
    """Return the calendar a planner could have had in each month."""
    return dict(plans_from_the_past(record.parts, months, costs.prices))
