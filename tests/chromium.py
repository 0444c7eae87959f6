"""Headless Chromium for tests that look at pages, and a visitor's first steps in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own browser; without one the test is skipped loudly (with CI set: fails)."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"none of {', '.join(NAMES)} is on the PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(f"NOT TESTED IN A BROWSER: {reason}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console held against the pages."""
    return []


@pytest.fixture
def open_page(chromium: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """Opens a page in a context of its own: its own cookies, size and colours."""
    contexts = []

    def opened(**options: Any) -> Page:
        contexts.append(chromium.new_context(**(options or DESKTOP)))
        made = contexts[-1].new_page()
        made.set_default_timeout(PATIENCE_MS)
        made.on("console", lambda line: complaints.append(line.text))
        made.on("pageerror", lambda error: complaints.append(str(error)))
        return made

    yield opened
    for context in contexts:
        context.close()


def log_in(page: Page, address: str, name: str, password: str) -> None:
    """Through the form, as anybody does."""
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: not url.endswith("/login"))
