"""A risk on the dashboard becomes an order, the order a finding, and the next night knows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.db.equipment import Equipment
from app.db.training import TrainingRun
from app.db.work_orders import WorkOrder
from app.domain.work_orders import UNFINISHED, OrderType, Outcome
from app.queries.training_sets import training_set
from tests.browser.conftest import Site
from tests.chromium import PHONE

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
TILES = ("open", "predicted", "requested", "unassigned", "to_review")


def test_see_a_prediction_become_an_order(site: Site, enter: Enter, complaints: list[str]) -> None:
    ann = enter("ann")
    before = _tiles(ann)

    tag, title = _open_the_riskiest_machine(ann)
    _accept_its_order(ann, title)
    _do_the_work(enter("tom", **PHONE), title)

    ann.goto(f"{site.address}/")
    assert _tiles(ann) == {
        "open": before["open"] - 1,
        "predicted": before["predicted"] - 1,
        "requested": before["requested"] - 1,
        "unassigned": before["unassigned"] - 1,
        "to_review": before["to_review"] + 1,
    }

    site.forewarn("demo", "--advance", "1")

    assert _learned(site, tag) == [("bearing", Outcome.FAULT_AS_PREDICTED.value)]
    assert _predictive_orders(site, tag) == 1
    ann.goto(f"{site.address}/")
    assert _tiles(ann)["open"] == _unfinished(site)
    assert "0 violations" in site.forewarn("verify")
    assert complaints == []


def _tiles(page: Page) -> dict[str, int]:
    """The numbers on the tiles of the dashboard."""
    return {
        view: int(page.locator(f".tile[href$='view={view}'] .tile-number").inner_text())
        for view in TILES
    }


def _open_the_riskiest_machine(page: Page) -> tuple[str, str]:
    """From the dashboard to the machine at the top and on to its suggested order: (tag, title)."""
    top = page.get_by_role("region", name="Machines most likely to fail next").locator("tbody tr")
    tag = top.first.locator(".row-link").inner_text()
    risk = top.first.locator(".risk-pair .num").inner_text()
    top.first.locator(".row-link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(tag)
    prediction = page.get_by_role("region", name="Prediction")
    expect(prediction.locator(".big-risk-number")).to_have_text(risk)
    reasons = _reasons(prediction)
    assert "mm/s, normal" in reasons[0]

    orders = page.get_by_role("region", name="Open work orders")
    suggested = orders.locator(".line", has_text="Predictive")
    title = suggested.locator(".line-title").inner_text()
    suggested.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    why = page.get_by_role("region", name="Why: what points to it")
    assert why.locator(".why-said").all_inner_texts() == reasons
    return tag, title


def _reasons(part: Locator) -> list[str]:
    return part.locator(".bullets").first.locator("li").all_inner_texts()


def _accept_its_order(page: Page, title: str) -> None:
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("status")).to_have_text("Accepted.")
    page.get_by_label("Person").select_option("Tom, technician")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("region", name="Details")).to_contain_text("Tom, technician")


def _do_the_work(phone: Page, title: str) -> None:
    """My work, Start, Done, three picks, Save: what a technician taps."""
    job = phone.locator(".order", has_text=title)
    assert "%" not in job.inner_text()
    job.get_by_role("button", name="Start").tap()
    job.get_by_role("link", name="Done").tap()
    for pick in ("Fault as predicted", "Degraded", "Replace"):
        phone.locator(".picks:visible .pick", has=phone.get_by_label(pick, exact=True)).tap()
    phone.get_by_role("button", name="Save and finish").tap()
    expect(phone.get_by_role("status")).to_contain_text("What you found was recorded")
    expect(phone.locator(".order", has_text=title)).to_have_count(0)


def _learned(site: Site, tag: str) -> list[tuple[str, str]]:
    """The outcomes the newest night could read of a machine."""
    with site.database.reading() as session:
        as_of: datetime = session.scalars(
            sa.select(TrainingRun.as_of).order_by(TrainingRun.id.desc()).limit(1)
        ).one()
        machine = session.scalars(sa.select(Equipment.id).where(Equipment.tag == tag)).one()
        read = training_set(session, equipment_id=machine, until=as_of, is_hourly=True)
    return [(component, outcome) for _, component, outcome in read.outcomes]


def _predictive_orders(site: Site, tag: str) -> int:
    """How many orders predictions ever raised on this machine."""
    return _count(site, WorkOrder.type == OrderType.PREDICTIVE, Equipment.tag == tag)


def _unfinished(site: Site) -> int:
    return _count(site, WorkOrder.state.in_(UNFINISHED))


def _count(site: Site, *where: sa.ColumnElement[bool]) -> int:
    asked = sa.select(sa.func.count(WorkOrder.id)).join(
        Equipment, Equipment.id == WorkOrder.equipment_id
    )
    with site.database.reading() as session:
        return session.scalars(asked.where(*where)).one()
