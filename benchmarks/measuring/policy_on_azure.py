"""The order rule's own cost on the public fleet from September on, against the calendar that was
best before September."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.domain.instants import to_micros
from benchmarks.measuring.as_of_nights import live_nights, set_rules
from benchmarks.measuring.calendar_rule import costs_of_plans, plans_from_the_past
from benchmarks.measuring.counterfactual import Costs, Elapsed
from benchmarks.measuring.event_scores import merge
from benchmarks.measuring.first_years import DAY, Year, orders
from benchmarks.measuring.plants import throw_away_plant
from benchmarks.measuring.record import Record, read_record

KNOWN_SINCE = datetime(2015, 1, 1, 6, tzinfo=UTC)
START = datetime(2015, 9, 1, 6, tzinfo=UTC)
MONTHS = 4
HORIZON = 2 * DAY
YEAR_DAYS = 365


def measure(folder: Path, machines: int, every: int) -> dict[str, Any]:
    """Costs per machine-year in units of one inspection, September to December 2015.

    Signs show a day before a failure, so the rule has no lead and a horizon of two days.
    """
    year, costs = Year(START, MONTHS, every, 0 * DAY, HORIZON), Costs()
    with throw_away_plant(folder, machines) as plant:
        hours = int(HORIZON / timedelta(hours=1))
        set_rules(plant, START - DAY, lead_hours=0, horizon_hours=hours)
        lived = list(live_nights(plant, year.nights()))
        record = read_record(plant)
    start, end = to_micros(year.ends[0]), to_micros(year.ends[-1])
    horizon = HORIZON // timedelta(microseconds=1)
    elapsed = Elapsed(record, start, end, lived[-1].at, 0, horizon)
    told = elapsed.judged(merge(orders(lived), horizon))
    spent = {
        "cost": costs.of_orders(told["orders"], told["found"], told["failures"]),
        "cost_run_to_failure": costs.unplanned * told["failures"],
        "cost_calendar": _calendar(record, start, end, costs),
    }
    machine_years = machines * (year.ends[-1] - year.ends[0]) / (YEAR_DAYS * DAY)
    return told | {name: round(money / machine_years, 1) for name, money in spent.items()}


def _calendar(record: Record, start: int, end: int, costs: Costs) -> float:
    """What the intervals that were best until *start* cost from then on."""
    plans = plans_from_the_past(record.parts, [to_micros(KNOWN_SINCE), start, end], costs.prices)
    until = [costs_of_plans(record.parts, plans, at, costs.prices) for at in (start, end)]
    return until[1] - until[0]
