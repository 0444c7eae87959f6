"""An order rule tried where no night had issued a forecast yet: on back-tests, marked as such."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.back_tests import BackTest
from app.domain.risk import Gate
from tests.plant import Plant
from tests.previewed import DAY, PLAIN, Nights

# Read off the curve: half of the fourteen days' risk within a week.
A_WEEK = replace(PLAIN, risk_threshold=0.2, lead=6 * DAY)


@pytest.fixture
def nights(make: Plant, database: Database, now: datetime) -> Nights:
    """An empty year of one pump."""
    return Nights(make, database, now)


def test_a_plant_with_a_history_and_no_forecast_is_tried_on_its_back_test(nights: Nights) -> None:
    nights.is_back_tested(60, 1)
    nights.fails(50)

    preview = nights.preview(A_WEEK)

    assert preview.coverage.issued_since is None
    assert preview.coverage.by_all_since is None
    assert preview.coverage.back_test_since == nights.now - 60 * DAY
    assert (preview.coverage.nights, preview.coverage.nights_back_test) == (60, 60)
    counts = preview.counts
    assert counts.tally.orders == counts.back_test.tally.orders > 1
    assert (counts.found, counts.tally.useful, counts.back_test.tally.useful) == (1, 1, 1)
    assert counts.back_test.saving == counts.saving
    assert all(order.is_back_test for order in preview.orders)


def test_where_a_machine_has_both_the_first_forecast_as_issued_is_the_border(
    nights: Nights,
) -> None:
    for days_ago in range(40, 20, -1):
        nights.night(days_ago, risk=0.0)
    nights.is_back_tested(60, 25)  # it reaches beyond the border; what does is not used

    preview = nights.preview(A_WEEK)

    assert preview.coverage.issued_since == preview.coverage.by_all_since == nights.now - 40 * DAY
    assert preview.coverage.back_test_since == nights.now - 60 * DAY
    assert (preview.coverage.nights, preview.coverage.nights_back_test) == (40, 20)
    assert [(nights.now - order.at).days for order in preview.orders] == [60]
    assert sum(month.nights_back_test for month in preview.months) == 20
    assert sum(month.back_test.vain for month in preview.months) == 1


def test_a_machine_keeps_its_back_test_while_another_already_has_forecasts(
    nights: Nights,
) -> None:
    nights.make.equipment("P-102")
    nights.night(50, risk=0.5, tag="P-102")
    nights.is_back_tested(55, 45)

    preview = nights.preview(replace(PLAIN, risk_threshold=0.1))

    told = {order.tag: order.is_back_test for order in preview.orders}
    assert told == {"P-101": True, "P-102": False}
    assert preview.coverage.by_all_since is None
    assert preview.counts.back_test.tally.orders == 1


def test_a_failure_missed_before_the_border_is_told_apart(nights: Nights) -> None:
    nights.is_back_tested(60, 41, risk=0.0)
    for days_ago in range(40, 20, -1):
        nights.night(days_ago, risk=0.0)
    nights.fails(50)
    nights.fails(30)

    preview = nights.preview()

    assert (preview.counts.missed, preview.counts.back_test.missed) == (2, 1)
    assert [line.is_back_test for line in preview.missed] == [False, True]


@pytest.mark.parametrize(
    "told",
    [{"gate": Gate.CLOSED}, {"gate": None}, {"rung": "reference"}],
    ids=["gate closed", "no gate", "age only"],
)
def test_a_back_test_raises_no_order_today_s_predictor_may_not_raise(
    nights: Nights, told: dict[str, Any]
) -> None:
    nights.is_back_tested(60, 30, **told)
    nights.fails(50)

    preview = nights.preview(A_WEEK)

    assert preview.orders == ()
    assert preview.counts.missed == preview.counts.back_test.missed == 1


def test_a_part_that_is_not_there_any_more_is_left_out(nights: Nights) -> None:
    nights.is_back_tested(60, 30, mode="impeller")

    assert nights.preview(A_WEEK).coverage.nights == 0


def test_a_damaged_back_test_is_named_and_the_rest_goes_on(nights: Nights) -> None:
    nights.night(20)
    nights.is_back_tested(60, 30)
    with nights.database.transaction() as session:
        session.execute(sa.update(BackTest).values(content=b"nothing of the kind"))

    preview = nights.preview()

    assert [(one.tag, one.why) for one in preview.coverage.refused] == [("P-101", "changed")]
    assert (preview.coverage.nights, preview.coverage.back_test_since) == (1, None)
    assert len(preview.orders) == 1


def test_a_new_back_test_is_read_at_once(nights: Nights) -> None:
    nights.is_back_tested(60, 50, risk=0.0)
    before = nights.preview(A_WEEK)

    nights.is_back_tested(60, 50)

    assert before.orders == ()
    assert len(nights.preview(A_WEEK).orders) == 1
