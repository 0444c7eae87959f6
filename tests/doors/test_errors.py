"""From errors to pages."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from app.domain.errors import Stale
from app.domain.roles import Actor
from app.web.access import public
from tests.doors.conftest import Visit
from tests.plant import Plant


def test_a_missing_row_is_a_page_and_not_a_trace(ann: Actor, visit: Visit) -> None:
    answer = visit(ann).get("/work-orders/4711")

    assert answer.status_code == 404
    assert "There is no work order 4711." in answer.text


def test_an_unknown_address_is_a_page_for_anybody(visit: Visit) -> None:
    answer = visit(None).get("/nowhere")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_the_second_of_two_edits_gets_a_conflict_page_with_what_it_sent(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    order = make.order()
    visitor = visit(ann)
    assert visitor.send(f"/work-orders/{order}/cancel", reason="no longer", version=1)

    answer = visitor.send(f"/work-orders/{order}/cancel", reason="typed with care", version=1)

    assert answer.status_code == 409
    assert "was changed in the meantime" in answer.text
    assert "typed with care" in answer.text


def test_a_refused_field_is_named_in_the_form_that_was_sent(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()

    answer = visit(ann).send("/work-orders", equipment_id=machine.id, title="ab", due_on="soon")

    assert answer.status_code == 422
    assert 'id="title-problem"' in answer.text
    assert 'id="due_on-problem"' in answer.text
    assert 'value="soon"' in answer.text


def test_a_key_that_is_no_key_of_a_page_is_refused(ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    for address in ("/equipment", "/work-orders", "/predictions", "/training"):
        assert visitor.get(f"{address}?after=zzz").status_code == 422
    assert visitor.get("/equipment?class=x").status_code == 422
    assert visitor.get("/work-orders?view=everything").status_code == 422


def test_a_fragment_gets_a_fragment_of_an_error(ann: Actor, visit: Visit) -> None:
    answer = visit(ann).get("/work-orders/4711", headers={"HX-Request": "true"})

    assert answer.status_code == 404
    assert "<html" not in answer.text


def test_a_program_gets_its_error_as_json(ann: Actor, visit: Visit) -> None:
    answer = visit(ann).get("/equipment/4711/risk/series", headers={"Accept": "application/json"})

    assert answer.status_code == 404
    assert answer.json["message"] == "There is no equipment 4711."


@pytest.mark.own_app
def test_a_fault_of_ours_is_logged_and_told_without_its_trace(
    app: Flask, visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    @public
    def broken() -> str:
        raise KeyError("a secret detail")

    app.add_url_rule("/broken", view_func=broken)
    with caplog.at_level(logging.ERROR):
        answer = visit(None).get("/broken")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "a secret detail" in caplog.text


@pytest.mark.own_app
def test_our_own_sentences_reach_the_page(app: Flask, visit: Visit) -> None:
    @public
    def stale() -> str:
        raise Stale("Somebody else was first.")

    app.add_url_rule("/stale", view_func=stale)
    answer = visit(None).get("/stale")

    assert answer.status_code == 409
    assert "Somebody else was first." in answer.text


@pytest.mark.parametrize(
    "address",
    [
        f"/work-orders/{10**30}",
        f"/work-orders/{2**31}",
        f"/equipment/{2**31}",
        "/work-orders?text=%00",
        "/equipment?text=a%00b",
        "/work-orders?after=" + "W1tb" * 4_000,
    ],
)
def test_an_address_that_names_nothing_is_refused_and_no_fault(
    visit: Visit, ann: Actor, address: str
) -> None:
    answer = visit(ann).get(address)

    assert answer.status_code in (400, 404, 422)


@pytest.mark.parametrize(
    ("field", "value"), [("equipment_id", str(2**70)), ("title", "Leak\0"), ("team_id", "9" * 5000)]
)
def test_a_form_that_no_database_could_hold_is_refused_by_field(
    visit: Visit, ann: Actor, make: Plant, field: str, value: str
) -> None:
    given = {"equipment_id": make.equipment().id, "title": "Leak at the seal", field: value}

    answer = visit(ann).send("/work-orders", **given)

    assert answer.status_code == 422
