"""What the plant's own record has saved so far: every finding priced, every miss with its cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import Forecast
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.roles import Scope
from app.domain.savings import (
    Prices,
    Saving,
    Span,
    chance_of_failure,
    false_alarm,
    fault_found,
)
from app.domain.work_orders import OrderType, Outcome
from app.queries.fleet import order_rule
from app.queries.record import FailureLine, FindingLine
from app.queries.record.summary import CAUGHT, IN_VAIN
from app.queries.savings.past import Past
from app.queries.schedules import schedules

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered order; `chance` of a breakdown is None where none was avoided."""

    line: FindingLine
    chance: Span | None
    low: Saving
    likely: Saving
    high: Saving


@dataclass(frozen=True, slots=True)
class MissedFailure:
    """A failure since the first forecast, with what it cost by the order rule."""

    line: FailureLine
    cost: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """The record in money; every answered order is in exactly one of the first four."""

    since: datetime | None
    years: float
    found: tuple[Entry, ...]
    alarms: tuple[Entry, ...]
    too_late: tuple[FindingLine, ...]
    not_inspected: tuple[FindingLine, ...]
    failures: tuple[MissedFailure, ...]
    terms: Saving
    total: Span


def ledger(
    session: Session,
    *,
    scope: Scope,
    past: Past,
    today: date,
    running_a_year: float,
    life_given_up_share: float,
) -> Ledger:
    """Price the record by the order rules that were in force.

    The chance that a fault found would have broken the machine before its next planned stop:
    likely = by the forecast as issued, up to that stop; low = only up to the order's own window;
    high = certainly.
    """
    prices = _Prices(session, past, life_given_up_share)
    chances = _chances(session, scope, past, today)
    found = tuple(
        _found(line, prices.at(line.equipment_id, line.raised_at), chances[line.order_id])
        for line in past.findings
        if line.outcome in CAUGHT and not line.is_failure
    )
    alarms = tuple(
        _alarm(line, prices.at(line.equipment_id, line.raised_at))
        for line in past.findings
        if line.outcome in IN_VAIN
    )
    running = Saving(running=running_a_year * past.years)
    entries = (*found, *alarms)
    likely = _sum((entry.likely for entry in entries), running)
    return Ledger(
        since=past.since,
        years=past.years,
        found=found,
        alarms=alarms,
        too_late=tuple(x for x in past.findings if x.outcome in CAUGHT and x.is_failure),
        not_inspected=tuple(x for x in past.findings if x.outcome is Outcome.NOT_INSPECTED),
        failures=tuple(
            MissedFailure(line, prices.at(line.equipment_id, line.at).unplanned)
            for line in past.failures
        ),
        terms=likely,
        total=Span(
            _sum((entry.low for entry in entries), running).total,
            likely.total,
            _sum((entry.high for entry in entries), running).total,
        ),
    )


class _Prices:
    """What an event cost at a machine then, by the order rule of its class."""

    def __init__(self, session: Session, past: Past, life_given_up_share: float) -> None:
        self.session = session
        self.share = life_given_up_share
        asked = {line.equipment_id for line in past.findings}
        asked |= {line.equipment_id for line in past.failures}
        machines = sa.select(Equipment.id, Equipment.equipment_class_id)
        rows = session.execute(machines.where(Equipment.id.in_(asked)))
        self.classes = {row.id: row.equipment_class_id for row in rows}

    def at(self, equipment_id: int, at: datetime) -> Prices:
        rule = order_rule(self.session, class_id=self.classes[equipment_id], at=at)
        return Prices(rule.unplanned_cost, rule.planned_cost, rule.inspection_cost, self.share)


def _found(line: FindingLine, prices: Prices, likely: float) -> Entry:
    chance = Span(min(line.risk, likely), likely, 1.0)
    each = (fault_found(prices, share) for share in (chance.low, chance.likely, chance.high))
    return Entry(line, chance, *each)


def _alarm(line: FindingLine, prices: Prices) -> Entry:
    cost = false_alarm(prices, replaced=line.outcome is Outcome.NOTHING_FOUND_REPLACED)
    return Entry(line, None, cost, cost, cost)


def _sum(savings: Iterable[Saving], first: Saving) -> Saving:
    total = first
    for saving in savings:
        total = total + saving
    return total


def _chances(session: Session, scope: Scope, past: Past, today: date) -> dict[int, float]:
    """Order -> the chance of a failure until the machine's next planned stop, as first issued."""
    first = (
        sa.select(sa.func.min(OrderEvidence.id))
        .where(OrderEvidence.work_order_id.in_([line.order_id for line in past.findings]))
        .group_by(OrderEvidence.work_order_id)
    )
    rows = session.execute(
        sa.select(OrderEvidence.work_order_id, Forecast)
        .join(Forecast, Forecast.id == OrderEvidence.forecast_id)
        .where(OrderEvidence.id.in_(first))
    )
    stops = _planned_stops(session, scope, today)
    return {
        order_id: chance_of_failure(
            told.edges_hours, told.survival, _hours_to_stop(told, stops.get(told.equipment_id, ()))
        )
        for order_id, told in rows
    }


def _hours_to_stop(told: Forecast, stops: Sequence[date]) -> float:
    """Hours from the forecast to the next planned stop; without one, as far as it reaches."""
    later = [stop for stop in stops if stop > told.as_of.date()]
    if not later:
        return told.edges_hours[-1]
    return (min(later) - told.as_of.date()) / HOUR


def _planned_stops(session: Session, scope: Scope, today: date) -> Mapping[int, Sequence[date]]:
    """Machine -> the days preventive work was or will be due."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.due_on).where(
            WorkOrder.type == OrderType.PREVENTIVE, WorkOrder.due_on.is_not(None)
        )
    )
    found: dict[int, list[date]] = {}
    for machine, due_on in rows:
        if due_on is not None:
            found.setdefault(machine, []).append(due_on)
    for row in schedules(session, scope=scope, today=today, active_only=True):
        found.setdefault(row.equipment_id, []).append(row.next_due_on)
    return found
