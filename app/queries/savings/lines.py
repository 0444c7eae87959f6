"""The ledger as one list: every answered order and every failure, the newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.db.work_orders import order_number
from app.domain.instants import to_micros
from app.domain.savings import Saving, Span
from app.domain.warnings import Met
from app.domain.work_orders import Outcome, Source
from app.queries.page import PAGE_ROWS, Key, Page, page, read_key
from app.queries.record import FindingLine
from app.queries.savings.ledger import Entry, Ledger, MissedFailure

NOTHING = Saving()


class LineKind(StrEnum):
    """Which of the ledger's lists a line stands in."""

    FAULT_FOUND = "fault_found"
    NOTHING_FOUND = "nothing_found"
    TOO_LATE = "too_late"
    NOT_INSPECTED = "not_inspected"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line. Of a failure the order is the one that repaired it, `met` says how it was met, and
    its cost is listed, never subtracted; `row_id` is that of the finding or of the failure."""

    kind: LineKind
    row_id: int
    order_id: int | None
    number: str | None
    equipment_id: int
    tag: str
    component: str
    at: datetime
    source: Source | None = None
    outcome: Outcome | None = None
    met: Met | None = None
    chance: Span | None = None
    low: Saving = NOTHING
    likely: Saving = NOTHING
    high: Saving = NOTHING
    failure_cost: float | None = None

    @property
    def is_priced(self) -> bool:
        """Whether it saved or cost something."""
        return self.kind in (LineKind.FAULT_FOUND, LineKind.NOTHING_FOUND)


def ledger_lines(
    book: Ledger,
    *,
    kind: LineKind | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[LedgerLine]:
    """A page of the ledger, of one kind or of all."""
    behind = read_key(after, int, str, int)
    lines = sorted((line for line in all_lines(book) if kind in (None, line.kind)), key=_rank)
    wanted = [line for line in lines if behind is None or _rank(line) > behind]
    return page(wanted, limit=limit, key=_rank)


def _rank(line: LedgerLine) -> Key:
    return -to_micros(line.at), line.kind.value, -line.row_id


def all_lines(book: Ledger) -> Iterator[LedgerLine]:
    """Every line, kind by kind in the order of the page; failures last."""
    yield from (_entry(LineKind.FAULT_FOUND, entry) for entry in book.found)
    yield from (_entry(LineKind.NOTHING_FOUND, entry) for entry in book.alarms)
    yield from (_answered(LineKind.TOO_LATE, line) for line in book.too_late)
    yield from (_answered(LineKind.NOT_INSPECTED, line) for line in book.not_inspected)
    yield from (_failure(failure) for failure in book.failures)


def _entry(kind: LineKind, entry: Entry) -> LedgerLine:
    return _answered(
        kind,
        entry.line,
        chance=entry.chance,
        low=entry.low,
        likely=entry.likely,
        high=entry.high,
    )


def _answered(
    kind: LineKind,
    line: FindingLine,
    *,
    chance: Span | None = None,
    low: Saving = NOTHING,
    likely: Saving = NOTHING,
    high: Saving = NOTHING,
) -> LedgerLine:
    """An answered order; without amounts it neither saved nor cost anything."""
    return LedgerLine(
        kind=kind,
        row_id=line.finding_id,
        order_id=line.order_id,
        number=order_number(line.order_id),
        equipment_id=line.equipment_id,
        tag=line.tag,
        component=line.component,
        at=line.at,
        source=line.source,
        outcome=line.outcome,
        chance=chance,
        low=low,
        likely=likely,
        high=high,
    )


def _failure(failure: MissedFailure) -> LedgerLine:
    line = failure.line
    repair = line.repair_order_id
    return LedgerLine(
        kind=LineKind.FAILURE,
        row_id=line.failure_id,
        order_id=repair,
        number=None if repair is None else order_number(repair),
        equipment_id=line.equipment_id,
        tag=line.tag,
        component=line.component,
        at=line.at,
        met=line.met,
        failure_cost=failure.cost,
    )
