"""What may be asked of stop windows: one of the form, or a calendar file of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from app.domain.stop_windows import MOST_EVERY, Repeat
from app.inputs.base import Input
from app.inputs.schedules import FIRST_DAY, LAST_DAY

LONGEST = timedelta(days=60)
LARGEST_FILE = 1_000_000


class Place(Input):
    """Where production stops: a machine, a line (a location and all below it), or the site."""

    site_id: int
    location_id: int | None = None
    equipment_id: int | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Place:
        if self.location_id is not None and self.equipment_id is not None:
            raise ValueError("A stop window is of a line or of one machine, not of both.")
        return self


class PlanStopWindow(Place):
    """A stop window. `other` keeps the rule that came with a calendar file."""

    title: Annotated[str, Field(min_length=2, max_length=120)]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    repeat: Repeat = Repeat.ONCE
    every: Annotated[int, Field(ge=1, le=MOST_EVERY)] = 1
    until: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> PlanStopWindow:
        if not FIRST_DAY <= self.starts_at.date() <= LAST_DAY:
            raise ValueError("The first day is outside the calendar.")
        if self.ends_at <= self.starts_at:
            raise ValueError("It must end after it begins.")
        if self.ends_at - self.starts_at > LONGEST:
            raise ValueError(f"A stop window lasts {LONGEST.days} days at most.")
        return self


class ImportCalendar(Place):
    """A calendar file (RFC 5545): each entry is a stop window of the place named."""

    text: Annotated[str, Field(min_length=1, max_length=LARGEST_FILE)]
