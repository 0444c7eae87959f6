"""The label review in headless Chromium: accessible, fits a phone, and one box ticks the page."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.db.label_reviews import LabelReview, ReviewState
from app.domain.roles import Actor
from app.domain.work_orders import Function
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.doors.test_in_a_browser import FINGER_PX, TOO_SMALL, address
from tests.doors.test_label_reviews import Queue, queue
from tests.plant import PASSWORD, Plant

__all__ = ["address", "queue"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
ORDERS = [
    ("Main bearing FAILED", Function.LOST),
    ("bearing noisy", Function.DEGRADED),
    ("grease bearing", Function.NONE),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_and_keeps_the_policy(
    queue: Queue,
    ann: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    theme: str,
) -> None:
    queue(*ORDERS)
    page = open_page(**DESKTOP, color_scheme=theme)
    log_in(page, address, "ann", PASSWORD)

    page.goto(f"{address}/label-reviews", wait_until="networkidle")

    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert complaints == []


def test_on_a_phone_it_fits_and_can_be_tapped(
    queue: Queue, ann: Actor, address: str, open_page: OpenPage
) -> None:
    queue(*ORDERS)
    page = open_page(**PHONE)
    log_in(page, address, "ann", PASSWORD)

    page.goto(f"{address}/label-reviews")

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    assert [each for each in page.evaluate(TOO_SMALL, FINGER_PX) if "checkbox" not in each] == []


def test_one_box_ticks_the_page_and_the_ticked_are_accepted(
    queue: Queue, make: Plant, ann: Actor, address: str, open_page: OpenPage
) -> None:
    queue(*ORDERS)
    page = open_page()
    log_in(page, address, "ann", PASSWORD)
    page.goto(f"{address}/label-reviews")

    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Accept ticked").click()

    page.get_by_text("3 orders accepted").wait_for()
    assert {row.state for row in make.all(LabelReview)} == {ReviewState.ACCEPTED}
