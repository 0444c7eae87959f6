"""Next night: pressed on any page, watched above it, told when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.db.training import RunState, TrainingRun
from tests.browser.conftest import Site
from tests.browser.small_demo import END
from tests.chromium import PHONE

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
NIGHT_MS = 90_000
LAST = date.fromisoformat(END)


def test_live_the_next_night(site: Site, enter: Enter, complaints: list[str]) -> None:
    ann = enter("ann", **PHONE)
    ann.goto(f"{site.address}/equipment")

    _clock(ann).get_by_role("button", name="Next night").tap()

    expect(_clock(ann).get_by_role("status")).to_be_visible()
    expect(_clock(ann).get_by_role("button")).to_have_count(0)
    expect(_clock(ann).get_by_role("button")).to_be_visible(timeout=NIGHT_MS)
    assert ann.url.rstrip("?") == f"{site.address}/equipment"
    expect(_clock(ann).locator("strong")).to_have_text("22 Nov 2026, 07:00")
    told = _clock(ann).locator("a", has_text="Last night")
    expect(told).to_contain_text("readings")
    told.tap()
    expect(ann.get_by_role("heading", level=1)).to_contain_text("22 Nov 2026")
    expect(ann.locator(".page-under")).to_contain_text("Finished")
    assert _nights(site) == [LAST, LAST + timedelta(days=1)]
    assert "0 violations" in site.forewarn("verify")
    assert complaints == []


def test_the_next_night_without_javascript(site: Site, enter: Enter) -> None:
    ann = enter("ann", java_script_enabled=False)

    _clock(ann).get_by_role("button", name="Next night").click()

    expect(_clock(ann).get_by_role("status")).to_be_visible()
    for _ in range(NIGHT_MS // 1_000):
        if _clock(ann).get_by_role("button").count():
            break
        ann.wait_for_timeout(1_000)
        ann.goto(f"{site.address}/")
    expect(_clock(ann).locator("strong")).to_have_text("22 Nov 2026, 07:00")


def _clock(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Sample plant")


def _nights(site: Site) -> list[date]:
    asked = sa.select(TrainingRun.local_date).where(TrainingRun.state == RunState.FINISHED)
    with site.database.reading() as session:
        return list(session.scalars(asked.order_by(TrainingRun.id)))
