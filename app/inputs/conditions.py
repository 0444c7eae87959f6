"""What may be asked of a condition limit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.domain.conditions import Side
from app.domain.work_orders import Priority
from app.inputs.base import Input

# As far as the night looks back for the hours in a row.
MOST_HOURS = 720


class UpdateLimit(Input):
    """Everything of a limit but whose it is; `value` is in the unit of the sensor role."""

    sensor_role_id: int
    component_id: int | None = None
    side: Side
    value: Annotated[float, Field(allow_inf_nan=False)]
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS)]
    priority: Priority = Priority.NORMAL
    is_active: bool = True


class CreateLimit(UpdateLimit):
    """A limit of a class, or of one of its machines."""

    equipment_class_id: int
    equipment_id: int | None = None
