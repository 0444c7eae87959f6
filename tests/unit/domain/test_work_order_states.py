"""The table of states, as the domain model writes it."""

from __future__ import annotations

import pytest

from app.domain.roles import Role
from app.domain.work_orders import (
    FINISHED,
    TRANSITIONS,
    UNFINISHED,
    Action,
    State,
    TransitionRefused,
    actions,
    transition,
)

EVERYBODY = frozenset(Role)
TECHNICIAN = frozenset({Role.TECHNICIAN})
PLANNER = frozenset({Role.PLANNER})

# Typed off the domain model by hand: from, action, to.
MOVES = [
    ("requested", "accept", "open"),
    ("requested", "dismiss", "cancelled"),
    ("requested", "snooze", "requested"),
    ("open", "dismiss", "cancelled"),
    ("planned", "dismiss", "cancelled"),
    ("requested", "absorb", "cancelled"),
    ("open", "absorb", "cancelled"),
    ("planned", "absorb", "cancelled"),
    ("requested", "inspect", "requested"),
    ("open", "plan", "planned"),
    ("planned", "plan", "planned"),
    ("open", "take", "in_progress"),
    ("open", "start", "in_progress"),
    ("planned", "start", "in_progress"),
    ("in_progress", "hold", "on_hold"),
    ("on_hold", "resume", "in_progress"),
    ("in_progress", "complete", "completed"),
    ("completed", "undo", "in_progress"),
    ("completed", "close", "closed"),
    ("completed", "rework", "in_progress"),
    ("requested", "cancel", "cancelled"),
    ("open", "cancel", "cancelled"),
    ("planned", "cancel", "cancelled"),
    ("in_progress", "cancel", "cancelled"),
    ("on_hold", "cancel", "cancelled"),
]
FOR_PLANNERS_ONLY = {
    "accept",
    "dismiss",
    "snooze",
    "absorb",
    "inspect",
    "plan",
    "close",
    "rework",
    "cancel",
}


@pytest.mark.parametrize(("before", "action", "after"), MOVES)
def test_every_move_of_the_domain_model_is_in_the_table(
    before: str, action: str, after: str
) -> None:
    assert transition(State(before), Action(action), EVERYBODY).to == after


def test_the_table_has_no_other_move() -> None:
    table = {(state.value, action.value, rule.to) for (state, action), rule in TRANSITIONS.items()}

    assert table == set(MOVES)


@pytest.mark.parametrize(("before", "action", "_after"), MOVES)
def test_a_technician_works_and_a_planner_decides(before: str, action: str, _after: str) -> None:
    is_refused = action in FOR_PLANNERS_ONLY

    may = Action(action) in actions(State(before), TECHNICIAN)

    assert may is not is_refused
    assert Action(action) in actions(State(before), PLANNER)


@pytest.mark.parametrize("state", list(State))
def test_a_viewer_may_do_nothing(state: State) -> None:
    assert actions(state, frozenset({Role.VIEWER})) == ()


@pytest.mark.parametrize("state", [State.CLOSED, State.CANCELLED])
def test_nothing_leaves_a_final_state(state: State) -> None:
    assert actions(state, EVERYBODY) == ()


@pytest.mark.parametrize("state", UNFINISHED)
def test_unfinished_work_can_always_be_ended(state: State) -> None:
    assert transition(state, Action.CANCEL, PLANNER).to in FINISHED


def test_a_move_that_is_not_in_the_table_says_so() -> None:
    with pytest.raises(TransitionRefused, match="A work order that is on hold cannot complete"):
        transition(State.ON_HOLD, Action.COMPLETE, EVERYBODY)


def test_a_refused_person_reads_who_could() -> None:
    with pytest.raises(TransitionRefused, match="Only a admin or planner can close"):
        transition(State.COMPLETED, Action.CLOSE, TECHNICIAN)
