"""What may be asked of the order rule of a class."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.inputs.equipment import SetOrderRule

MOST_ORDERS_A_WEEK = 1_000


class ChangeOrderRule(SetOrderRule):
    """The rule of a class as its form sends it: never that of one machine, the budget bounded."""

    equipment_id: None = None
    weekly_budget: Annotated[int, Field(ge=0, le=MOST_ORDERS_A_WEEK)] | None
