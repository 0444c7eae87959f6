"""Who may do what to one order now: the table of transitions and what the table cannot say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import NotAllowed, RuleBroken
from app.domain.roles import Actor, Capability
from app.domain.work_orders import (
    TRANSITIONS,
    UNDO_WITHIN,
    Action,
    Source,
    State,
    actions,
    transition,
)

SUGGESTIONS = frozenset({Source.PREDICTION, Source.DEVIATION, Source.CONDITION})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of an order."""

    number: str
    state: State
    source: Source
    team_id: int | None
    assignee_id: int | None
    completed_at: datetime | None


def permit(order: Standing, action: Action, *, by: Actor, now: datetime) -> None:
    """Return when *by* may do *action* now; else raise one of the RuleBroken family."""
    transition(order.state, action, by.roles)
    require_crew(order, by)
    special = _SPECIAL.get(action)
    if special is not None:
        special(order, by, now)


def possible(order: Standing, *, by: Actor, now: datetime) -> tuple[Action, ...]:
    """The actions that `permit` lets pass, in the table's order."""
    return tuple(act for act in actions(order.state, by.roles) if _passes(order, act, by, now))


def require_crew(order: Standing, by: Actor) -> None:
    """A technician works on what is his, his team's or nobody's; raise NotAllowed."""
    if not by.may(Capability.WORK):
        raise NotAllowed("Viewers cannot change work orders.")
    if by.may(Capability.PLAN) or (by.id is not None and order.assignee_id == by.id):
        return
    if order.team_id not in (None, by.team_id):
        raise NotAllowed(f"{order.number} belongs to another team.")


def undo_until(order: Standing) -> datetime | None:
    """Until when the completion can be taken back; None when there is none."""
    return None if order.completed_at is None else order.completed_at + UNDO_WITHIN


def _passes(order: Standing, action: Action, by: Actor, now: datetime) -> bool:
    try:
        permit(order, action, by=by, now=now)
    except RuleBroken:
        return False
    return True


def _is_free(order: Standing, by: Actor, _now: datetime) -> None:
    if by.id is None or order.assignee_id not in (None, by.id):
        raise RuleBroken(f"{order.number} is not free to be taken; a planner can reassign it.")


def _is_assigned(order: Standing, _by: Actor, _now: datetime) -> None:
    if order.assignee_id is None:
        raise RuleBroken(f"{order.number} needs somebody assigned before it starts.")


def _is_recent(order: Standing, _by: Actor, now: datetime) -> None:
    until = undo_until(order)
    if until is None or now > until:
        minutes = UNDO_WITHIN.total_seconds() / 60
        raise RuleBroken(f"A completion can be undone for {minutes:.0f} minutes only.")


def _is_suggestion(order: Standing, _by: Actor, _now: datetime) -> None:
    if order.source not in SUGGESTIONS:
        raise RuleBroken(f"{order.number} is not a suggestion; cancel it instead.")


def _is_predicted(order: Standing, _by: Actor, _now: datetime) -> None:
    if order.source is not Source.PREDICTION:
        raise RuleBroken(f"{order.number} was not suggested by a prediction.")


def _is_no_mere_suggestion(order: Standing, _by: Actor, _now: datetime) -> None:
    """A suggestion ends with a reason that teaches; work in hand may be cancelled."""
    if order.source in SUGGESTIONS and (order.state, Action.DISMISS) in TRANSITIONS:
        raise RuleBroken(f"{order.number} is a suggestion; dismiss it with a reason instead.")


_SPECIAL: dict[Action, Callable[[Standing, Actor, datetime], None]] = {
    Action.TAKE: _is_free,
    Action.START: _is_assigned,
    Action.UNDO: _is_recent,
    Action.DISMISS: _is_suggestion,
    Action.ABSORB: _is_suggestion,
    Action.INSPECT: _is_predicted,
    Action.CANCEL: _is_no_mere_suggestion,
}
