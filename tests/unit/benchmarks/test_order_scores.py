"""Orders against failures, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.measuring.order_scores import Breakdown, Raised, score_orders

DAY = datetime(2015, 9, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
YEAR = timedelta(days=365.25)


def broke(hours: float, mode: str = "comp1") -> Breakdown:
    return Breakdown(1, mode, DAY + hours * HOUR)


def raised(hours: float, ended: float | None = None, mode: str = "comp1") -> Raised:
    return Raised(1, mode, DAY + hours * HOUR, None if ended is None else DAY + ended * HOUR)


def scored(orders: list[Raised], failures: list[Breakdown]) -> dict[str, object]:
    return score_orders(orders, failures, machines=2, watched=YEAR)


def test_an_order_open_when_its_component_fails_was_before_it():
    told = scored([raised(0, ended=24)], [broke(24)])

    assert told["failures_with_order_before"] == 1.0
    assert told["orders_followed_by_failure_48h"] == 1.0
    assert told["lead_hours_median"] == 24.0


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(raised(24), id="written at the very instant of the failure"),
        pytest.param(raised(0, ended=12), id="ended before the failure"),
        pytest.param(raised(0, mode="comp2"), id="about another component"),
    ],
)
def test_an_order_that_says_nothing_of_the_failure_is_not_before_it(order):
    told = scored([order], [broke(24)])

    assert told["failures_with_order_before"] == 0.0
    assert told["lead_hours_median"] is None


def test_an_old_order_was_before_the_failure_but_not_within_two_days():
    told = scored([raised(0)], [broke(72)])

    assert told["failures_with_order_before"] == 1.0
    assert told["failures_with_order_48h_before"] == 0.0
    assert told["orders_followed_by_failure_48h"] == 0.0


def test_rates_are_per_machine_and_year_and_leads_ranked():
    orders = [raised(10 * n, ended=10 * n + n, mode=f"comp{n}") for n in range(1, 5)]
    failures = [broke(10 * n + n, mode=f"comp{n}") for n in range(1, 5)]

    told = scored(orders, failures)

    # Four orders of two machines in a year; leads of 1, 2, 3 and 4 hours.
    assert told["orders_per_machine_year"] == 2.0
    assert told["lead_hours_median"] == 2.5
    assert told["lead_hours_p10"] == 1.0


def test_without_failures_and_orders_no_share_is_given():
    told = scored([], [])

    assert (told["failures_with_order_before"], told["orders_followed_by_failure_48h"]) == (
        None,
        None,
    )
