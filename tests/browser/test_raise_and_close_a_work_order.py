"""A corrective order by hand, from the planner's form to its closing; no line is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.chromium import PHONE

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
TITLE = "Oil drips from the gland"


def test_raise_and_close_a_work_order(site: Site, enter: Enter, complaints: list[str]) -> None:
    ann, tom = enter("ann"), enter("tom", **PHONE)

    order = _raise(ann, site)
    _take_and_hold(tom, site)
    ann.goto(order)
    stale = enter("ann")
    stale.goto(order)
    _resume_and_complete(tom)
    _be_refused(stale)
    ann.reload()
    ann.get_by_role("button", name="Close").click()

    expect(ann.get_by_role("status")).to_have_text("Closed.")
    lines = ann.locator("#history .timeline-head").all_inner_texts()
    assert [line.split(" ")[0] for line in lines] == [
        "Raised",
        "Taken",
        "Put",
        "Resumed",
        "Completed",
        "Closed",
    ]
    expect(ann.locator("#history")).to_contain_text("The gland packing comes on Monday")
    _see_the_failure(ann)
    assert [text for text in complaints if "409" not in text] == []


def _raise(page: Page, site: Site) -> str:
    """The planner's form, filled in; the address of the new order."""
    page.goto(f"{site.address}/work-orders")
    page.get_by_role("link", name="New work order").click()
    page.get_by_label("Machine").select_option(index=_place_of(page, "P-102"))
    page.get_by_label("What is it about?").fill(TITLE)
    page.get_by_label("High", exact=True).check(force=True)
    page.get_by_role("button", name="Raise order").click()
    expect(page.get_by_role("status")).to_have_text("Work order raised.")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    return page.url


def _place_of(page: Page, tag: str) -> int:
    machines = page.get_by_label("Machine").locator("option").all_inner_texts()
    return next(place for place, text in enumerate(machines) if text.startswith(tag))


def _take_and_hold(phone: Page, site: Site) -> None:
    phone.goto(f"{site.address}/my-work")
    _card(phone).get_by_role("button", name="Take it").tap()
    _card(phone).get_by_role("link", name="Put on hold").tap()
    phone.locator(".pick", has=phone.get_by_label("Waiting for parts")).tap()
    phone.get_by_label("Note").fill("The gland packing comes on Monday")
    phone.get_by_role("button", name="Put on hold").tap()
    expect(_card(phone)).to_contain_text("Waiting for parts")


def _card(phone: Page) -> Locator:
    """The order on the technician's list of work."""
    return phone.locator(".order", has_text=TITLE)


def _resume_and_complete(phone: Page) -> None:
    _card(phone).get_by_role("button", name="Resume").tap()
    _card(phone).get_by_role("link", name="Done").tap()
    for pick in ("Function lost", "Repair", "Failed"):
        phone.locator(".picks:visible .pick", has=phone.get_by_label(pick, exact=True)).tap()
    phone.get_by_role("button", name="Save and finish").tap()
    expect(phone.get_by_role("status")).to_have_text("Done. What you found was recorded.")
    expect(_card(phone)).to_have_count(0)


def _be_refused(page: Page) -> None:
    """What was decided on an old page is shown to its author again, and changes nothing."""
    page.get_by_label("Person").select_option("Ann, planner")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("That was not done")
    expect(page.get_by_role("main")).to_contain_text("was changed in the meantime")
    page.get_by_role("link", name="Back, as it is now").click()
    expect(page.locator(".page-under")).to_contain_text("Completed")
    expect(page.get_by_role("region", name="Details")).to_contain_text("Tom, technician")


def _see_the_failure(page: Page) -> None:
    page.locator(".page-under a").click()
    newest = page.get_by_role("region", name="Failures and services").locator("li", has_text="WO-")
    expect(newest.filter(has_text="Failure")).to_have_count(1)
