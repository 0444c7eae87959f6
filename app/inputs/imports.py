"""What may be asked about a file on its way in: how its columns and its words are understood."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.inputs.base import Input
from app.inputs.equipment import Zone
from app.inputs.records import Known

EPOCH = "epoch"
"""The name of the date format that counts seconds (or thousandths) since 1970."""
UNDECIDED = "?"
"""The name of a date format that the file leaves open: which is the month, a person must say."""


class ImportOptions(Input):
    """How the words of a file are understood, whatever its kind.

    `dates` is how moments are written as strptime has it (None = ISO 8601); `timezone` is that of
    moments without an offset (None = the site's). `machine` names the machine a whole file is
    about; `points` says which point ("P-101.vibration") a column of a wide file is.
    """

    dates: Annotated[str, Field(max_length=40)] | None = None
    decimal_comma: bool = False
    timezone: Zone | None = None
    adds: bool = True
    known: Known = Known.AT
    machine: Annotated[str, Field(max_length=64)] = ""
    points: dict[str, str] = Field(default_factory=dict)


class MapFile(Input):
    """Which column of a file fills which field ("" = none), and how the words are understood."""

    mapping: dict[str, str]
    options: ImportOptions = Field(default_factory=ImportOptions)
