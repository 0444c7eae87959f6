"""What orders by the class's own rule would have cost on the record, against what else there is.

The sums are those of `counterfactual`: nobody acted on any forecast, so every cost rests on what is
assumed there. Above all: a failure with an order in time (between the rule's horizon and its
planning lead before it) costs a planned repair in the class's detection share of cases and an
unplanned one in the others; every order costs an inspection; alarms of one component closer than
the horizon are one order.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from math import isfinite
from typing import Any

from benchmarks.measuring.calendar_rule import Kind, Stretch, plans_from_the_past
from benchmarks.measuring.counterfactual import Costs, Elapsed, policy_costs
from benchmarks.measuring.event_scores import merge
from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.lead_times import Warned, alarmed
from benchmarks.measuring.record import Record
from benchmarks.measuring.scoring import DAY_US, YEAR_DAYS, Bools

Calendars = dict[Kind, list[Stretch]]


def order_costs(fleet: Fleet, asked: Warned, judged: Bools) -> dict[str, dict[str, Any]]:
    """Return the cost by policy from the first tested decision to the end of the record.

    "orders": where the rule asked for one. "alarm always": an order for every component at all
    times, wherever a decision is `judged` (machines, modes, days). "best calendar": every component
    replaced at the age that would have been cheapest before the first decision. "calendar in
    hindsight": at the age cheapest on the tested time itself, which nobody can know. Failures of
    the first days, before any order could have been in time, count for every policy.
    """
    costs, elapsed = Costs(**asdict(fleet.spec.costs)), _elapsed(fleet, asked)
    told, always = (_judged(fleet, elapsed, one) for one in (asked, replace(asked, alarm=judged)))
    calendars = best_calendars(fleet.record, asked.first, fleet.until, costs)
    paid = policy_costs(elapsed, told, calendars, costs)
    to_failure = paid["cost_run_to_failure"]
    rows: dict[str, dict[str, Any]] = {
        "orders": told | {"cost": paid["cost"]},
        "run to failure": {"cost": to_failure},
        "best calendar": {"cost": paid["cost_calendar"]},
        "calendar in hindsight": {"cost": paid["cost_calendar_hindsight"]},
        "alarm always": always | {"cost": _cost_of(always, costs)},
    }
    rows["best calendar"]["replaced_at_days"] = calendar_days(calendars)
    return {name: row | _compared(row["cost"], to_failure, elapsed) for name, row in rows.items()}


def best_calendars(record: Record, start: int, until: int, costs: Costs) -> Calendars:
    """Return for each component the calendar from `start` on that was best on the record before."""
    first = min(record.since.values())
    plans = plans_from_the_past(record.parts, [first, start, until], costs.prices)
    return {kind: stretches[1:] for kind, stretches in plans.items()}


def calendar_days(calendars: Calendars) -> dict[str, float | None]:
    """Return the age in days at which each component is replaced; None: never."""
    ages = {mode: stretches[0].days for (_, mode), stretches in sorted(calendars.items())}
    return {mode: days if isfinite(days) else None for mode, days in ages.items()}


def _elapsed(fleet: Fleet, asked: Warned) -> Elapsed:
    lead, horizon = (round(days * DAY_US) for days in (asked.lead, asked.horizon))
    return Elapsed(fleet.record, asked.first, fleet.until, int(fleet.at[-1]), lead, horizon)


def _judged(fleet: Fleet, elapsed: Elapsed, asked: Warned) -> dict[str, Any]:
    return elapsed.judged(merge(alarmed(fleet, asked), elapsed.horizon))


def _cost_of(told: dict[str, Any], costs: Costs) -> float:
    return costs.of_orders(told["orders"], told["found"], told["failures"])


def _compared(cost: float, to_failure: float, elapsed: Elapsed) -> dict[str, float | None]:
    years = (elapsed.end - elapsed.start) / (YEAR_DAYS * DAY_US)
    return {
        "cost_per_machine_year": cost / (years * len(elapsed.record.machines)),
        "of_run_to_failure": cost / to_failure if to_failure else None,
    }
