"""The savings ledger as a file: every line with what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.db.work_orders import order_number
from app.domain.savings import Running
from app.queries.record import FindingLine
from app.queries.savings import Entry, Ledger, MissedFailure
from app.web.downloads import csv_text

COLUMNS = (
    "line",
    "order",
    "equipment",
    "component",
    "at",
    "source",
    "outcome",
    "chance_low",
    "chance_likely",
    "chance_high",
    "avoided",
    "false_alarm",
    "life_given_up",
    "running",
    "saved_low",
    "saved_likely",
    "saved_high",
    "failure_cost",
)
_Row = Sequence[object]


def ledger_csv(book: Ledger) -> str:
    """Findings, failures and the running cost; the likely column adds up to the saving."""
    return csv_text(COLUMNS, _rows(book))


def _rows(book: Ledger) -> Iterator[_Row]:
    yield from (_entry("fault_found", entry) for entry in book.found)
    yield from (_entry("nothing_found", entry) for entry in book.alarms)
    yield from (_finding("too_late", line) for line in book.too_late)
    yield from (_finding("not_inspected", line) for line in book.not_inspected)
    yield from (_running(piece) for piece in book.running)
    yield from (_failure(failure) for failure in book.failures)


def _entry(kind: str, entry: Entry) -> _Row:
    chance, likely = entry.chance, entry.likely
    return (
        *_head(kind, entry.line),
        *((chance.low, chance.likely, chance.high) if chance else (None, None, None)),
        likely.avoided,
        likely.false_alarms,
        likely.life_given_up,
        None,
        entry.low.total,
        likely.total,
        entry.high.total,
        None,
    )


def _finding(kind: str, line: FindingLine) -> _Row:
    """An order that neither saved nor cost anything."""
    return (*_head(kind, line), *(None,) * 7, 0.0, 0.0, 0.0, None)


def _head(kind: str, line: FindingLine) -> _Row:
    return (
        kind,
        order_number(line.order_id),
        line.tag,
        line.component,
        line.at,
        line.source,
        line.outcome,
    )


def _running(piece: Running) -> _Row:
    saved = (-piece.cost,) * 3
    return ("running", *(None,) * 3, piece.since, *(None,) * 8, piece.cost, *saved, None)


def _failure(failure: MissedFailure) -> _Row:
    """Listed with its cost, never subtracted."""
    line = failure.line
    order = None if line.repair_order_id is None else order_number(line.repair_order_id)
    head = ("failure", order, line.tag, line.component, line.at, None, line.met)
    return (*head, *(None,) * 10, failure.cost)
