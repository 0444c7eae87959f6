"""The savings ledger as a file: every line with what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.savings import Running
from app.queries.savings import Ledger, LedgerLine, LineKind, all_lines
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
    lines = tuple(all_lines(book))
    yield from (_answered(line) for line in lines if line.kind is not LineKind.FAILURE)
    yield from (_running(piece) for piece in book.running)
    yield from (_failure(line) for line in lines if line.kind is LineKind.FAILURE)


def _answered(line: LedgerLine) -> _Row:
    """An answered order; one that neither saved nor cost anything has no terms."""
    chance, likely = line.chance, line.likely
    terms = (likely.avoided, likely.false_alarms, likely.life_given_up)
    return (
        *_head(line, line.outcome),
        *((chance.low, chance.likely, chance.high) if chance else (None,) * 3),
        *(terms if line.is_priced else (None,) * 3),
        None,
        line.low.total,
        likely.total,
        line.high.total,
        None,
    )


def _head(line: LedgerLine, answer: object) -> _Row:
    return (line.kind, line.number, line.tag, line.component, line.at, line.source, answer)


def _running(piece: Running) -> _Row:
    saved = (-piece.cost,) * 3
    return ("running", *(None,) * 3, piece.since, *(None,) * 8, piece.cost, *saved, None)


def _failure(line: LedgerLine) -> _Row:
    """Listed with its cost, never subtracted."""
    return (*_head(line, line.met), *(None,) * 10, line.failure_cost)
