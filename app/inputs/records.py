"""What may be reported about a machine: events, services, failures."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from app.domain.work_orders import Condition
from app.inputs.base import Input
from app.inputs.equipment import Code


class Known(StrEnum):
    """Since when we know of it: history was known when it happened, news is known now."""

    AT = "at"
    NOW = "now"


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


class RecordEvent(Input):
    """A message of the machine, such as an error code."""

    equipment_id: int
    at: Moment
    code: Code
    detail: str = Field(default="", max_length=500)


class RecordService(Input):
    """Work that renewed a component; None = the whole machine."""

    equipment_id: int
    component_id: int | None = None
    at: Moment
    activity: str = Field(default="replace", min_length=1, max_length=32)
    is_planned: bool = True
    condition_found: Condition | None = None


class RecordFailure(Input):
    """A loss of function; mode and mechanism are ISO 14224 codes."""

    equipment_id: int
    component_id: int | None = None
    at: Moment
    mode: str = Field(default="UNK", min_length=1, max_length=16)
    mechanism: str = Field(default="", max_length=64)
