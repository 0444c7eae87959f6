"""The pages around predictions in headless Chromium: readable by anybody, at home on a phone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from werkzeug.serving import make_server

from app.db.predictions import Decision
from app.db.records import Failure
from app.db.work_orders import Finding, WorkOrder
from app.domain.risk import Verdict
from app.domain.roles import Actor
from app.domain.work_orders import Dismissal, State
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.plant import PASSWORD, Plant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
DAY = timedelta(days=1)


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


def lived(make: Plant) -> int:
    """A pump with nights, silences, a dismissal, a miss and assumptions; returns its id."""
    machine, part = make.equipment(), make.component()
    for days, verdict in ((9, Verdict.HELD_BUDGET), (8, Verdict.WITHHELD)):
        at = datetime.now(UTC) - days * DAY
        run = make.run(on=at.date(), as_of=at)
        make.forecast(machine, mode="any", risk=0.5, run=run)
        told = make.forecast(machine, mode="bearing", risk=0.4, run=run)
        decided = {"equipment_id": machine.id, "mode": "bearing", "reason": "because"}
        with make.database.transaction() as session:
            session.add(
                Decision(
                    run_id=run.id,
                    forecast_id=told.id,
                    verdict=verdict,
                    risk=0.4,
                    threshold=0.0625,
                    **decided,
                )
            )
    order = make.predicted_order(machine, mode="seal", state=State.CANCELLED, run=run)
    with make.database.transaction() as session:
        session.get_one(WorkOrder, order).created_at = at
        answer = {"dismissal": Dismissal.WATCHED, "at": at + DAY, "recorded_at": at + DAY}
        session.add(Finding(work_order_id=order, equipment_id=machine.id, **answer))
        failed = {"at": at + 3 * DAY, "recorded_at": at + 3 * DAY}
        session.add(Failure(equipment_id=machine.id, component_id=part.id, **failed))
    return machine.id


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_are_accessible_fit_the_screen_and_keep_the_policy(
    make: Plant,
    ann: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    size: dict[str, object],
) -> None:
    machine = lived(make)
    page = open_page(**size)
    log_in(page, address, ann.name, PASSWORD)

    for path in (
        "/predictions?by=loss",
        f"/predictions/{machine}",
        f"/predictions/{machine}?component=bearing",
        "/predictions/held-back",
        "/predictions/withheld",
        "/predictions/missed",
        "/record",
        "/record/feedback",
        "/record/answers",
        "/savings",
        "/savings/assumptions",
        f"/equipment/{machine}",
    ):
        page.goto(address + path, wait_until="networkidle")
        for fold in page.locator("summary").all():
            fold.click()
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert complaints == []


def test_another_order_of_the_fleet_comes_without_a_new_page(
    make: Plant, ann: Actor, address: str, open_page: OpenPage
) -> None:
    for tag, risk in (("P-101", 0.2), ("P-102", 0.6)):
        make.forecast(make.equipment(tag), mode="any", risk=risk)
    page = open_page(**DESKTOP)
    log_in(page, address, ann.name, PASSWORD)
    page.goto(f"{address}/predictions")

    page.locator("#search").press_sequentially("P-101")

    page.locator("a.row-link:has-text('P-102')").wait_for(state="detached")
    page.locator("#by").select_option("loss")
    page.wait_for_url("**by=loss**")
    assert page.locator("a.row-link:has-text('P-101')").is_visible()
