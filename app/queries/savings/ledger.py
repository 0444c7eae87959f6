"""What the plant's own record has saved so far: every finding priced, every miss with its cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Forecast
from app.db.work_orders import WorkOrder
from app.domain.feedback import CAUGHT, IN_VAIN
from app.domain.roles import Scope
from app.domain.savings import (
    Prices,
    Running,
    Saving,
    Span,
    chance_of_failure,
    false_alarm,
    fault_found,
)
from app.domain.work_orders import OrderType, Outcome
from app.queries.record import FailureLine, FindingLine
from app.queries.rules_in_force import RuleBook
from app.queries.savings.assumptions import AssumptionBook
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
    """The record in money; every answered order is in exactly one of the first four.

    `running` is the cost of the system, one piece for each yearly cost that was in force.
    """

    since: datetime | None
    years: float
    found: tuple[Entry, ...]
    alarms: tuple[Entry, ...]
    too_late: tuple[FindingLine, ...]
    not_inspected: tuple[FindingLine, ...]
    failures: tuple[MissedFailure, ...]
    running: tuple[Running, ...]
    terms: Saving
    total: Span


def ledger(
    session: Session, *, scope: Scope, past: Past, today: date, book: AssumptionBook
) -> Ledger:
    """Price the record by the order rules and the assumptions that were in force.

    The chance that a fault found would have broken the machine before its next planned stop:
    likely = by the forecast as issued, up to that stop; low = only up to the order's own window;
    high = certainly. An inspection that no forecast stood behind is likely to have avoided nothing.
    """
    answered = sorted((*past.findings, *past.inspections), key=_newest_first)
    prices = _Prices(session, past, book)
    chances = _chances(session, scope, answered, today)
    found = tuple(
        _found(line, prices.at(line.equipment_id, line.raised_at), chances.get(line.forecast_id))
        for line in answered
        if line.outcome in CAUGHT and not line.is_failure
    )
    alarms = tuple(
        _alarm(line, prices.at(line.equipment_id, line.raised_at))
        for line in answered
        if line.outcome in IN_VAIN
    )
    running = () if past.since is None else book.running(past.since, past.now)
    system = Saving(running=sum(piece.cost for piece in running))
    entries = (*found, *alarms)
    likely = _sum((entry.likely for entry in entries), system)
    return Ledger(
        since=past.since,
        years=past.years,
        found=found,
        alarms=alarms,
        too_late=tuple(x for x in answered if x.outcome in CAUGHT and x.is_failure),
        not_inspected=tuple(x for x in answered if x.outcome is Outcome.NOT_INSPECTED),
        failures=tuple(
            MissedFailure(line, prices.at(line.equipment_id, line.at).unplanned)
            for line in past.failures
        ),
        running=running,
        terms=likely,
        total=Span(
            _sum((entry.low for entry in entries), system).total,
            likely.total,
            _sum((entry.high for entry in entries), system).total,
        ),
    )


class _Prices:
    """What an event cost at a machine then, by its order rule and by what was assumed."""

    def __init__(self, session: Session, past: Past, book: AssumptionBook) -> None:
        found = {line.equipment_id: line.class_id for line in (*past.findings, *past.inspections)}
        failed = {line.equipment_id: line.class_id for line in past.failures}
        self.rules = RuleBook(session, found | failed)
        self.book = book

    def at(self, equipment_id: int, at: datetime) -> Prices:
        rule = self.rules.at(equipment_id, at)
        share = self.book.at(at).life_given_up_share
        return Prices(rule.unplanned_cost, rule.planned_cost, rule.inspection_cost, share)


def _newest_first(line: FindingLine) -> tuple[float, int]:
    return -line.at.timestamp(), -line.finding_id


def _found(line: FindingLine, prices: Prices, chance: float | None) -> Entry:
    likely = chance or 0.0
    span = Span(min(line.risk, likely), likely, 1.0)
    each = (fault_found(prices, share) for share in (span.low, span.likely, span.high))
    return Entry(line, span, *each)


def _alarm(line: FindingLine, prices: Prices) -> Entry:
    cost = false_alarm(prices, replaced=line.outcome is Outcome.NOTHING_FOUND_REPLACED)
    return Entry(line, None, cost, cost, cost)


def _sum(savings: Iterable[Saving], first: Saving) -> Saving:
    return sum(savings, first)


def _chances(
    session: Session, scope: Scope, lines: Iterable[FindingLine], today: date
) -> dict[int | None, float]:
    """Forecast -> its chance of a failure until the machine's next planned stop, as issued."""
    rows = session.execute(
        sa.select(
            Forecast.id,
            Forecast.equipment_id,
            Forecast.as_of,
            Forecast.edges_hours,
            Forecast.survival,
        ).where(Forecast.id.in_({line.forecast_id for line in lines if line.forecast_id}))
    ).all()
    stops = _planned_stops(session, scope, today)
    found: dict[int | None, float] = {}
    for forecast_id, machine, as_of, edges, survival in rows:
        later = [stop for stop in stops.get(machine, ()) if stop > as_of.date()]
        # Without a planned stop: as far as the forecast reaches.
        hours = (min(later) - as_of.date()) / HOUR if later else edges[-1]
        found[forecast_id] = chance_of_failure(edges, survival, hours)
    return found


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
