"""The model card in headless Chromium: readable by anybody, nothing for the policy to block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from werkzeug.serving import make_server

from app.domain.roles import Actor
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.judged import judged_machine
from tests.plant import PASSWORD, Plant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_card_is_accessible_and_draws_without_a_complaint(
    make: Plant,
    ann: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    size: dict[str, object],
) -> None:
    machine = judged_machine(make, failures=12, until=datetime.now(UTC))
    page = open_page(**size)
    log_in(page, address, ann.name, PASSWORD)

    page.goto(f"{address}/equipment/{machine.id}/model-card")
    for fold in page.locator("summary").all():
        fold.click()

    assert page.locator(".reliability-dot").count() == 2 * 2 + 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
    assert complaints == []
