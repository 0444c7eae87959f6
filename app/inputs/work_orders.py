"""What may be asked of a work order; `INPUTS` says which action takes which input."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from app.domain.activities import Activity
from app.domain.work_orders import (
    Action,
    Condition,
    Dismissal,
    Function,
    Hold,
    OrderType,
    Outcome,
    Priority,
)
from app.inputs.base import Input

Title = Annotated[str, Field(min_length=3, max_length=120)]
Note = Annotated[str, Field(max_length=5_000)]
Reason = Annotated[str, Field(min_length=3, max_length=5_000)]
Hours = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class RaiseWorkOrder(Input):
    """A new order. Without a team it goes to the crew that looks after the machine."""

    equipment_id: int
    title: Title
    type: OrderType = OrderType.CORRECTIVE
    priority: Priority = Priority.NORMAL
    description: Note = ""
    component_id: int | None = None
    team_id: int | None = None
    assignee_id: int | None = None
    due_on: date | None = None
    estimated_hours: Hours | None = None

    @model_validator(mode="after")
    def _no_predictions_by_hand(self) -> RaiseWorkOrder:
        if self.type is OrderType.PREDICTIVE:
            raise ValueError("Predictive orders are raised by the night, on a forecast.")
        return self


class ReportBreakdown(Input):
    """A machine stands still now."""

    equipment_id: int
    title: Title = "Breakdown"
    description: Note = ""
    component_id: int | None = None


class NoDetails(Input):
    """The action says everything."""


class PlanWorkOrder(Input):
    """When, how long and who; what is left out stays as it is."""

    planned_start_at: AwareDatetime
    estimated_hours: Hours | None = None
    assignee_id: int | None = None
    team_id: int | None = None
    due_on: date | None = None


class HoldWorkOrder(Input):
    """Why the work stands still."""

    hold: Hold
    note: Note = ""


class CompleteWorkOrder(Input):
    """What was found and done. What an order must have depends on its type."""

    outcome: Outcome | None = None
    function: Function | None = None
    condition_found: Condition | None = None
    component_id: int | None = None
    activity: Activity | None = None
    failed_at: AwareDatetime | None = None
    labour_hours: Hours | None = None
    downtime_hours: Hours | None = None
    note: Note = ""


class ReworkWorkOrder(Input):
    """What is not well done yet."""

    reason: Reason


class CancelWorkOrder(Input):
    """Why it will not be done."""

    reason: Reason


class DismissWorkOrder(Input):
    """Why a suggestion is not followed, and how long the machine is left in peace."""

    dismissal: Dismissal
    snoozed_until: AwareDatetime | None = None
    note: Note = ""


class SnoozeWorkOrder(Input):
    """When to ask again about a request or suggestion that nobody decides on now."""

    snoozed_until: AwareDatetime
    note: Note = ""


class AbsorbSuggestion(Input):
    """The open order whose work includes a suggestion's."""

    into_order_id: int
    note: Note = ""


class AskForInspection(Input):
    """By when somebody looks before anything is decided; None = before the risk bound."""

    due_on: date | None = None
    note: Note = ""


class AssignWorkOrder(Input):
    """Who does it. None = nobody in particular."""

    assignee_id: int | None = None
    team_id: int | None = None


class CommentWorkOrder(Input):
    """A note in the order's history."""

    note: Annotated[str, Field(min_length=1, max_length=5_000)]


INPUTS: dict[Action, type[Input]] = {
    Action.ACCEPT: NoDetails,
    Action.PLAN: PlanWorkOrder,
    Action.TAKE: NoDetails,
    Action.START: NoDetails,
    Action.HOLD: HoldWorkOrder,
    Action.RESUME: NoDetails,
    Action.COMPLETE: CompleteWorkOrder,
    Action.UNDO: NoDetails,
    Action.CLOSE: NoDetails,
    Action.REWORK: ReworkWorkOrder,
    Action.CANCEL: CancelWorkOrder,
    Action.DISMISS: DismissWorkOrder,
    Action.SNOOZE: SnoozeWorkOrder,
    Action.ABSORB: AbsorbSuggestion,
    Action.INSPECT: AskForInspection,
}
