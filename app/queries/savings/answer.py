"""Everything the savings page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.roles import Scope
from app.domain.savings import (
    Assumptions,
    Saving,
    Span,
    Swing,
    outlook,
    pay_back_months,
    sensitivity,
    yearly_saving,
)
from app.inputs.savings import CalculateSaving
from app.queries.savings.assumptions import AssumptionBook, assumptions
from app.queries.savings.ledger import Ledger, ledger
from app.queries.savings.numbers import Number, mean_rule, numbers, proposals
from app.queries.savings.past import past


@dataclass(frozen=True, slots=True)
class SavingsPage:
    """The calculator's answer for the numbers asked with, and the plant's ledger so far.

    `from_ledger` is what the ledger would put into the calculator, `book` what it assumes.
    `refused` names the fields that could not be used; the answer is then that for the plant's own.
    """

    numbers: tuple[Number, ...]
    assumptions: Assumptions
    year: Span
    terms: Saving
    pay_back_months: float | None
    swings: tuple[Swing, ...]
    ledger: Ledger
    from_ledger: Mapping[str, float]
    book: AssumptionBook
    refused: frozenset[str]


def savings_page(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    today: date,
    typed: Mapping[str, str],
) -> SavingsPage:
    """The page for the fields that were *typed*; the others are the plant's own numbers."""
    known = past(session, scope=scope, now=now)
    rule = mean_rule(session, known)
    book = AssumptionBook(assumptions(session), proposals(rule, len(known.machines)))
    own = numbers(session, scope=scope, past=known, rule=rule, stated=book)
    record = ledger(session, scope=scope, past=known, today=today, book=book)
    assumed, refused = _assumed({number.name: number.value for number in own}, typed)
    year = outlook(assumed)
    return SavingsPage(
        numbers=own,
        assumptions=assumed,
        year=year,
        terms=yearly_saving(assumed),
        pay_back_months=pay_back_months(assumed.set_up_cost, year.likely),
        swings=sensitivity(assumed),
        ledger=record,
        from_ledger=_from_ledger(record, len(known.machines)),
        book=book,
        refused=refused,
    )


def _from_ledger(book: Ledger, machines: int) -> dict[str, float]:
    """The calculator's fields as the ledger has them, however few events it rests on."""
    numbers: dict[str, float] = {}
    events = len(book.found) + len(book.failures)
    if events:
        numbers["detection_percent"] = round(100 * len(book.found) / events, 1)
    if book.found:
        mean = fmean(entry.chance.likely for entry in book.found if entry.chance)
        numbers["would_have_failed_percent"] = round(100 * mean, 1)
    if machines and book.years > 0:
        rate = len(book.alarms) / (machines * book.years)
        numbers["false_alarms_per_machine_year"] = round(rate, 3)
    return numbers


def _assumed(
    own: Mapping[str, float], typed: Mapping[str, str]
) -> tuple[Assumptions, frozenset[str]]:
    try:
        return CalculateSaving.parse({**own, **typed}).assumptions(), frozenset()
    except InvalidInput as trouble:
        return CalculateSaving.parse(own).assumptions(), frozenset(trouble.fields)
