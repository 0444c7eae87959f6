"""What may be asked of the order rule of a class or of one machine."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.inputs.base import Input
from app.inputs.equipment import SetOrderRule

MOST_ORDERS_A_WEEK = 1_000


class _Change(SetOrderRule):
    """A rule as a form sends it: the budget bounded; `effective_on` None = from now on."""

    weekly_budget: Annotated[int, Field(ge=0, le=MOST_ORDERS_A_WEEK)] | None
    follows_class: Literal[False] = False
    effective_on: date | None = None

    def as_set(self) -> SetOrderRule:
        """The same without the day, which the deed takes as a moment."""
        return SetOrderRule(**self.model_dump(exclude={"effective_on"}))


class ChangeOrderRule(_Change):
    """The rule of a class, never that of one machine."""

    equipment_id: None = None


class ChangeMachineRule(_Change):
    """The rule of one machine, instead of that of its class."""

    equipment_id: int


class FollowClass(Input):
    """Why a machine gives up its own rule."""

    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


class WithdrawRule(Input):
    """Why a planned change of a rule is taken back."""

    reason: Annotated[str, Field(min_length=1, max_length=1_000)]
