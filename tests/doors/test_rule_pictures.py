"""The bars of a preview: orders stand on the line, failures hang from it."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from app.queries.rule_previews import Kinds, Month
from app.web.rule_pictures import TALLEST_ONE, UP, WIDTH, picture


def month(
    *, nights: int = 30, nights_back_test: int = 0, back_test: Kinds | None = None, **every: int
) -> Month:
    return Month(
        begins_on=date(2026, 3, 1),
        nights=nights,
        nights_back_test=nights_back_test,
        every=Kinds(**every),
        back_test=back_test or Kinds(),
    )


def test_orders_are_stacked_on_the_line_and_failures_hang_from_it(app: Flask) -> None:
    with app.test_request_context():
        drawn = picture([month(useful=2, vain=1, found=1)])

    places = {bar.kind: (bar.y, bar.y + bar.height) for bar in drawn.bars}
    assert places == {
        "useful": (UP - 2 * TALLEST_ONE, UP),
        "vain": (UP - 3 * TALLEST_ONE, UP - 2 * TALLEST_ONE),
        "found": (UP, UP + TALLEST_ONE),
    }


def test_the_tallest_month_fills_the_picture_and_no_bar_leaves_it(app: Flask) -> None:
    with app.test_request_context():
        drawn = picture([month(useful=100, missed=70), month(vain=50)])

    assert min(bar.y for bar in drawn.bars) == 0
    assert max(bar.y + bar.height for bar in drawn.bars) < drawn.height


def test_a_month_without_anything_has_a_name_and_no_bar(app: Flask) -> None:
    with app.test_request_context():
        drawn = picture([month()])

    assert (drawn.bars, [column.name for column in drawn.columns]) == ((), ["Mar 2026"])


def test_what_rests_on_a_back_test_stands_apart_on_the_rest_of_its_kind(app: Flask) -> None:
    with app.test_request_context():
        drawn = picture([month(useful=3, missed=1, back_test=Kinds(useful=2, missed=1))])

    told = [(bar.kind, bar.is_back_test, bar.count) for bar in drawn.bars]
    assert told == [("useful", False, 1), ("useful", True, 2), ("missed", True, 1)]
    assert drawn.bars[1].y + drawn.bars[1].height == drawn.bars[0].y


def test_the_border_lies_where_the_nights_of_its_month_say(app: Flask) -> None:
    months = [month(nights=0), month(nights_back_test=30), month(nights_back_test=10), month()]

    with app.test_request_context():
        drawn = picture(months)

    assert drawn.back_test is not None
    assert drawn.as_issued is not None
    assert (drawn.back_test.x, drawn.as_issued.x) == (
        WIDTH,
        pytest.approx(WIDTH * (2 + 1 / 3), abs=0.1),
    )
    assert drawn.as_issued.x + drawn.as_issued.width == drawn.width
    assert drawn.height > drawn.ground


def test_without_a_back_test_nothing_is_marked(app: Flask) -> None:
    with app.test_request_context():
        drawn = picture([month(useful=1)])

    assert (drawn.back_test, drawn.as_issued, drawn.height) == (None, None, drawn.ground)
