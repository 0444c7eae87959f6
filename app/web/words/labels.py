"""What each code is called on a page, and the colour of its badge. Every code has a row here."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from app.db.imports import ImportState
from app.db.label_reviews import ReviewState
from app.db.predictions import RecipeRole
from app.db.training import MachineStatus, RequestKind, RunKind, RunState, Stage
from app.domain.activities import Activity
from app.domain.conditions import Side
from app.domain.equipment import Criticality, Predictor, Status
from app.domain.health import HealthVerdict
from app.domain.risk import Gate, Verdict
from app.domain.roles import Role
from app.domain.schedules import ScheduleBasis, Unit
from app.domain.stop_windows import Repeat
from app.domain.storms import StormState
from app.domain.warnings import Aftermath, Met
from app.domain.work_orders import (
    Action,
    Condition,
    Dismissal,
    Function,
    Hold,
    OrderType,
    Outcome,
    Priority,
    Source,
    State,
)
from app.queries.next_night import Step
from app.queries.predictions import RankBy, Standing
from app.queries.sensor_faults import FaultKind
from app.queries.situations.shape import Situation

Words = dict[StrEnum, Any]

LABELS: dict[type[StrEnum], Words] = {
    State: {
        State.REQUESTED: _("Requested"),
        State.OPEN: _("Open"),
        State.PLANNED: _("Planned"),
        State.IN_PROGRESS: _("In progress"),
        State.ON_HOLD: _("On hold"),
        State.COMPLETED: _("Completed"),
        State.CLOSED: _("Closed"),
        State.CANCELLED: _("Cancelled"),
    },
    OrderType: {
        OrderType.CORRECTIVE: _("Corrective"),
        OrderType.PREVENTIVE: _("Preventive"),
        OrderType.PREDICTIVE: _("Predictive"),
        OrderType.INSPECTION: _("Inspection"),
        OrderType.CALIBRATION: _("Calibration"),
        OrderType.SAFETY: _("Safety"),
        OrderType.PROJECT: _("Project"),
    },
    Source: {
        Source.PERSON: _("Raised by a person"),
        Source.REQUEST: _("Requested"),
        Source.SCHEDULE: _("From a preventive schedule"),
        Source.PREDICTION: _("Suggested by prediction"),
        Source.DEVIATION: _("Suggested by a deviation"),
        Source.CONDITION: _("From a condition rule"),
        Source.STEP: _("From a failed step"),
        Source.IMPORT: _("Imported"),
    },
    Priority: {
        Priority.URGENT: _("Urgent"),
        Priority.HIGH: _("High"),
        Priority.NORMAL: _("Normal"),
        Priority.LOW: _("Low"),
    },
    Action: {
        Action.ACCEPT: _("Accept"),
        Action.PLAN: _("Plan"),
        Action.TAKE: _("Take it"),
        Action.START: _("Start"),
        Action.HOLD: _("Put on hold"),
        Action.RESUME: _("Resume"),
        Action.COMPLETE: _("Done"),
        Action.UNDO: _("Undo completion"),
        Action.CLOSE: _("Close"),
        Action.REWORK: _("Send back"),
        Action.CANCEL: _("Cancel order"),
        Action.DISMISS: _("Dismiss"),
        Action.SNOOZE: _("Decide later"),
        Action.ABSORB: _("Join to other work"),
        Action.INSPECT: _("Ask for a look"),
    },
    Repeat: {
        Repeat.ONCE: _("Once"),
        Repeat.WEEKLY: _("Every week, on this weekday"),
        Repeat.MONTHLY: _("Every month, on this weekday of it"),
        Repeat.OTHER: _("As the calendar file said"),
    },
    Outcome: {
        Outcome.FAULT_AS_PREDICTED: _("Fault as predicted"),
        Outcome.OTHER_FAULT: _("Other fault"),
        Outcome.NOTHING_FOUND: _("Nothing found"),
        Outcome.NOTHING_FOUND_REPLACED: _("Nothing found, part replaced"),
        Outcome.NOT_INSPECTED: _("Not inspected"),
    },
    Function: {
        Function.LOST: _("Function lost"),
        Function.DEGRADED: _("Degraded"),
        Function.NONE: _("No failure"),
    },
    Condition: {
        Condition.GOOD: _("Good"),
        Condition.WORN: _("Worn"),
        Condition.DEGRADED: _("Degraded"),
        Condition.FAILED: _("Failed"),
    },
    Activity: {
        Activity.REPLACE: _("Replace"),
        Activity.REPAIR: _("Repair"),
        Activity.REFIT: _("Refit"),
        Activity.OVERHAUL: _("Overhaul"),
        Activity.COMBINATION: _("Combination"),
        Activity.MODIFY: _("Modify"),
        Activity.ADJUST: _("Adjust"),
        Activity.SERVICE: _("Service"),
        Activity.CHECK: _("Check"),
        Activity.TEST: _("Test"),
        Activity.INSPECTION: _("Inspection"),
    },
    Dismissal: {
        Dismissal.KNOWN_CAUSE: _("Known cause"),
        Dismissal.WATCHED: _("Already being watched"),
        Dismissal.RUN_TO_FAILURE: _("Run to failure accepted"),
        Dismissal.CANNOT_RELEASE: _("Cannot release the machine"),
        Dismissal.DUPLICATE: _("Duplicate of another order"),
        Dismissal.SENSOR_FAULT: _("Sensor fault"),
        Dismissal.MACHINE_STOPPED: _("Machine stopped"),
        Dismissal.PLANNED_SHUTDOWN: _("Planned shutdown"),
        Dismissal.FALSE_ALARM: _("False alarm"),
        Dismissal.OTHER: _("Other"),
    },
    Hold: {
        Hold.PARTS: _("Waiting for parts"),
        Hold.ACCESS: _("No access, production runs"),
        Hold.PERMIT: _("Waiting for a permit"),
        Hold.LABOUR: _("Nobody available"),
        Hold.CONTRACTOR: _("Waiting for a contractor"),
    },
    Criticality: {
        Criticality.A: _("A: the plant stops"),
        Criticality.B: _("B: output suffers"),
        Criticality.C: _("C: no effect at first"),
    },
    Status: {
        Status.IN_SERVICE: _("In service"),
        Status.STANDBY: _("Standby"),
        Status.OUT_OF_SERVICE: _("Out of service"),
        Status.RETIRED: _("Retired"),
    },
    Predictor: {
        Predictor.CLASS: _("Class: learned from all its machines"),
        Predictor.OWN: _("Own: every machine learns from its own failures"),
        Predictor.DEEP: _("Deep: a network over the raw readings of the class"),
    },
    RecipeRole: {
        RecipeRole.CHAMPION: _("Serves"),
        RecipeRole.SHADOW: _("Runs beside it"),
        RecipeRole.RETIRED: _("Retired"),
    },
    Gate: {
        Gate.OPEN: _("May raise orders"),
        Gate.UNPROVEN: _("Unproven, needs approval"),
        Gate.CLOSED: _("Raises no orders"),
    },
    Verdict: {
        Verdict.RAISED: _("Order raised"),
        Verdict.UPDATED: _("Order updated"),
        Verdict.HELD_BUDGET: _("Held back by budget"),
        Verdict.HELD_COOLDOWN: _("Held back after recent work"),
        Verdict.HELD_SNOOZED: _("Snoozed"),
        Verdict.WITHHELD: _("Withheld"),
        Verdict.WITHDRAWAL: _("Withdrawal proposed"),
        Verdict.ABSORBED: _("Joined to other work"),
        Verdict.HELD_STORM: _("Held back by a storm"),
    },
    StormState: {
        StormState.WAITING: _("Waits for a word"),
        StormState.RELEASED: _("Released"),
        StormState.REFUSED: _("Refused"),
    },
    Side: {Side.ABOVE: _("above"), Side.BELOW: _("below")},
    Role: {
        Role.ADMIN: _("Administrator"),
        Role.PLANNER: _("Planner"),
        Role.TECHNICIAN: _("Technician"),
        Role.VIEWER: _("Viewer"),
    },
    Unit: {
        Unit.DAY: _("days"),
        Unit.WEEK: _("weeks"),
        Unit.MONTH: _("months"),
        Unit.YEAR: _("years"),
    },
    ScheduleBasis: {
        ScheduleBasis.FIXED: _("Fixed: from the last due date"),
        ScheduleBasis.FLOATING: _("Floating: from the last completion"),
    },
    RunKind: {RunKind.NIGHTLY: _("Night"), RunKind.MANUAL: _("Run by hand")},
    RunState: {
        RunState.RUNNING: _("Running"),
        RunState.FINISHED: _("Finished"),
        RunState.FAILED: _("Failed"),
        RunState.CANCELLED: _("Cancelled"),
    },
    Stage: {
        Stage.OPENING: _("Opening"),
        Stage.READING: _("Reading the machines"),
        Stage.CLASSES: _("Learning the classes"),
        Stage.MACHINES: _("Learning the machines"),
        Stage.ORDERS: _("Deciding on orders"),
        Stage.DONE: _("Done"),
    },
    MachineStatus: {
        MachineStatus.TRAINED: _("Trained"),
        MachineStatus.REUSED: _("Unchanged"),
        MachineStatus.SKIPPED: _("Skipped"),
        MachineStatus.FAILED: _("Failed"),
    },
    RequestKind: {
        RequestKind.RUN_NOW: _("Run now"),
        RequestKind.RETRY_FAILED: _("Retry the failed machines"),
        RequestKind.CANCEL: _("Cancel"),
        RequestKind.NEXT_DAY: _("Next night"),
    },
    Step: {
        Step.ASKED: _("The next day begins"),
        Step.LIVING: _("The day passes"),
        Step.RUNNING: _("The night is at work"),
    },
    HealthVerdict: {
        HealthVerdict.NORMAL: _("As it always was"),
        HealthVerdict.UNKNOWN: _("Too little history yet"),
        HealthVerdict.RAISED: _("Inspection suggested"),
        HealthVerdict.UPDATED: _("Inspection still suggested"),
        HealthVerdict.COVERED: _("In hand already"),
        HealthVerdict.HELD_BUDGET: _("Held back by budget"),
        HealthVerdict.HELD_COOLDOWN: _("Held back after recent work"),
        HealthVerdict.HELD_SNOOZED: _("Snoozed"),
    },
    FaultKind: {
        FaultKind.STUCK: _("Stuck"),
        FaultKind.SILENT: _("Silent"),
        FaultKind.OUT_OF_RANGE: _("Out of range"),
    },
    ImportState: {
        ImportState.UPLOADED: _("Uploaded"),
        ImportState.CHECKED: _("Checked"),
        ImportState.FINISHED: _("Imported"),
        ImportState.DISCARDED: _("Discarded"),
    },
    ReviewState: {
        ReviewState.WAITING: _("Waiting"),
        ReviewState.ACCEPTED: _("Accepted"),
        ReviewState.REJECTED: _("No label"),
    },
    Met: {
        Met.WARNED: _("Warned in time"),
        Met.IGNORED: _("Suggestion unanswered"),
        Met.DISMISSED: _("Suggestion dismissed"),
        Met.CLEARED: _("Inspected shortly before"),
        Met.HELD_BACK: _("Order held back"),
        Met.WITHHELD: _("Prediction not yet trusted"),
        Met.MISSED: _("Missed"),
    },
    Aftermath: {
        Aftermath.FAILED: _("It failed"),
        Aftermath.STANDS: _("Still so"),
        Aftermath.ORDERED: _("An order followed"),
        Aftermath.RENEWED: _("It was serviced"),
        Aftermath.FELL: _("The risk fell"),
    },
    RankBy: {
        RankBy.RISK: _("By risk"),
        RankBy.LOSS: _("By expected loss"),
        RankBy.START_BY: _("By must-start-by date"),
    },
    Standing: {
        Standing.OVER: _("Over the threshold"),
        Standing.HELD_BACK: _("Held back"),
        Standing.WITHHELD: _("Withheld"),
        Standing.ORDERED: _("With an open order"),
    },
    Situation: {
        Situation.RISING: _("Likely to fail next"),
        Situation.CAUGHT: _("Found in time"),
        Situation.MISSED: _("Missed"),
        Situation.IN_VAIN: _("Nothing found"),
        Situation.WITHHELD: _("Withheld: not yet trusted"),
        Situation.SENSOR_FAULT: _("Sensor fault"),
        Situation.HELD_BACK: _("Held back by budget"),
        Situation.NEWCOMER: _("Too new to know"),
    },
}

# Fields of forms that hold a code.
FIELDS: dict[str, type[StrEnum]] = {
    "activity": Activity,
    "basis": ScheduleBasis,
    "condition_found": Condition,
    "dismissal": Dismissal,
    "function": Function,
    "hold": Hold,
    "outcome": Outcome,
    "priority": Priority,
    "repeat": Repeat,
    "side": Side,
    "type": OrderType,
    "unit": Unit,
}

# The kinds of codes by name, for the choices of forms.
CODES = {kind.__name__: kind for kind in LABELS}

# Colour speaks of urgency only: red for what is late or broken, amber for what comes next to it.
TONES: dict[type[StrEnum], dict[StrEnum, str]] = {
    Aftermath: {Aftermath.FAILED: "red"},
    Met: {Met.MISSED: "red", Met.IGNORED: "amber", Met.WARNED: "green"},
    Situation: {
        Situation.RISING: "red",
        Situation.CAUGHT: "green",
        Situation.MISSED: "red",
        Situation.SENSOR_FAULT: "amber",
    },
    Priority: {Priority.URGENT: "red", Priority.HIGH: "amber"},
    RunState: {RunState.FAILED: "red"},
    MachineStatus: {MachineStatus.FAILED: "red"},
    FaultKind: {
        FaultKind.STUCK: "amber",
        FaultKind.SILENT: "amber",
        FaultKind.OUT_OF_RANGE: "amber",
    },
    Status: {Status.OUT_OF_SERVICE: "amber"},
    StormState: {StormState.WAITING: "amber"},
}
