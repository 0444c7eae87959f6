"""Codes, dates and risks in words."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.domain import activities, equipment, risk, roles, schedules, work_orders
from app.web import filters, words

MODULES = (activities, equipment, risk, roles, schedules, work_orders)
UNSEEN = {"Basis", "Capability"}


def test_every_code_a_page_can_show_has_a_label() -> None:
    codes = {
        kind
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
    }

    assert {kind.__name__ for kind in codes if kind not in words.LABELS} <= UNSEEN
    for kind, labels in words.LABELS.items():
        assert set(labels) == set(kind)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.97, "nearly all of 10"),
        (0.68, "about 7 of 10"),
        (0.1, "about 1 of 10"),
        (0.04, "about 1 of 25"),
        (0.02, "about 1 of 50"),
        (0.001, "less than 1 of 200"),
    ],
)
def test_a_risk_is_said_as_people_count(app: Flask, value: float, said: str) -> None:
    with app.test_request_context():
        assert filters.frequency(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0 %"), (0.004, "below 1 %"), (0.074, "7 %"), (0.999, "above 99 %")]
)
def test_a_percentage_never_claims_certainty(app: Flask, value: float, said: str) -> None:
    with app.test_request_context():
        assert filters.percent(value) == said


@given(st.floats(0, 1))
def test_every_risk_can_be_said_both_ways(value: float) -> None:
    app = Flask(__name__)
    from flask_babel import Babel

    Babel(app)
    with app.test_request_context():
        assert filters.frequency(value)
        assert filters.percent(value).endswith("%")


def test_hours_are_said_in_hours_or_days(app: Flask) -> None:
    with app.test_request_context():
        assert filters.hours(24.0) == "24 h"
        assert filters.hours(1.5) == "1.5 h"
        assert filters.hours(96.0) == "4 days"
        assert filters.hours(None) == ""


def test_days_are_counted_from_today(app: Flask) -> None:
    today = date(2026, 3, 2)
    with app.test_request_context():
        assert filters.ago(date(2026, 3, 2), today) == "today"
        assert filters.ago(date(2026, 2, 27), today) == "3 days ago"
        assert filters.ago(date(2026, 3, 3), today) == "in 1 day"


def test_a_drivers_sentence_is_printed_with_signs_and_cut_for_technicians() -> None:
    sentence = "oil 63 degC, normal 55 +- 2; at its normal the risk would be 7 %, not 10 %"

    assert filters.spoken(sentence, plain=True) == "Oil 63 \N{DEGREE SIGN}C, normal 55 \xb1 2"
    assert filters.spoken(sentence).endswith("not 10 %")


def test_the_nights_reasons_are_said_in_percent_to_planners_and_counted_to_technicians(
    app: Flask,
) -> None:
    reason = "Risk 86.1% reached the threshold of 5.0%."
    with app.test_request_context():
        assert filters.told(reason) == "Risk 86 % reached the threshold of 5 %."
        assert filters.told(reason, plain=True) == (
            "Risk about 9 of 10 reached the threshold of about 1 of 20."
        )


def test_the_scores_of_a_back_test_are_for_planners(app: Flask) -> None:
    reason = "Closed: not better in cost (log score 0.1396 against 0.1858 of the age rule)."
    with app.test_request_context():
        assert filters.told(reason) == reason
        assert filters.told(reason, plain=True) == "Closed: not better in cost."


def test_a_page_shows_no_code_of_the_prediction_library(app: Flask) -> None:
    reason = "Log score on rows it never saw: reference 0.1631, class_hazard 0.1028."
    with app.test_request_context():
        assert filters.told(reason).endswith("age rule 0.1631, class 0.1028.")


def test_a_record_says_what_was_done_or_what_broke(app: Flask) -> None:
    with app.test_request_context():
        assert words.record("replace") == "Replace"
        assert words.record("loose_contact") == "Loose contact"
