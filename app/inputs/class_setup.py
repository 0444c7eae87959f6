"""What may be asked when a plant is set up: classes and which sensor fills which role."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from app.domain.equipment import Predictor
from app.inputs.base import Input
from app.inputs.equipment import DAY_MINUTES, Code, Name

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def _minute(given: object) -> object:
    """02:30 as the minute of the day."""
    found = _CLOCK.fullmatch(given.strip()) if isinstance(given, str) else None
    if isinstance(given, str) and found is None:
        raise ValueError("is not a time of day such as 02:00")
    return given if found is None else 60 * int(found[1]) + int(found[2])


def _decimal(given: object) -> object:
    return given.replace(",", ".") if isinstance(given, str) else given


JobHours = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False), BeforeValidator(_decimal)]
JobText = Annotated[str, Field(max_length=1_000)]


class ChangeClass(Input):
    """A class of machines: its name, when its day ends, what shows that a machine runs, and
    which predictor serves it."""

    name: Name
    decision_minute: Annotated[int, Field(ge=0, lt=DAY_MINUTES), BeforeValidator(_minute)]
    predictor: Predictor | None = None  # None = as it was
    running_role: Code | None = None
    running_above: (
        Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_decimal)] | None
    ) = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.running_role is None) != (self.running_above is None):
            raise ValueError("A running rule needs a role and the value above which it runs.")
        return self


class AssignRoles(Input):
    """The role of every sensor of a class by the sensor's code; "" = none."""

    roles: dict[str, str]


class ChangeRoleParts(Input):
    """The part that roles of a class look at: its code by the role's code, "" = none."""

    parts: dict[str, str]


class DescribeJob(Input):
    """What a job on a component takes: hours of work, hours until its part is there, and what to
    look at, bring and order. What is left out is not known."""

    component: Code
    job_hours: JobHours | None = None
    part_lead_hours: JobHours | None = None
    look_first: JobText = ""
    tools: JobText = ""
    parts: JobText = ""


class AssignPattern(Input):
    """The role of all sensors of a class whose code or name fits a pattern with `*`."""

    pattern: Annotated[str, Field(min_length=1, max_length=80)]
    role: str
