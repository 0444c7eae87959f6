"""A plant engineer with the exports of a historian: from an empty plant to its first night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import run, served
from tests.browser.historian import write_exports
from tests.chromium import PHONE, OpenPage, log_in

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
MACHINES = 4
DAYS = 40


@pytest.fixture
def empty_plant(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A database without a row but the administrator, served: its address and its folder."""
    home = tmp_path / "data"
    run(home, "app.cli", "db", "upgrade")
    words = ("users", "create", "--name", "adam", "--role", "admin", "--password-stdin")
    run(home, "app.cli", *words, typed=PASSWORD)
    with served(home, tmp_path / "serve.log") as address:
        yield address, home


def test_import_a_plant(
    empty_plant: tuple[str, Path], open_page: OpenPage, complaints: list[str], tmp_path: Path
) -> None:
    address, home = empty_plant
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    write_exports(tmp_path, machines=MACHINES, days=DAYS, last=last - timedelta(hours=1))
    page = open_page()
    log_in(page, address, "adam", PASSWORD)

    _name_the_site(page)
    _bring(page, "Import equipment", tmp_path / "Anlagenliste.csv", "4 new")
    _bring(page, "Import readings", tmp_path / "Trend_breit.csv", "5,760 new")
    _bring(page, "Import readings", tmp_path / "Trend_lang.csv", "5,760 new", bad="'Bad' is not")
    _bring(page, "Failures", tmp_path / "Stoerungen.csv", "1 new")
    _give_the_long_names_the_same_roles(page)
    run(home, "app.cli", "train", "--jobs", "1")

    page.goto(f"{address}/first-run")
    expect(page.locator(".first-step.is-done")).to_have_count(6)
    phone = open_page(**PHONE)
    log_in(phone, address, "adam", PASSWORD)
    phone.goto(f"{address}/equipment")
    expect(phone.get_by_role("link", name="P-1001")).to_be_visible()
    phone.goto(f"{address}/imports")
    expect(phone.get_by_role("link", name="Trend_lang.csv")).to_be_visible()
    assert complaints == []


def _name_the_site(page: Page) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_role("link", name="First steps").click()
    page.get_by_label("Site").fill("Werk Nord")
    page.get_by_role("button", name="Add the site").click()
    expect(page.get_by_role("status")).to_contain_text("The site is there")


def _bring(page: Page, link: str, file: Path, told: str, *, bad: str = "") -> None:
    """One file from the steps: sent, checked, imported."""
    page.get_by_role("main").get_by_role("link", name=link).click()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Send and look").click()
    expect(
        page.get_by_role("heading", name="The first rows as they will be stored")
    ).to_be_visible()
    expect(page.locator(".has-problem")).to_have_count(0)
    page.get_by_role("button", name="Check the whole file").click()
    report = page.locator("#report-card")
    expect(report).to_contain_text(told)
    if bad:
        expect(report).to_contain_text(bad)
    report.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status")).to_contain_text("Imported")
    page.get_by_role("link", name="First steps").click()


def _give_the_long_names_the_same_roles(page: Page) -> None:
    """The two exports call the same sensors by other names: one line each says so."""
    page.get_by_role("link", name="Classes").click()
    page.get_by_role("link", name="Kreiselpumpe (Wasser)").click()
    for short, name in (("VIB_A", "Schwingung A"), ("TEMP_L", "Lagertemperatur")):
        page.get_by_role("combobox", name=short).select_option(label=_option(page, short, name))
    page.get_by_role("button", name="Save roles").click()
    expect(page.get_by_role("status")).to_contain_text("4 sensors changed")


def _option(page: Page, short: str, name: str) -> str:
    """The option of a role, as it is written with its unit."""
    options = page.get_by_role("combobox", name=short).locator("option").all_inner_texts()
    return next(text for text in options if text.startswith(name))
