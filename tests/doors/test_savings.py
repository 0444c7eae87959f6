"""The savings page: what is asked stands in its address."""

from __future__ import annotations

import pytest

from app.domain.roles import Actor
from app.domain.savings import Span, Swing
from app.web.savings import bars, money
from tests.doors.conftest import Visit
from tests.plant import Plant


def test_the_page_answers_with_the_plants_own_numbers(
    make: Plant, eve: Actor, visit: Visit
) -> None:
    make.equipment()

    page = visit(eve).text("/savings")

    assert "A year with these numbers" in page
    assert "machines on file, none retired" in page


def test_an_answer_can_be_sent_as_an_address(make: Plant, eve: Actor, visit: Visit) -> None:
    make.equipment()

    page = visit(eve).text("/savings?machines=40&system_cost_per_year=0&set_up_cost=0")

    assert 'value="40"' in page
    assert "There is no set-up to pay back." in page
    assert "The plant: 1" in page


def test_what_never_pays_back_says_so(make: Plant, eve: Actor, visit: Visit) -> None:
    page = visit(eve).text("/savings?failures_per_machine_year=0")

    assert "It never pays back with these numbers." in page


def test_a_refused_number_is_named_beside_its_field(make: Plant, eve: Actor, visit: Visit) -> None:
    answer = visit(eve).get("/savings?detection_percent=120")

    assert answer.status_code == 422
    assert "A number from 0 to 100." in answer.text
    assert 'value="120"' in answer.text


def test_htmx_gets_the_answer_alone_even_while_a_field_is_blank(
    make: Plant, eve: Actor, visit: Visit
) -> None:
    answer = visit(eve).get("/savings?machines=", headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "These numbers cannot be used yet" in answer.text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (96_730.4, "96,700"), (-1234.0, "\N{MINUS SIGN}1,230"), (1.756, "1.76")],
)
def test_an_amount_has_three_figures(value: float, text: str) -> None:
    assert money(value) == text


def test_bars_stand_on_one_scale_and_meet_at_the_likely_saving() -> None:
    swings = (Swing("a", 0, 1, 0.0, 100.0), Swing("b", 0, 1, 60.0, 40.0))

    found = bars(swings, Span(0, 50, 100))

    assert [(bar.start, bar.middle, bar.end) for bar in found] == [(0, 50, 100), (40, 50, 60)]


def test_without_any_swing_there_is_nothing_to_divide_by() -> None:
    (bar,) = bars((Swing("a", 0, 0, 5.0, 5.0),), Span(5, 5, 5))

    assert (bar.start, bar.end) == (0, 0)
