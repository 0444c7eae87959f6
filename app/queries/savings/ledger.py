"""What the plant's own record has saved so far: every finding priced, every miss with its cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.feedback import CAUGHT, IN_VAIN
from app.domain.roles import Scope
from app.domain.savings import (
    Prices,
    Running,
    Saving,
    Span,
    false_alarm,
    fault_found,
)
from app.domain.work_orders import Outcome
from app.queries.record import FailureLine, FindingLine
from app.queries.rules_in_force import RuleBook
from app.queries.savings.assumptions import AssumptionBook
from app.queries.savings.chances import Chances, chances
from app.queries.savings.past import Past


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

    The chance that a fault found would have broken the machine within the rule's horizon and before
    planned work on the component: likely = by the forecast as issued up to then, and by how often
    such orders find anything (`Looks`); low = by the forecast alone, only up to the order's own
    window; high = certainly. An inspection that no forecast stood behind is likely to have avoided
    nothing.
    """
    answered = sorted((*past.findings, *past.inspections), key=_newest_first)
    prices = _Prices(session, past, book)
    known = chances(session, scope=scope, answered=answered, rules=prices.rules, today=today)
    found = tuple(
        _found(line, prices.at(line.equipment_id, line.raised_at), known)
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


def _found(line: FindingLine, prices: Prices, known: Chances) -> Entry:
    low = min(line.risk, known.issued_for(line))
    span = Span(low, known.found_for(line), 1.0)
    each = (fault_found(prices, share) for share in (span.low, span.likely, span.high))
    return Entry(line, span, *each)


def _alarm(line: FindingLine, prices: Prices) -> Entry:
    cost = false_alarm(prices, replaced=line.outcome is Outcome.NOTHING_FOUND_REPLACED)
    return Entry(line, None, cost, cost, cost)


def _sum(savings: Iterable[Saving], first: Saving) -> Saving:
    return sum(savings, first)
