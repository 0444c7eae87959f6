"""The suggestion and the stop windows in headless Chromium: readable by anybody, on any screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from app.db.predictions import Forecast
from app.db.stop_windows import StopWindow
from app.db.work_orders import WorkOrder
from app.domain.instants import to_micros
from app.domain.roles import Actor
from app.domain.work_orders import State
from app.services.readings import store
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.plant import PASSWORD, Plant
from tests.suggested import DRIVER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    """Pages go by the wall clock."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def order_id(make: Plant, ann: Actor) -> int:
    """A suggestion with readings, sisters, two windows, an order to join and a service."""
    made = make.predicted_order(risk=0.3)
    for tag in ("P-101", "P-102", "P-103"):
        sensor = make.sensor(make.equipment(tag))
        with make.database.transaction() as session:
            store(
                session,
                sensor_ids=[sensor.id] * 96,
                at=[to_micros(make.now - hours * HOUR) for hours in range(96)],
                values=[2.0 + hours % 7 for hours in range(96)],
                source="test",
                now=make.now,
                by=ann,
            )
    site_id = make.site().id
    with make.database.transaction() as session:
        session.execute(sa.update(Forecast).values(drivers=[DRIVER]))
        start = make.now + timedelta(days=2)
        rule = "FREQ=DAILY;INTERVAL=7"
        session.add(
            StopWindow(
                site_id=site_id,
                title="Weekly stop",
                starts_at=start,
                ends_at=start + 8 * HOUR,
                rrule=rule,
            )
        )
    make.order(title="Change the oil")
    make.schedule(starts_on=(make.now + timedelta(days=20)).date())
    return made


@SIZES
def test_the_suggestion_is_accessible_and_planned_with_one_tap(
    make: Plant,
    ann: Actor,
    order_id: int,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    size: dict[str, object],
) -> None:
    page = open_page(**size)
    log_in(page, address, ann.name, PASSWORD)

    page.goto(f"{address}/work-orders/{order_id}")

    assert page.locator(".why-own").count() == 1
    assert page.locator(".why-sisters").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
    assert complaints == []
    page.locator(".is-proposed button").click()
    page.wait_for_load_state()
    assert make.get(WorkOrder, order_id).state is State.PLANNED


@SIZES
def test_the_windows_and_their_form_are_accessible(
    ann: Actor,
    order_id: int,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    size: dict[str, object],
) -> None:
    page = open_page(**size)
    log_in(page, address, ann.name, PASSWORD)

    for path in ("/stop-windows", "/stop-windows/new", f"/work-orders/{order_id}/absorb"):
        page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert Axe().run(page).response["violations"] == [], path
    assert complaints == []
