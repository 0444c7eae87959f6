"""Who may do what to one order: team, assignment, time and origin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import NotAllowed, RuleBroken
from app.domain.order_actions import Standing, permit, possible
from app.domain.roles import Actor, Role, system
from app.domain.work_orders import Action, Source, State

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ANN = Actor(1, "ann", frozenset({Role.PLANNER}), site_id=1)
TOM = Actor(2, "tom", frozenset({Role.TECHNICIAN}), site_id=1, team_id=5)
EVE = Actor(3, "eve", frozenset({Role.VIEWER}), site_id=1)
OPEN = Standing("WO-00001", State.OPEN, Source.PERSON, None, None, None)


@pytest.mark.parametrize("team_id", [None, 5])
def test_a_technician_takes_what_is_his_teams_or_nobodys(team_id: int | None) -> None:
    order = replace(OPEN, team_id=team_id)

    assert possible(order, by=TOM, now=NOW) == (Action.TAKE,)


def test_another_teams_order_is_not_the_technicians() -> None:
    with pytest.raises(NotAllowed, match="belongs to another team"):
        permit(replace(OPEN, team_id=6), Action.TAKE, by=TOM, now=NOW)


def test_an_assigned_technician_works_for_another_team_too() -> None:
    order = replace(OPEN, team_id=6, assignee_id=TOM.id)

    assert possible(order, by=TOM, now=NOW) == (Action.TAKE, Action.START)


def test_a_planner_works_with_every_team() -> None:
    order = replace(OPEN, team_id=6)

    assert possible(order, by=ANN, now=NOW) == (Action.PLAN, Action.TAKE, Action.CANCEL)


def test_nobody_takes_what_is_somebody_elses() -> None:
    with pytest.raises(RuleBroken, match="not free to be taken"):
        permit(replace(OPEN, assignee_id=9), Action.TAKE, by=TOM, now=NOW)


def test_work_starts_only_when_somebody_is_assigned() -> None:
    with pytest.raises(RuleBroken, match="needs somebody assigned"):
        permit(OPEN, Action.START, by=ANN, now=NOW)


def test_the_system_cannot_take_an_order() -> None:
    with pytest.raises(RuleBroken, match="not free to be taken"):
        permit(OPEN, Action.TAKE, by=system("night"), now=NOW)


def test_a_viewer_may_do_nothing_even_when_assigned() -> None:
    assert possible(replace(OPEN, assignee_id=EVE.id), by=EVE, now=NOW) == ()


@pytest.mark.parametrize(("minutes", "may"), [(0, True), (30, True), (31, False)])
def test_a_completion_can_be_undone_for_half_an_hour(minutes: int, may: bool) -> None:
    done = replace(OPEN, state=State.COMPLETED, completed_at=NOW - timedelta(minutes=minutes))

    assert (Action.UNDO in possible(done, by=TOM, now=NOW)) is may


@pytest.mark.parametrize("source", list(Source))
def test_only_suggestions_are_dismissed(source: Source) -> None:
    is_suggestion = source.value in {"prediction", "deviation", "condition"}

    may = Action.DISMISS in possible(replace(OPEN, source=source), by=ANN, now=NOW)

    assert may is is_suggestion
