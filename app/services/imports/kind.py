"""What a kind of file is: its fields in plain words, and the function that takes its rows in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.inputs.imports import ImportOptions
from app.services.imports.table import Table
from app.services.imports.tables import Tables


class Reads(StrEnum):
    """How the text of a field is understood; the preview shows it that way."""

    TEXT = "text"
    MOMENT = "moment"
    CLOCK = "clock"
    DAY = "day"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a file may say, under any of the names people give it.

    *synonyms* are written in lower case with single blanks (`mapping.plain` makes them so);
    a field that *may_repeat* may be filled by several columns.
    """

    name: str
    text: str
    explains: str
    is_required: bool = False
    synonyms: tuple[str, ...] = ()
    reads: Reads = Reads.TEXT
    may_repeat: bool = False


class Run(Protocol):
    """Takes the rows of *table* in; never raises for a bad row.

    *mapping* says which column of the table fills which field ("" = none); problems name the row
    of the file and the field. Machines are those of the site. Flushes, never commits.
    """

    def __call__(
        self,
        session: Session,
        *,
        table: Table,
        mapping: Mapping[str, str],
        options: ImportOptions,
        now: datetime,
        by: Actor,
        site_id: int,
    ) -> Tables: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. The first table of its report is called like its `code`.

    `example` are the lines of a small file of this kind, the header first. `adds` says what a
    ticked box may add (none = no box). `rows_a_piece` = None takes the file in as a whole;
    otherwise it is committed in pieces. `lacks` says, by field, what a mapping needs besides.
    """

    code: str
    name: str
    explains: str
    fields: tuple[Field, ...]
    run: Run
    example: tuple[str, ...]
    adds: str = ""
    rows_a_piece: int | None = None
    lacks: Callable[[Mapping[str, str]], dict[str, str]] | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Fields without which no row can be taken."""
        return tuple(field.name for field in self.fields if field.is_required)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


def names(text: str) -> tuple[str, ...]:
    """The synonyms of a field, written as one line."""
    return tuple(text.split(", "))


MACHINE = Field(
    "equipment",
    "Machine",
    "The tag of the machine, as in the equipment list.",
    is_required=True,
    synonyms=names(
        "machine, tag, asset, asset id, asset tag, asset number, equipment id, "
        "equipment number, equipment tag, machine id, machine tag, "
        "functional location, tplnr, maschine, anlage, equipment nr, "
        "technischer platz"
    ),
)
AT = Field(
    "at",
    "Date and time",
    "When it was; without an offset it is the site's own time.",
    is_required=True,
    synonyms=names(
        "timestamp, time stamp, time, date, datetime, date time, "
        "date and time, ts, when, recorded at, occurred at, zeitstempel, zeit, "
        "datum, datum uhrzeit, malfunction start, start date, horodatage, "
        "fecha"
    ),
    reads=Reads.MOMENT,
)
CLOCK = Field(
    "clock",
    "Time of day",
    "Only when the time stands in a column of its own beside the date.",
    synonyms=names("time of day, clock time, uhrzeit, hour"),
    reads=Reads.CLOCK,
)
COMPONENT = Field(
    "component",
    "Component",
    "The part it was about; leave it out when nobody knows.",
    synonyms=names("part, item, maintainable item, object part, subsystem, bauteil, teil"),
)
