"""What may be asked of imported orders and of the reviews that turn them into labels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.work_orders import Function, OrderType
from app.inputs.base import Input
from app.inputs.records import Moment, RecordFailure, RecordService

WHOLE = "whole"
"""The choice of a component that says: the machine as a whole."""
UNKNOWN = "unknown"
"""The filter for orders whose component nobody knows."""

Share = Annotated[float, Field(ge=0, le=1)]
ComponentChoice = int | Literal["whole"]


class ImportWorkOrder(Input):
    """A finished order of another system, with what its text seems to say.

    `number` is that system's own; without one an order is known by machine, moment, text and type.
    """

    equipment_id: int
    at: Moment
    completed_at: Moment | None = None
    title: str = Field(min_length=1, max_length=200)
    type: OrderType
    number: str = Field(default="", max_length=64)
    cost: float | None = Field(default=None, allow_inf_nan=False)
    facts: str = Field(default="", max_length=4_000)
    component_id: int | None = None
    function: Function
    confidence: Share
    evidence: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _is_no_prediction(self) -> ImportWorkOrder:
        if self.type is OrderType.PREDICTIVE:
            raise ValueError("Predictive orders are raised by the night, on a forecast.")
        return self


class ReviewFilters(Input):
    """Which waiting orders: of a class, a machine, a proposal, sure enough, with these words."""

    equipment_class_id: int | None = None
    equipment_id: int | None = None
    component: int | Literal["unknown"] | None = None
    function: Function | None = None
    at_least: Share | None = None
    text: str = Field(default="", max_length=120)


class Decision(Input):
    """One order's label; what is None stays as proposed."""

    review_id: int
    component: ComponentChoice | None = None
    function: Function | None = None


class AcceptLabels(Input):
    """These orders say what is proposed, or what was changed here."""

    decisions: tuple[Decision, ...] = Field(min_length=1, max_length=500)


class ChangeProposals(Input):
    """Propose something else for these orders; they go on waiting."""

    review_ids: tuple[int, ...] = Field(min_length=1, max_length=500)
    component: int | None = None
    function: Function | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> ChangeProposals:
        if self.component is None and self.function is None:
            raise ValueError("Choose a component or what became of the function.")
        return self


class RejectLabels(Input):
    """These orders teach nothing."""

    review_ids: tuple[int, ...] = Field(min_length=1, max_length=500)


class LabelledFailure(RecordFailure):
    """A failure that an accepted order tells of."""

    work_order_id: int


class LabelledService(RecordService):
    """A renewal that an accepted order tells of."""

    work_order_id: int
