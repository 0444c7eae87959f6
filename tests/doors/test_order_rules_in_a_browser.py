"""The form of an order rule beside its preview in headless Chromium: sliders that answer at once,
readable by anybody, nothing for the policy to block."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.db import Database
from app.db.equipment import OrderRuleRow
from app.domain.roles import Actor
from benchmarks.measuring.policy.writing import write_crews, write_year
from benchmarks.measuring.policy.years import made_year
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.plant import PASSWORD, Plant

NIGHTS, BACK_TEST_NIGHTS = 330, 100

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


@pytest.fixture
def class_id(database: Database) -> int:
    """A class with eleven months until now: three of back-tests, then of nightly forecasts."""
    with database.transaction() as session:
        crews = write_crews(session, 2)
    first = datetime.now(UTC) - timedelta(days=NIGHTS)
    made = made_year(
        3,
        machines=8,
        nights=NIGHTS,
        first=first,
        crews=crews,
        machines_a_crew=4,
        back_test_nights=BACK_TEST_NIGHTS,
    )
    with database.transaction() as session:
        return write_year(session, made)


@pytest.fixture
def planner(class_id: int, make: Plant) -> Actor:
    """A planner of that class's site, which is there before her."""
    assert class_id
    return make.user("ann", "planner")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_form_and_its_preview_are_accessible(
    class_id: int,
    planner: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    size: dict[str, object],
) -> None:
    page = open_page(**size)
    log_in(page, address, planner.name, PASSWORD)

    page.goto(f"{address}/order-rules/{class_id}/edit")
    page.get_by_text("This rule would have raised").wait_for()
    for fold in page.locator("summary").all():
        fold.click()

    assert page.locator(".months rect").count() > 12
    assert page.locator(".months .months-hatched").count() > 2
    assert page.get_by_text("hatched: by back-test").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
    assert complaints == []


def test_a_slider_moves_its_number_and_the_answer_follows(
    class_id: int, planner: Actor, address: str, open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page(**DESKTOP)
    log_in(page, address, planner.name, PASSWORD)
    page.goto(f"{address}/order-rules/{class_id}/edit")
    outcome = page.locator(".outcome")
    outcome.wait_for()
    before = outcome.inner_text()

    slider = page.get_by_label("New orders per crew and week, as a slider")
    with page.expect_response(lambda answer: "/preview?" in answer.url):
        slider.fill("0")

    page.get_by_text("would have raised 0 orders").wait_for()
    assert "raised 0 orders" not in before
    assert page.locator("#weekly_budget").input_value() == "0"
    assert complaints == []


def test_what_was_tried_is_saved_with_its_reason(
    make: Plant, class_id: int, planner: Actor, address: str, open_page: OpenPage
) -> None:
    page = open_page(**DESKTOP)
    log_in(page, address, planner.name, PASSWORD)
    page.goto(f"{address}/order-rules/{class_id}/edit")
    page.locator(".outcome").wait_for()

    page.locator("#lead_hours").fill("48")
    page.locator("#reason").fill("The crew is faster now.")
    page.get_by_role("button", name="Save").click()

    page.get_by_text("Why: The crew is faster now.").wait_for()
    assert "csrf_token" not in page.url
    assert [row.lead_hours for row in make.all(OrderRuleRow)] == [48]


def test_a_machines_rule_page_is_accessible_on_a_phone(
    make: Plant, address: str, ann: Actor, open_page: OpenPage, complaints: list[str]
) -> None:
    machine = make.equipment()
    with make.database.transaction() as session:
        session.add(
            OrderRuleRow(
                equipment_class_id=machine.equipment_class_id,
                equipment_id=machine.id,
                effective_at=make.now,
                weekly_budget=None,
                reason="It stands alone.",
            )
        )
    page = open_page(**PHONE)
    log_in(page, address, ann.name, PASSWORD)

    page.goto(f"{address}/order-rules/machines/{machine.id}")

    page.get_by_role("button", name="Follow its class again").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
    assert complaints == []
