"""A technician's phone: how many taps a job takes, and the way back from a wrong one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from werkzeug.serving import make_server

from app.config import Settings
from app.db import Database
from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import Condition, OrderType, Outcome, Priority, State
from app.factory import create_app
from tests.chromium import PHONE, OpenPage, log_in
from tests.plant import PASSWORD, Plant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
MOST_TAPS_OF_A_JOB = 5
MOST_TAPS_OF_A_REPORT = 4


class Thumb:
    """Taps, and counts them; choosing from a list takes two."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.tap()

    def choose(self, target: Locator, text: str) -> None:
        self.taps += 2
        target.select_option(label=text)


@pytest.fixture
def phone(
    make: Plant, tom: Actor, settings: Settings, database: Database, open_page: OpenPage
) -> Iterator[Page]:
    """Tom's phone, on his list of work."""
    server = make_server("127.0.0.1", 0, create_app(settings, database), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    page = open_page(**PHONE)
    address = f"http://127.0.0.1:{server.port}"
    log_in(page, address, "tom", PASSWORD)
    page.goto(f"{address}/my-work")
    yield page
    page.context.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def thumb() -> Thumb:
    return Thumb()


def test_a_preventive_job_is_closed_and_taken_back_from_the_notice(
    make: Plant, phone: Page, thumb: Thumb
) -> None:
    order = make.order(title="Grease the bearings", type=OrderType.PREVENTIVE.value)
    phone.reload()

    thumb.tap(_card(phone, "Grease the bearings").get_by_role("button", name="Take it"))
    thumb.tap(_card(phone, "Grease the bearings").get_by_role("link", name="Done"))
    thumb.tap(phone.get_by_role("button", name="Worn"))

    expect(phone.get_by_role("status")).to_have_text("Done. What you found was recorded.")
    assert thumb.taps <= MOST_TAPS_OF_A_JOB
    assert make.get(WorkOrder, order).state is State.COMPLETED
    assert make.all(Finding)[0].condition_found is Condition.WORN

    phone.get_by_role("button", name="Undo").tap()

    expect(_card(phone, "Grease the bearings")).to_contain_text("In progress")
    assert make.get(WorkOrder, order).state is State.IN_PROGRESS
    assert make.all(Finding) == []


def test_a_predicted_job_is_closed_with_what_it_found(
    make: Plant, phone: Page, thumb: Thumb
) -> None:
    make.predicted_order(make.equipment(), state=State.OPEN)
    phone.reload()

    thumb.tap(_card(phone, "Inspect the bearing").get_by_role("button", name="Take it"))
    thumb.tap(_card(phone, "Inspect the bearing").get_by_role("link", name="Done"))
    thumb.tap(phone.get_by_role("button", name="As predicted: part replaced"))

    expect(phone.get_by_role("status")).to_be_visible()
    assert thumb.taps <= MOST_TAPS_OF_A_JOB
    assert make.all(Finding)[0].outcome is Outcome.FAULT_AS_PREDICTED


def test_a_breakdown_is_reported(make: Plant, phone: Page, thumb: Thumb, tom: Actor) -> None:
    make.equipment("P-101")

    thumb.tap(phone.get_by_role("link", name="Breakdown now"))
    thumb.choose(phone.get_by_label("Which machine stands still?"), "P-101 · Pump P-101")
    expect(phone.get_by_label("Seal")).to_be_attached()  # its parts can be picked, none must
    thumb.tap(phone.get_by_role("button", name="It stands still now"))

    expect(phone.locator(".page-under")).to_contain_text("Break-in")
    assert thumb.taps <= MOST_TAPS_OF_A_REPORT
    (order,) = make.all(WorkOrder)
    assert (order.state, order.priority) == (State.IN_PROGRESS, Priority.URGENT)
    assert (order.assignee_id, order.is_break_in) == (tom.id, True)


def test_a_problem_is_reported(make: Plant, phone: Page, thumb: Thumb) -> None:
    make.equipment("P-101")

    thumb.tap(phone.get_by_role("link", name="Report a problem"))
    thumb.choose(phone.get_by_label("Machine"), "P-101 · Pump P-101")
    thumb.tap(phone.get_by_role("button", name="It leaks"))

    expect(phone.get_by_role("status")).to_have_text("Sent to the planner.")
    assert thumb.taps <= MOST_TAPS_OF_A_REPORT
    (order,) = make.all(WorkOrder)
    assert (order.title, order.state) == ("It leaks", State.REQUESTED)


def _card(phone: Page, title: str) -> Locator:
    return phone.locator(".order", has_text=title)
