"""What a planner may say of a component before the plant has failures of its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from app.inputs.base import Input

LONGEST_DAYS = 36_500
Days = Annotated[float, Field(gt=0, le=LONGEST_DAYS, allow_inf_nan=False)]
Notice = Annotated[float, Field(ge=0, le=LONGEST_DAYS, allow_inf_nan=False)]


class EnterTypicalLife(Input):
    """Days a component typically lives, give or take, and how long before a failure it shows."""

    life_days: Days
    spread_days: Days | None = None
    warning_days: Notice | None = None

    @model_validator(mode="after")
    def _warning_within_life(self) -> EnterTypicalLife:
        if self.warning_days is not None and self.warning_days >= self.life_days:
            raise ValueError("A component cannot warn for longer than it lives.")
        return self
