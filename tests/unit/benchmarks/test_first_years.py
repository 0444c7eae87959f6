"""The nights of a first year, and what counts as an order or an inspection in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.measuring.as_of_nights import Night, Profile, Told
from benchmarks.measuring.first_years import DAY, Year, inspections, orders

START = datetime(2025, 1, 1, tzinfo=UTC)


def year(every: int, months: int = 12) -> Year:
    return Year(START, months, every, 3 * DAY, 14 * DAY)


@pytest.mark.parametrize(("every", "refit_every"), [(1, 7), (2, 4), (4, 2), (7, 1)])
def test_refits_are_a_week_apart_or_the_next_night_after_it(every: int, refit_every: int) -> None:
    wanted = year(every).nights()

    assert wanted.refit_every == refit_every
    assert wanted.window == (3 + every) * DAY


def test_the_year_begins_empty_and_ends_with_its_twelfth_month() -> None:
    wanted, ends = year(7).nights(), year(7).ends

    assert wanted.at[0] == START + 7 * DAY
    assert ends[-1] == START + 365 * DAY
    assert ends[-1] - 7 * DAY < wanted.at[-1] <= ends[-1]


def test_a_month_is_a_twelfth_of_a_year() -> None:
    assert year(1, months=3).ends[-1] - START == timedelta(days=365) / 4


def told(machine: int, risk: float, *, is_earned: bool) -> Told:
    return Told(machine, "seal", 0, risk, risk, 0.0625, is_earned)


def night() -> Night:
    """1: orders; 2: may not order; 3: quiet, but may speak; 4: nothing is foretold."""
    return Night(
        at=5,
        is_refit=True,
        seconds=1.0,
        told=(
            told(1, 0.0625, is_earned=True),
            told(2, 0.9, is_earned=False),
            told(3, 0.06, is_earned=True),
        ),
        rungs={},
        profiles={machine: Profile(1.2, is_deviating=True) for machine in (1, 2, 3, 4)},
    )


def test_an_order_needs_the_risk_and_the_right_to_speak() -> None:
    assert list(orders([night()])) == [(1, "seal", 5)]


def test_deviations_are_inspected_where_no_prediction_may_speak() -> None:
    assert [machine for machine, _, _ in inspections([night()])] == [2, 4]
