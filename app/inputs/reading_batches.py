"""A delivery of readings, row by row or in columns, as it comes from a program.

Only the shape of the whole is judged here; a row that cannot be read is one rejected row, so that
one bad sensor does not hold up the others. The classes are what the OpenAPI document shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from pydantic import AwareDatetime, Field, SkipValidation, model_validator

from app.domain.batches import Problem
from app.domain.errors import InvalidInput
from app.inputs.base import Input
from app.inputs.readings import has_offset, instants

MOST_READINGS = 10_000
LARGEST_ID = 2**31 - 1
# No sensor has this id: the writer rejects the row with its words for unknown sensors.
NOBODY = 0
Name = tuple[str, str]
_UTC = ZoneInfo("UTC")
_NO_SENSOR = "is neither a sensor's id nor an equipment's tag with a sensor's code"


class SensorName(Input):
    """A sensor by the tag of its machine and its own code."""

    equipment: str
    code: str


class Reading(Input):
    """One value of one sensor at one moment; a moment has an offset from UTC."""

    sensor: int | SensorName
    at: AwareDatetime
    value: float


class ReadingRows(Input):
    """Readings one by one, in any order."""

    readings: Annotated[
        list[SkipValidation[Reading]], Field(min_length=1, max_length=MOST_READINGS)
    ]


class ReadingColumns(Input):
    """The same as three lists of one length: smaller and faster."""

    sensor_ids: Annotated[list[SkipValidation[int]], Field(min_length=1, max_length=MOST_READINGS)]
    at: list[SkipValidation[AwareDatetime]]
    values: list[SkipValidation[float]]

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if not len(self.sensor_ids) == len(self.at) == len(self.values):
            raise ValueError("The three lists have different lengths")
        return self


@dataclass(frozen=True, slots=True)
class ReadingBatch:
    """Parallel lists, and what cannot be read by its place; a sensor is an id, NOBODY or a name."""

    sensors: Sequence[int | Name]
    at: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    problems: Mapping[int, Problem] = field(default_factory=dict)


def read_batch(sent: Mapping[str, Any]) -> ReadingBatch:
    """Read either form; raise InvalidInput when it is neither."""
    if "readings" in sent:
        rows: list[Any] = list(ReadingRows.parse(sent).readings)
        return _batch(*_columns(rows))
    if not sent:
        raise InvalidInput({"readings": "is missing, and so are sensor_ids, at and values"})
    columns = ReadingColumns.parse(sent)
    return _batch([_sensor(given) for given in columns.sensor_ids], columns.at, columns.values, {})


def _columns(
    rows: Sequence[Any],
) -> tuple[list[int | Name | None], list[Any], list[Any], dict[int, Problem]]:
    problems: dict[int, Problem] = {}
    fields = Reading.model_fields.keys()
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            problems[place] = Problem(place, "", "is not a JSON object")
        elif row.keys() != fields and (odd := sorted(row.keys() ^ fields)):
            known = odd[0] in fields
            problems[place] = Problem(place, odd[0], "is missing" if known else "is not known")
    usual = [{} if place in problems else row for place, row in enumerate(rows)]
    return (
        [_sensor(row.get("sensor")) for row in usual],
        [row.get("at") for row in usual],
        [row.get("value") for row in usual],
        problems,
    )


def _batch(
    sensors: Sequence[int | Name | None],
    at: Sequence[Any],
    values: Sequence[Any],
    problems: dict[int, Problem],
) -> ReadingBatch:
    """All that can be read, and the first thing wrong with each of the other rows."""
    for place, sensor in enumerate(sensors):
        if sensor is None:
            problems.setdefault(place, Problem(place, "sensor", _NO_SENSOR))
    texts = [text if isinstance(text, str) else "" for text in at]
    moments = instants(texts, zone=_UTC)
    for place, text in enumerate(texts):
        if place in moments.problems:
            problems.setdefault(place, Problem(place, "at", moments.problems[place]))
        elif not has_offset(text.strip()):
            problems.setdefault(place, Problem(place, "at", "has no offset from UTC"))
    numbers = [_number(value) for value in values]
    for place, number in enumerate(numbers):
        if number is None:
            problems.setdefault(place, Problem(place, "value", "is not a number"))
    read = np.array([0.0 if number is None else number for number in numbers], np.float64)
    known = [NOBODY if sensor is None else sensor for sensor in sensors]
    return ReadingBatch(known, moments.at, read, problems)


def _sensor(given: Any) -> int | Name | None:
    if type(given) is int:
        return given if 0 < given <= LARGEST_ID else NOBODY
    if isinstance(given, dict) and given.keys() == SensorName.model_fields.keys():
        name = given["equipment"], given["code"]
        if all(isinstance(part, str) for part in name):
            return name[0].strip(), name[1].strip()
    return None


def _number(given: Any) -> float | None:
    return float(given) if type(given) in (int, float) else None
