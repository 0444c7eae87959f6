"""What may be asked about sensors."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, BeforeValidator, Field, field_validator, model_validator

from app.domain.sensors import DEFAULT_KIND, SENSOR_KINDS
from app.inputs.base import Input
from app.inputs.equipment import Code, Name

SPELLINGS = {"°C": "degC", "C": "degC", "m³/h": "m3/h", "1/min": "rpm", "N·m": "Nm"}
"""Ways people write our units."""


def _unit(text: object) -> object:
    return SPELLINGS.get(text.strip(), text) if isinstance(text, str) else text


Unit = Annotated[str, BeforeValidator(_unit), Field(max_length=16)]


class CreateSensor(Input):
    """A measuring point. An empty unit means the kind's own; `other` may have any."""

    equipment_id: int
    code: Code
    name: Name
    kind: str = DEFAULT_KIND
    unit: Unit = ""

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in SENSOR_KINDS:
            raise ValueError(f"is not one of {', '.join(SENSOR_KINDS)}")
        return kind

    @model_validator(mode="after")
    def _range_fits_the_unit(self) -> Self:
        expected = SENSOR_KINDS[self.kind].unit
        if self.kind != DEFAULT_KIND and self.unit not in ("", expected):
            raise ValueError(
                f"A sensor of kind {self.kind} is in {expected}, not {self.unit};"
                f" use kind {DEFAULT_KIND} for another unit"
            )
        return self


class AssignRole(Input):
    """From `started_at` on (None = from the first reading) the sensor fills this role."""

    sensor_id: int
    sensor_role_id: int
    serial: str = Field(default="", max_length=64)
    started_at: AwareDatetime | None = None
