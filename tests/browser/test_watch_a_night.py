"""Run now: the wish, the run as it goes, and what became of each machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.small_demo import MACHINES

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
RUN_MS = 60_000
STAGES = re.compile("Opening|Reading the|Learning the|Deciding on orders|Finished")
FORGOTTEN = "equipment,at,component\nP-103,2026-10-02T09:30:00Z,seal\n"


def test_watch_a_night(site: Site, enter: Enter, tmp_path: Path, complaints: list[str]) -> None:
    """A failure that was forgotten is added; only machines of that class are learned anew."""
    forgotten = tmp_path / "failures.csv"
    forgotten.write_text(FORGOTTEN)
    site.forewarn("import", "failures", str(forgotten))
    ann = enter("ann")
    ann.goto(f"{site.address}/training")

    ann.get_by_role("button", name="Run now").click()
    expect(ann.get_by_role("main")).to_contain_text("waiting for the trainer")
    running = ann.locator("tr", has_text="Running")
    running.get_by_role("link").click(timeout=RUN_MS)

    main = ann.get_by_role("main")
    # Which stage the page is opened in, if any is left, depends on how busy this machine is.
    expect(ann.locator("body")).to_contain_text(STAGES)
    expect(ann.locator(".page-under")).to_contain_text("Finished", timeout=RUN_MS)
    expect(main.get_by_role("progressbar")).to_have_count(0)
    assert _outcomes(ann) == {
        tag: "Trained" if tag.startswith("P-") else "Unchanged" for tag in _outcomes(ann)
    }
    assert len(_outcomes(ann)) == MACHINES
    assert complaints == []


def _outcomes(page: Page) -> dict[str, str]:
    """Machine -> what became of it."""
    rows = page.get_by_role("region", name="Machines").locator("tbody tr").all()
    return {row.locator(".row-link").inner_text(): row.locator(".tag").inner_text() for row in rows}
