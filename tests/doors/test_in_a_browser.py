"""The pages in headless Chromium: no accessibility violation, nothing the policy has to block."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from werkzeug.serving import make_server

from app.domain.roles import Actor
from app.domain.work_orders import State
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.integration.test_inspections import decide
from tests.plant import PASSWORD, Plant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
FINGER_PX = 44
# What stands alone to be tapped; links inside sentences and rows are as high as their text.
TOO_SMALL = """least => [...document.querySelectorAll("a, button, select, input, summary")]
    .filter(each => !each.closest(".skip-link, .facts, .timeline, .bullets, td, p"))
    .filter(each => each.type !== "hidden" && each.getClientRects().length)
    .filter(each => each.getBoundingClientRect().height < least)
    .map(each => each.outerHTML)"""
PAGES = (
    "/",
    "/my-work",
    "/equipment",
    "/work-orders",
    "/work-orders/new",
    "/work-orders/new?breakdown=1",
    "/savings",
    "/predictions",
    "/readiness",
    "/record",
    "/imports",
    "/imports/new/readings",
    "/first-run",
    "/training",
    "/schedules",
    "/order-rules",
    "/users",
    "/account",
)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible_and_keep_the_policy(
    make: Plant,
    adam: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    theme: str,
) -> None:
    machine = make.equipment()
    make.sensor(machine)
    make.forecast(machine, mode="any", risk=0.5)
    order = make.predicted_order(machine)
    job = make.predicted_order(make.equipment("P-102"), state=State.IN_PROGRESS)
    make.schedule(machine)
    decide(make.database, make, make.run().id, {"P-101": 1.5}, make.now)
    page = open_page(**DESKTOP, color_scheme=theme)
    log_in(page, address, "adam", PASSWORD)

    details = (
        f"/equipment/{machine.id}",
        f"/typical-lives/{make.component().id}",
        f"/work-orders/{order}",
        f"/work-orders/{order}/dismiss",
        f"/work-orders/{order}/snooze",
        f"/work-orders/{job}/complete",
    )
    for path in (*PAGES, *details):
        page.goto(address + path, wait_until="networkidle")
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert complaints == []


def test_on_a_phone_nothing_reaches_beyond_the_screen(
    make: Plant, tom: Actor, address: str, open_page: OpenPage
) -> None:
    order = make.order(make.equipment(), assignee_id=tom.id)
    page = open_page(**PHONE)
    log_in(page, address, "tom", PASSWORD)

    for path in (
        "/my-work",
        f"/work-orders/{order}",
        "/work-orders",
        "/equipment",
        "/savings",
        "/work-orders/new?breakdown=1",
    ):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_on_a_phone_everything_can_be_tapped_with_gloves(
    make: Plant, tom: Actor, address: str, open_page: OpenPage
) -> None:
    machine = make.equipment()
    make.sensor(machine)
    order = make.order(machine, assignee_id=tom.id)
    page = open_page(**PHONE)
    log_in(page, address, "tom", PASSWORD)

    for path in ("/my-work", f"/work-orders/{order}", "/work-orders", f"/equipment/{machine.id}"):
        page.goto(address + path)
        assert (path, page.evaluate(TOO_SMALL, FINGER_PX)) == (path, [])


def test_the_list_narrows_as_one_types(
    make: Plant, ann: Actor, address: str, open_page: OpenPage
) -> None:
    make.equipment("P-101")
    make.equipment("C-201")
    page = open_page()
    log_in(page, address, "ann", PASSWORD)
    page.goto(f"{address}/equipment")

    page.locator("#search").press_sequentially("C-2")

    page.locator("a.row-link:has-text('P-101')").wait_for(state="detached")
    assert page.locator("a.row-link:has-text('C-201')").is_visible()
    assert "search=C-2" in page.url
