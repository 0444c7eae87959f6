"""A plant's first year, month by month: what was known, what was ordered, what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.instants import to_micros
from benchmarks.measuring.as_of_nights import Night, Replayed, live_nights, set_rules
from benchmarks.measuring.counterfactual import Costs, Elapsed, calendars_of, policy_costs
from benchmarks.measuring.event_scores import Alarm, merge
from benchmarks.measuring.plants import ThrowAwayPlant
from benchmarks.measuring.record import ANY, read_record

DAY = timedelta(days=1)
WEEK = 7
MONTH = timedelta(days=365) / 12
SHOWN = (1, 3, 6, 12)
PROVEN_AFTER = 3
"""Months after which orders must not be dearer than the calendar."""


@dataclass(frozen=True, slots=True)
class Year:
    """How a plant is lived through: from its first day, a night every `every` days, a refit at the
    first of them a week after the last; lead and horizon are those of its order rule; workers
    None: one per core."""

    start: datetime
    months: int
    every: int
    lead: timedelta
    horizon: timedelta
    workers: int | None = None
    engine: str = "loky"

    @property
    def ends(self) -> list[datetime]:
        """The ends of the months, the start first."""
        return [self.start + month * MONTH for month in range(self.months + 1)]

    def nights(self) -> Replayed:
        """Every night of the year."""
        count = (self.ends[-1] - self.start) // (self.every * DAY)
        return Replayed(
            at=[self.start + k * self.every * DAY for k in range(1, count + 1)],
            refit_every=-(-WEEK // self.every),
            window=self.lead + self.every * DAY,
            horizon=self.horizon,
            engine=self.engine,
            workers=self.workers,
        )


def live(plant: ThrowAwayPlant, year: Year) -> dict[str, Any]:
    """Return a row for each of the months 1, 3, 6 and 12, and whether the bar was kept."""
    costs, hour = Costs(), timedelta(hours=1)
    set_rules(
        plant,
        year.start - DAY,
        lead_hours=int(year.lead / hour),
        horizon_hours=int(year.horizon / hour),
    )
    lived = list(live_nights(plant, year.nights()))
    rows = dict(enumerate(_months(plant, year, lived, costs), start=1))
    return {
        "months": {f"month {month}": row for month, row in rows.items() if month in SHOWN},
        **_verdict("", rows, "cost"),
        **_verdict("_with_inspections", rows, "cost_with_inspections"),
        "nights": len(lived),
        "refits": sum(night.is_refit for night in lived),
        "lead_days": year.lead / DAY,
        "horizon_days": year.horizon / DAY,
    }


def _verdict(what: str, rows: Mapping[int, Mapping[str, Any]], cost: str) -> dict[str, Any]:
    """Whether a policy was never dearer than the calendar once it had time; None: too young."""
    judged = {month: row for month, row in rows.items() if month > PROVEN_AFTER}
    dearer = [month for month, row in judged.items() if row[cost] > row["cost_calendar"]]
    return {
        f"dearer_than_calendar_in_months{what}": dearer,
        f"never_dearer_after_month_3{what}": not dearer if judged else None,
    }


def _months(
    plant: ThrowAwayPlant, year: Year, lived: Sequence[Night], costs: Costs
) -> Iterator[dict[str, Any]]:
    record = read_record(plant)
    ends = [to_micros(end) for end in year.ends]
    calendars = calendars_of(record, ends, costs)
    lead, horizon = (length // timedelta(microseconds=1) for length in (year.lead, year.horizon))
    for end in ends[1:]:
        nights = [night for night in lived if night.at <= end]
        elapsed = Elapsed(record, ends[0], end, nights[-1].at, lead, horizon)
        given = merge((key for key in orders(nights) if key not in record.ends), horizon)
        told = elapsed.judged(given)
        yield {
            "rungs": dict(Counter(nights[-1].rungs.values()).most_common()),
            **told,
            **policy_costs(elapsed, told, calendars, costs),
            **_with_inspections(elapsed, given, merge(inspections(nights), horizon), costs),
        }


def _with_inspections(
    elapsed: Elapsed, given: list[Alarm], suggested: list[Alarm], costs: Costs
) -> dict[str, Any]:
    """The same with what the product suggests where no predictor has earned its say yet."""
    both = elapsed.judged([*given, *suggested])
    return {
        "inspections": len(suggested),
        "coverage_with_inspections": both["coverage"],
        "cost_with_inspections": costs.of_orders(both["orders"], both["found"], both["failures"]),
    }


def orders(nights: Sequence[Night]) -> Iterator[tuple[int, str, int]]:
    """Machine, component and night of every order that the product's own rule asks for."""
    for night in nights:
        for told in night.told:
            if told.is_alarm:
                yield told.machine, told.mode, night.at


def inspections(nights: Sequence[Night]) -> Iterator[tuple[int, str, int]]:
    """Machines away from their normal of which no prediction may speak yet (domain model 4.9)."""
    for night in nights:
        spoken_for = {told.machine for told in night.told if told.is_earned}
        for machine, profile in night.profiles.items():
            if profile.is_deviating and machine not in spoken_for:
                yield machine, ANY, night.at
