"""What the plant's record saved so far: the ledger of the page, its lines, what it assumes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks
from app.api.plant_time import today
from app.context import now
from app.domain.savings import Running, Saving, Span
from app.domain.tokens import TokenScope
from app.domain.warnings import Met
from app.domain.work_orders import Outcome, Source
from app.queries import savings as questions
from app.queries.savings import AssumptionBook, Ledger, LedgerLine, LineKind

blueprint = Blueprint("savings", __name__, url_prefix="/savings")


class LedgerQuery(Paging):
    """Which lines: of one kind, or all."""

    kind: LineKind | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """avoided - false_alarms - life_given_up - running = total, in the plant's currency."""

    avoided: float
    false_alarms: float
    life_given_up: float
    running: float
    total: float


@dataclass(frozen=True, slots=True)
class RunningItem:
    """What the system cost while one yearly cost was in force."""

    since: datetime
    until: datetime
    a_year: float
    cost: float


@dataclass(frozen=True, slots=True)
class Assumed:
    """One figure; `is_stated` false: nobody entered it, the calculator proposes it."""

    value: float
    is_stated: bool


@dataclass(frozen=True, slots=True)
class AssumptionsInForce:
    """What the ledger assumes now; `effective_at` is null where nobody ever entered anything."""

    system_cost_per_year: Assumed
    set_up_cost: Assumed
    life_given_up_share: Assumed
    effective_at: datetime | None
    reason: str
    by_name: str


@dataclass(frozen=True, slots=True)
class LedgerDetail:
    """The record in money since the first forecast (`since` null: there is none yet).

    `total` by confirmed findings; `terms` are those of its likely value; `lines` counts the lines
    of each kind.
    """

    since: datetime | None
    years: float
    total: Span
    terms: Money
    lines: dict[LineKind, int]
    running: list[RunningItem]
    assumptions: AssumptionsInForce


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """One answered order, or one failure (listed with its cost, never subtracted).

    `chance` of a breakdown, within the rule's horizon and before planned work on the component, is
    null where none was avoided.
    """

    kind: LineKind
    order_id: int | None
    number: str | None
    equipment_id: int
    equipment: str
    component: str
    at: datetime
    source: Source | None
    outcome: Outcome | None
    met: Met | None
    chance: Span | None
    low: Money
    likely: Money
    high: Money
    failure_cost: float | None


@blueprint.get("/ledger")
@needs(TokenScope.READ)
@asks(LedgerDetail)
def ledger(session: Session) -> LedgerDetail:
    """The savings ledger: low, likely and high, its terms, and the assumptions in force."""
    found = _page(session)
    book = found.ledger
    return LedgerDetail(
        since=book.since,
        years=book.years,
        total=book.total,
        terms=_money(book.terms),
        lines=_counts(book),
        running=[_running(piece) for piece in book.running],
        assumptions=_in_force(found.book),
    )


@blueprint.get("/ledger/lines")
@needs(TokenScope.READ)
@asks(Listing[LedgerItem], query=LedgerQuery)
def lines(session: Session, query: LedgerQuery) -> Listing[LedgerItem]:
    """The ledger line by line, the newest first."""
    found = questions.ledger_lines(
        _page(session).ledger, kind=query.kind, after=query.after, limit=query.limit
    )
    return listing(found, _item)


def _page(session: Session) -> questions.SavingsPage:
    return questions.savings_page(
        session, scope=me().scope, now=now(), today=today(session), typed={}
    )


def _counts(book: Ledger) -> dict[LineKind, int]:
    return {
        LineKind.FAULT_FOUND: len(book.found),
        LineKind.NOTHING_FOUND: len(book.alarms),
        LineKind.TOO_LATE: len(book.too_late),
        LineKind.NOT_INSPECTED: len(book.not_inspected),
        LineKind.FAILURE: len(book.failures),
    }


def _in_force(book: AssumptionBook) -> AssumptionsInForce:
    entry, terms = book.entry(now()), book.at(now())

    def assumed(name: str) -> Assumed:
        is_stated = entry is not None and getattr(entry, name) is not None
        return Assumed(getattr(terms, name), is_stated)

    return AssumptionsInForce(
        system_cost_per_year=assumed("system_cost_per_year"),
        set_up_cost=assumed("set_up_cost"),
        life_given_up_share=assumed("life_given_up_share"),
        effective_at=None if entry is None else entry.effective_at,
        reason="" if entry is None else entry.reason,
        by_name="" if entry is None else entry.by_name,
    )


def _item(line: LedgerLine) -> LedgerItem:
    return LedgerItem(
        kind=line.kind,
        order_id=line.order_id,
        number=line.number,
        equipment_id=line.equipment_id,
        equipment=line.tag,
        component=line.component,
        at=line.at,
        source=line.source,
        outcome=line.outcome,
        met=line.met,
        chance=line.chance,
        low=_money(line.low),
        likely=_money(line.likely),
        high=_money(line.high),
        failure_cost=line.failure_cost,
    )


def _money(saving: Saving) -> Money:
    return Money(
        avoided=saving.avoided,
        false_alarms=saving.false_alarms,
        life_given_up=saving.life_given_up,
        running=saving.running,
        total=saving.total,
    )


def _running(piece: Running) -> RunningItem:
    return RunningItem(piece.since, piece.until, piece.a_year, piece.cost)
