"""Everything the savings page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

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
from app.queries.savings.ledger import Ledger, ledger
from app.queries.savings.numbers import Number, numbers
from app.queries.savings.past import past


@dataclass(frozen=True, slots=True)
class SavingsPage:
    """The calculator's answer for the numbers asked with, and the plant's ledger so far.

    `refused` names the fields that could not be used; the answer is then that for the plant's own.
    """

    numbers: tuple[Number, ...]
    assumptions: Assumptions
    year: Span
    terms: Saving
    pay_back_months: float | None
    swings: tuple[Swing, ...]
    ledger: Ledger
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
    own = numbers(session, scope=scope, past=known)
    assumed, refused = _assumed({number.name: number.value for number in own}, typed)
    year = outlook(assumed)
    return SavingsPage(
        numbers=own,
        assumptions=assumed,
        year=year,
        terms=yearly_saving(assumed),
        pay_back_months=pay_back_months(assumed.set_up_cost, year.likely),
        swings=sensitivity(assumed),
        ledger=ledger(
            session,
            scope=scope,
            past=known,
            today=today,
            running_a_year=assumed.system_cost_per_year,
            life_given_up_share=assumed.life_given_up_share,
        ),
        refused=refused,
    )


def _assumed(
    own: Mapping[str, float], typed: Mapping[str, str]
) -> tuple[Assumptions, frozenset[str]]:
    try:
        return CalculateSaving.parse({**own, **typed}).assumptions(), frozenset()
    except InvalidInput as trouble:
        return CalculateSaving.parse(own).assumptions(), frozenset(trouble.fields)
