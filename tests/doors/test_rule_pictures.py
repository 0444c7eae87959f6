"""The bars of a preview: orders stand on the line, failures hang from it."""

from __future__ import annotations

from datetime import date

from flask import Flask

from app.queries.rule_previews import Month
from app.web.rule_pictures import TALLEST_ONE, UP, picture


def month(**counts: int) -> Month:
    none = dict.fromkeys(("nights", "useful", "late", "vain", "undecided", "found", "missed"), 0)
    return Month(begins_on=date(2026, 3, 1), **(none | counts))


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
