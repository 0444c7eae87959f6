"""What may be asked of a preventive schedule."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from app.domain.activities import Activity
from app.domain.schedules import ScheduleBasis, Unit
from app.inputs.base import Input

# Bounds keep every due date a date: no interval reaches beyond the calendar's year 9999.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2200, 12, 31)
LONGEST_INTERVAL = 3_650

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class UpdateSchedule(Input):
    """Everything of a schedule but its machine; holds from the next occurrence on."""

    title: Annotated[str, Field(min_length=3, max_length=120)]
    component_id: int | None = None
    activity: Activity = Activity.SERVICE
    every: Annotated[int, Field(ge=1, le=LONGEST_INTERVAL)]
    unit: Unit
    basis: ScheduleBasis = ScheduleBasis.FIXED
    lead_days: Annotated[int, Field(ge=0, le=365)] = 7
    starts_on: Day
    last_done_on: Day | None = None
    is_active: bool = True


class CreateSchedule(UpdateSchedule):
    """A service that comes round by the calendar."""

    equipment_id: int
