"""The model card in headless Chromium: readable by anybody, nothing for the policy to block."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.db.equipment import Equipment
from app.db.predictions import ForecastScore
from app.domain.roles import Actor
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.judged import HOURS, judged_machine
from tests.plant import PASSWORD, Plant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


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


def test_on_a_phone_the_failure_modes_stand_below_each_other(
    make: Plant, ann: Actor, address: str, open_page: OpenPage
) -> None:
    machine = judged_machine(make, failures=12, until=datetime.now(UTC))
    judge_bearing(make, machine, datetime.now(UTC) - timedelta(days=20))
    page = open_page(**PHONE)
    log_in(page, address, ann.name, PASSWORD)

    page.goto(f"{address}/equipment/{machine.id}/model-card")

    modes = page.get_by_role("region", name="As issued by failure mode")
    assert modes.evaluate("box => box.scrollWidth <= box.clientWidth")
    cells = modes.locator("tbody tr").first.locator("td").all()
    lefts = {round((cell.bounding_box() or {})["x"]) for cell in cells}
    assert (len(cells), len(lefts)) == (5, 1)


def judge_bearing(make: Plant, machine: Equipment, as_of: datetime) -> None:
    """One judged forecast of the bearing alone."""
    run = make.run(on=as_of.date(), as_of=as_of)
    told = make.forecast(machine, mode="bearing", risk=0.3, run=run)
    with make.database.transaction() as session:
        session.add(
            ForecastScore(
                forecast_id=told.id,
                equipment_id=machine.id,
                mode="bearing",
                as_of=as_of,
                hours=HOURS,
                risk=told.risk,
                has_failed=False,
                is_punctual=True,
                run_id=run.id,
                scored_at=as_of,
            )
        )
