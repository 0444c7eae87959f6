"""The label review page: works without JavaScript, says what it will write and what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import Database
from app.db.label_reviews import LabelReview, ReviewState
from app.db.records import Failure
from app.db.work_orders import Finding
from app.domain.roles import Actor, system
from app.domain.work_orders import Function, OrderType
from app.inputs.label_reviews import ImportWorkOrder
from app.inputs.records import Known
from app.services.work_orders.importing import import_orders
from tests.doors.conftest import Visit
from tests.plant import Plant

DAY = datetime(2025, 6, 2, tzinfo=UTC)
Queue = Callable[..., list[int]]


@pytest.fixture
def queue(make: Plant, database: Database, now: datetime) -> Queue:
    """Imports orders of P-101, a day apart: (text, function) each, about the bearing."""

    def imported(*orders: tuple[str, Function], known: bool = True) -> list[int]:
        machine = make.equipment("P-101")
        bearing = make.component("bearing").id if known else None
        given: list[Any] = [
            ImportWorkOrder(
                equipment_id=machine.id,
                at=DAY + timedelta(days=number),
                title=text,
                type=OrderType.CORRECTIVE,
                component_id=bearing,
                function=function,
                confidence=0.8,
                evidence="bearing failed",
            )
            for number, (text, function) in enumerate(orders)
        ]
        with database.transaction() as session:
            import_orders(
                session, orders=given, known=Known.AT, note="", now=now, by=system("import")
            )
        return [row.id for row in make.all(LabelReview)]

    return imported


def test_the_page_shows_each_order_with_the_words_that_were_understood(
    queue: Queue, visit: Visit, ann: Actor
) -> None:
    queue(("Main bearing FAILED <again>", Function.LOST), ("bearing noisy", Function.DEGRADED))

    page = visit(ann).text("/label-reviews")

    assert "Main <mark>bearing</mark> <mark>FAILED</mark> &lt;again&gt;" in page
    assert "Accepting all of them writes 1 failure, 1 confirmed fault." in page
    assert "1 lost, 1 degraded, 0 no failure" in page


def test_the_left_bar_names_the_queue_while_something_waits(
    queue: Queue, visit: Visit, ann: Actor, tom: Actor
) -> None:
    assert "Label review" not in visit(ann).text("/work-orders")

    queue(("bearing failed", Function.LOST), ("bearing noisy", Function.DEGRADED))

    assert '<span>Label review</span><span class="view-count">2</span>' in visit(ann).text(
        "/work-orders"
    )
    assert "Label review" not in visit(tom).text("/work-orders")


def test_what_is_ticked_is_accepted_as_its_row_says(
    queue: Queue, make: Plant, visit: Visit, ann: Actor
) -> None:
    first, second = queue(("bearing failed", Function.LOST), ("bearing noisy", Function.DEGRADED))
    seal = make.component("seal").id
    fields: dict[str, Any] = {
        "review": [first],
        f"component-{first}": seal,
        f"function-{first}": "degraded",
        f"component-{second}": seal,
    }
    visitor = visit(ann)

    answer = visitor.send("/label-reviews/accept?text=bearing", **fields)

    assert (answer.status_code, answer.location) == (303, "/label-reviews?text=bearing")
    assert make.all(Finding)[0].component_id == seal
    assert make.get(LabelReview, second).state is ReviewState.WAITING
    assert "1 order accepted: 1 confirmed fault written." in visitor.text("/label-reviews")


def test_everything_the_filters_show_is_accepted_and_the_page_says_what_the_night_gains(
    queue: Queue, make: Plant, visit: Visit, ann: Actor
) -> None:
    queue(*[(f"bearing failed {n}", Function.LOST) for n in range(3)], ("noisy", Function.DEGRADED))
    visitor = visit(ann)

    visitor.send("/label-reviews/accept-all?function=lost")

    page = visitor.text("/label-reviews")
    assert len(make.all(Failure)) == 3
    assert "3 orders accepted: 3 failures written." in page
    assert "failures the next night knows: Pump" in page


def test_an_order_without_a_component_stays_and_the_page_says_so(
    queue: Queue, make: Plant, visit: Visit, ann: Actor
) -> None:
    queue(("stopped", Function.LOST), known=False)
    visitor = visit(ann)
    assert "1 stays: its component is not known." in visitor.text("/label-reviews")

    visitor.send("/label-reviews/accept-all")

    assert make.all(Failure) == []
    assert "0 orders accepted" in visitor.text("/label-reviews")


def test_a_form_with_nothing_ticked_comes_back_with_what_was_chosen(
    queue: Queue, visit: Visit, ann: Actor
) -> None:
    (first,) = queue(("bearing failed", Function.LOST))

    answer = visit(ann).send("/label-reviews/accept", **{f"function-{first}": "none"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Tick at least one order." in page
    assert '<option value="none" selected>' in page


def test_proposals_are_changed_and_orders_rejected_in_bulk_and_taken_back(
    queue: Queue, make: Plant, visit: Visit, ann: Actor
) -> None:
    ids = queue(("bearing failed", Function.LOST), ("bearing noisy", Function.DEGRADED))
    visitor = visit(ann)

    visitor.send("/label-reviews/change", review=ids, **{"set-function": "none"})
    assert {row.proposed_function for row in make.all(LabelReview)} == {Function.NONE}

    visitor.send("/label-reviews/reject", review=ids)
    page = visitor.text("/label-reviews")
    assert "2 orders teach nothing." in page
    assert "No order waits for a review" in page

    decision = page.split('name="decision" value="')[1].split('"')[0]
    visitor.send("/label-reviews/take-back", decision=decision)
    assert {row.state for row in make.all(LabelReview)} == {ReviewState.WAITING}


def test_an_empty_change_and_a_foreign_filter_are_refused(
    queue: Queue, visit: Visit, ann: Actor
) -> None:
    ids = queue(("bearing failed", Function.LOST))
    visitor = visit(ann)

    assert visitor.send("/label-reviews/change", review=ids).status_code == 422
    assert visitor.get("/label-reviews?function=gone").status_code == 422
    assert visitor.get("/label-reviews?after=nonsense").status_code == 422
