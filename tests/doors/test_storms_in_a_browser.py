"""Storms and limits in headless Chromium: readable by anybody, nothing for the policy to block."""

from __future__ import annotations

from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from app.db import Database
from app.domain.roles import Actor
from tests.chromium import DESKTOP, PHONE, OpenPage, log_in
from tests.forecasts import WrittenNight
from tests.plant import PASSWORD, Plant

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
    pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"]),
]


def is_sound(page: Page, complaints: list[str]) -> bool:
    """Whether the page fits its window, is accessible, and was drawn without a complaint."""
    assert Axe().run(page).response["violations"] == []
    assert complaints == []
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_planner_reads_a_storm_and_refuses_it(
    database: Database,
    make: Plant,
    ann: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    now: datetime,
    size: dict[str, object],
) -> None:
    tags = ("P-101", "P-102", "P-103")
    for tag in tags:
        make.equipment(tag)
    night = WrittenNight(database, now)
    night.rule(make.equipment_class().id, storm_share=0.3)
    night({(tag, "bearing"): 0.4 for tag in tags})
    page = open_page(**size)
    log_in(page, address, ann.name, PASSWORD)

    page.goto(f"{address}/")
    page.get_by_role("link", name="See what is held back").click()
    assert is_sound(page, complaints)
    page.get_by_role("link", name="Pump").click()
    assert is_sound(page, complaints)
    page.get_by_label("Why they are not wanted").fill("The sign was wrong")
    page.get_by_role("button", name="Refuse").click()

    assert page.get_by_text("The night stays silent about them").is_visible()
    assert is_sound(page, complaints)


def test_a_planner_sets_a_limit(
    make: Plant,
    ann: Actor,
    address: str,
    open_page: OpenPage,
    complaints: list[str],
    size: dict[str, object],
) -> None:
    make.sensor(make.equipment())
    page = open_page(**size)
    log_in(page, address, ann.name, PASSWORD)

    page.goto(f"{address}/condition-limits/new")
    page.get_by_label("Class of the machines").select_option("Pump")
    page.get_by_role("button", name="Next").click()
    assert is_sound(page, complaints)
    page.get_by_label("Reading", exact=True).select_option("Vibration")
    page.get_by_label("Value").fill("7.1")
    page.get_by_role("button", name="Save").click()

    assert page.get_by_text("Vibration above 7.1").is_visible()
    assert is_sound(page, complaints)
