"""The button that lets the sample plant live a day: who has it, and what pressing it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.config import Settings
from app.db import Database
from app.db.clock import PlantClock
from app.db.training import RequestKind, RunState, TrainingRequest
from app.factory import create_app
from tests.doors.conftest import Visit

ADDRESS = "/training/next-night"


@pytest.fixture
def app(settings: Settings, database: Database, now) -> Flask:
    """The application in demo mode, with a sample plant's clock."""
    with database.transaction() as session:
        session.add(PlantClock(id=1, now_at=now, simulation={"day": 1}))
    return create_app(replace(settings, demo=True), database)


@pytest.fixture
def real_app(settings: Settings, database: Database) -> Flask:
    return create_app(settings, database)


def test_a_planner_asks_for_the_next_night_and_stays_on_her_page(ann, visit: Visit, make):
    page = visit(ann)
    assert "Next night" in page.text("/")

    asked = page.send(ADDRESS, next="/equipment")

    assert (asked.status_code, asked.location) == (303, "/equipment")
    assert [row.kind for row in make.all(TrainingRequest)] == [RequestKind.NEXT_DAY]
    shown = page.text("/equipment")
    assert "The next day begins" in shown
    assert 'hx-get="/training/next-night"' in shown


def test_a_second_press_is_answered_kindly_and_changes_nothing(ann, visit: Visit, make):
    page = visit(ann)
    page.send(ADDRESS)

    again = page.send(ADDRESS)

    assert again.status_code == 303
    assert "The next night is on its way already." in page.text("/")
    assert len(make.all(TrainingRequest)) == 1


def test_who_does_not_plan_has_no_button_and_is_refused(eve, visit: Visit, make):
    page = visit(eve)

    assert "Next night" not in page.text("/equipment")
    assert page.send(ADDRESS).status_code == 403
    assert make.all(TrainingRequest) == []


def test_a_real_plant_has_no_next_night(ann, real_app: Flask, make):
    from tests.doors.visitor import Visitor

    page = Visitor(real_app.test_client())
    page.log_in(ann.name)

    refused = page.send(ADDRESS)

    assert refused.status_code == 409
    assert "a real plant&#39;s comes by itself" in refused.get_data(as_text=True)
    assert "Next night" not in page.text("/")
    assert make.all(TrainingRequest) == []


@pytest.mark.parametrize(("here", "refreshes"), [("/equipment", True), ("/schedules/new", False)])
def test_when_the_night_is_over_lists_are_shown_anew_and_forms_are_not_lost(
    ann, visit: Visit, make, here: str, refreshes: bool
):
    make.run(state=RunState.FINISHED)
    page = visit(ann)
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost{here}?q=1"}

    answer = page.get(ADDRESS, headers=headers)

    assert ("HX-Refresh" in answer.headers) is refreshes
    shown = answer.get_data(as_text=True)
    assert "Last night" in shown
    assert f'href="{here}"' in shown
