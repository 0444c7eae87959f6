"""Work orders: codes, states and the table of transitions (EN 13306 words)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.errors import RuleBroken
from app.domain.roles import Role

UNDO_WITHIN = timedelta(minutes=30)


class OrderType(StrEnum):
    """What kind of work it is."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"
    PREDICTIVE = "predictive"
    INSPECTION = "inspection"
    CALIBRATION = "calibration"
    SAFETY = "safety"
    PROJECT = "project"


class Source(StrEnum):
    """Where an order came from."""

    PERSON = "person"
    REQUEST = "request"
    SCHEDULE = "schedule"
    PREDICTION = "prediction"
    DEVIATION = "deviation"
    CONDITION = "condition"
    STEP = "step"
    IMPORT = "import"


class Priority(StrEnum):
    """How soon; `RANK` orders them."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


RANK = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}


class State(StrEnum):
    """Where an order stands."""

    REQUESTED = "requested"
    OPEN = "open"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


FINISHED = frozenset({State.COMPLETED, State.CLOSED, State.CANCELLED})
UNFINISHED = tuple(state for state in State if state not in FINISHED)


class Action(StrEnum):
    """What a person does to an order."""

    ACCEPT = "accept"
    PLAN = "plan"
    TAKE = "take"
    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    COMPLETE = "complete"
    UNDO = "undo"
    CLOSE = "close"
    REWORK = "rework"
    CANCEL = "cancel"
    DISMISS = "dismiss"
    SNOOZE = "snooze"
    ABSORB = "absorb"
    INSPECT = "inspect"


class Outcome(StrEnum):
    """What a technician found on a predictive order."""

    FAULT_AS_PREDICTED = "fault_as_predicted"
    OTHER_FAULT = "other_fault"
    NOTHING_FOUND = "nothing_found"
    NOTHING_FOUND_REPLACED = "nothing_found_replaced"
    NOT_INSPECTED = "not_inspected"


class Function(StrEnum):
    """Whether the machine lost its function; only `lost` is a failure."""

    LOST = "lost"
    DEGRADED = "degraded"
    NONE = "none"


class Condition(StrEnum):
    """How the component looked when it was opened."""

    GOOD = "good"
    WORN = "worn"
    DEGRADED = "degraded"
    FAILED = "failed"


# What the look of a part says of a fault that was predicted of it.
CONFIRMED_BY: dict[Condition, Outcome] = {
    Condition.GOOD: Outcome.NOTHING_FOUND,
    Condition.WORN: Outcome.NOTHING_FOUND,
    Condition.DEGRADED: Outcome.FAULT_AS_PREDICTED,
    Condition.FAILED: Outcome.FAULT_AS_PREDICTED,
}


class Dismissal(StrEnum):
    """Why a suggestion was not followed."""

    KNOWN_CAUSE = "known_cause"
    WATCHED = "watched"
    RUN_TO_FAILURE = "run_to_failure"
    CANNOT_RELEASE = "cannot_release"
    DUPLICATE = "duplicate"
    SENSOR_FAULT = "sensor_fault"
    MACHINE_STOPPED = "machine_stopped"
    PLANNED_SHUTDOWN = "planned_shutdown"
    FALSE_ALARM = "false_alarm"
    OTHER = "other"


class Hold(StrEnum):
    """Why work stands still."""

    PARTS = "parts"
    ACCESS = "access"
    PERMIT = "permit"
    LABOUR = "labour"
    CONTRACTOR = "contractor"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: where the order goes, who may send it there, what it needs."""

    to: State
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()


_PLANNERS = frozenset({Role.PLANNER, Role.ADMIN})
_CREW = frozenset({Role.TECHNICIAN, Role.PLANNER, Role.ADMIN})

TRANSITIONS: dict[tuple[State, Action], Rule] = {
    (State.REQUESTED, Action.ACCEPT): Rule(State.OPEN, _PLANNERS),
    (State.REQUESTED, Action.DISMISS): Rule(State.CANCELLED, _PLANNERS, ("dismissal",)),
    (State.REQUESTED, Action.SNOOZE): Rule(State.REQUESTED, _PLANNERS, ("snoozed_until",)),
    (State.OPEN, Action.DISMISS): Rule(State.CANCELLED, _PLANNERS, ("dismissal",)),
    (State.PLANNED, Action.DISMISS): Rule(State.CANCELLED, _PLANNERS, ("dismissal",)),
    (State.REQUESTED, Action.INSPECT): Rule(State.REQUESTED, _PLANNERS),
    **{
        (state, Action.ABSORB): Rule(State.CANCELLED, _PLANNERS, ("host",))
        for state in (State.REQUESTED, State.OPEN, State.PLANNED)
    },
    (State.OPEN, Action.PLAN): Rule(State.PLANNED, _PLANNERS, ("planned_start_at",)),
    (State.OPEN, Action.TAKE): Rule(State.IN_PROGRESS, _CREW),
    (State.OPEN, Action.START): Rule(State.IN_PROGRESS, _CREW, ("assignee",)),
    (State.PLANNED, Action.START): Rule(State.IN_PROGRESS, _CREW, ("assignee",)),
    (State.PLANNED, Action.PLAN): Rule(State.PLANNED, _PLANNERS, ("planned_start_at",)),
    (State.IN_PROGRESS, Action.HOLD): Rule(State.ON_HOLD, _CREW, ("hold",)),
    (State.ON_HOLD, Action.RESUME): Rule(State.IN_PROGRESS, _CREW),
    (State.IN_PROGRESS, Action.COMPLETE): Rule(State.COMPLETED, _CREW, ("finding",)),
    (State.COMPLETED, Action.UNDO): Rule(State.IN_PROGRESS, _CREW, ("recent",)),
    (State.COMPLETED, Action.CLOSE): Rule(State.CLOSED, _PLANNERS),
    (State.COMPLETED, Action.REWORK): Rule(State.IN_PROGRESS, _PLANNERS),
    **{
        (state, Action.CANCEL): Rule(State.CANCELLED, _PLANNERS, ("reason",))
        for state in UNFINISHED
    },
}


class TransitionRefused(RuleBroken):
    """The table has no such move, or not for this person."""


def transition(state: State, action: Action, roles: frozenset[Role]) -> Rule:
    """Return the rule for *action* in *state*; raise TransitionRefused, saying who could."""
    rule = TRANSITIONS.get((state, action))
    if rule is None:
        raise TransitionRefused(f"A work order that is {words(state)} cannot {words(action)}.")
    if not rule.roles & roles:
        who = " or ".join(sorted(role.value for role in rule.roles))
        raise TransitionRefused(f"Only a {who} can {words(action)} a work order.")
    return rule


def actions(state: State, roles: frozenset[Role]) -> tuple[Action, ...]:
    """What somebody with these roles may do to an order in this state, in the table's order."""
    return tuple(
        action
        for (known, action), rule in TRANSITIONS.items()
        if known is state and rule.roles & roles
    )


def in_sentence(name: str) -> str:
    """A name as it stands inside a sentence: Rotor bearing -> rotor bearing, VFD stays VFD."""
    is_abbreviation = name[1:2].isupper() or name[1:2].isdigit()
    return name if is_abbreviation else name[:1].lower() + name[1:]


def words(code: StrEnum) -> str:
    """A code as words for a sentence."""
    return code.value.replace("_", " ")
