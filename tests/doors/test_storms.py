"""A storm at the site: seen by everybody, announced to planners, decided by them."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.db import Database
from app.db.storms import Storm
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.storms import StormState
from tests.doors.conftest import Visit
from tests.forecasts import WrittenNight
from tests.plant import Plant

TAGS = ("P-101", "P-102", "P-103", "P-104")


@pytest.fixture(autouse=True)
def _held(database: Database, make: Plant, now: datetime) -> None:
    """Three of four pumps wanted an order in one night."""
    for tag in TAGS:
        make.equipment(tag)
    night = WrittenNight(database, now)
    night.rule(make.equipment_class().id, storm_share=0.3)
    night({(tag, "bearing"): 0.4 for tag in TAGS[:3]} | {(TAGS[3], "bearing"): 0.01})


def test_planners_find_it_on_their_way_and_others_do_not(
    ann: Actor, eve: Actor, visit: Visit
) -> None:
    planner, viewer = visit(ann), visit(eve)

    for address in ("/", "/predictions"):
        assert "a storm waits for your word" in planner.text(address)
        assert "a storm waits for your word" not in viewer.text(address)


def test_the_page_says_where_why_and_what_is_held(ann: Actor, visit: Visit) -> None:
    listed, text = visit(ann).text("/storms"), visit(ann).text("/storms/1")

    assert "3 of 4" in listed
    for said in ("Storm over Pump", "No common cause was found.", *TAGS[:3], "40 %", "30 %"):
        assert said in text
    assert TAGS[3] not in text


def test_a_viewer_reads_it_and_decides_nothing(make: Plant, eve: Actor, visit: Visit) -> None:
    visitor = visit(eve)

    assert "Release" not in visitor.text("/storms/1")
    assert visitor.send("/storms/1/release", version="1").status_code == 403
    assert make.all(WorkOrder) == []


def test_a_release_raises_the_orders_and_names_them(make: Plant, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    assert visitor.send("/storms/1/release", version="1").status_code == 303

    text = visitor.text("/storms/1")
    assert len(make.all(WorkOrder)) == 3
    for said in ("3 orders raised.", "WO-00001", "WO-00003", "Released"):
        assert said in text
    assert "waits for your word" not in visitor.text("/")


def test_a_refusal_needs_its_reason(make: Plant, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    blank = visitor.send("/storms/1/refuse", version="1", note=" ")
    assert (blank.status_code, make.all(Storm)[0].state) == (422, StormState.WAITING)
    assert "note-problem" in blank.get_data(as_text=True)
    done = visitor.send("/storms/1/refuse", version="1", note="The sign was wrong")

    assert (done.status_code, make.all(Storm)[0].note) == (303, "The sign was wrong")
    assert "Refused: Ann" in visitor.text("/storms/1")


def test_a_second_planner_is_told_that_it_was_decided(ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)
    visitor.send("/storms/1/release", version="1")

    assert visitor.send("/storms/1/refuse", version="1", note="Too late").status_code == 409


def test_another_site_sees_no_storm_of_this_one(make: Plant, visit: Visit) -> None:
    olga = make.user("olga", "planner", site="south")

    assert visit(olga).get("/storms/1").status_code == 404
    assert "No storm so far" in visit(olga).text("/storms")
