"""What a planner may ask of a suggestion beyond the moves of every work order."""

from __future__ import annotations

from pydantic import AwareDatetime, model_validator

from app.inputs.base import Input
from app.inputs.schedules import Day
from app.inputs.work_orders import Hours, Note


class PlanIntoWindow(Input):
    """The stop window whose time, beginning at `starts_at`, the work is planned into."""

    stop_window_id: int
    starts_at: AwareDatetime
    estimated_hours: Hours | None = None


class PlanBothIntoWindow(PlanIntoWindow):
    """Other open work for the same stop; `other_version` is that of the row that was seen."""

    other_order_id: int
    other_version: int | None = None


class PullForward(Input):
    """To which day, or to which start, a service comes forward."""

    on: Day | None = None
    starts_at: AwareDatetime | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> PullForward:
        if (self.on is None) == (self.starts_at is None):
            raise ValueError("Say to which day, or to which start, the service comes forward.")
        return self


class AbsorbIntoService(Input):
    """The service whose next order takes a suggestion in, and the day or start it comes forward to.

    Without either it keeps its own due date; with a start it is planned for then.
    """

    schedule_id: int
    on: Day | None = None
    starts_at: AwareDatetime | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _not_both(self) -> AbsorbIntoService:
        if self.on is not None and self.starts_at is not None:
            raise ValueError("Say to which day, or to which start, the service comes forward.")
        return self
