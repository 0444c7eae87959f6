"""What failures and services have in common: a machine, a moment, a component."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.batches import Counts, Problem
from app.domain.errors import InvalidInput
from app.domain.instants import from_micros
from app.domain.roles import Actor
from app.inputs.imports import ImportOptions
from app.queries import registry
from app.queries.registry import Machine
from app.services.imports.codes import code_of
from app.services.imports.moments import joined, moments
from app.services.imports.register import Register
from app.services.imports.table import Record, refused
from app.services.imports.tables import add

Given = TypeVar("Given")
REQUIRED = ("equipment", "at")
TICK_TO_ADD = "tick the box that adds components, or correct the name"


@dataclass(frozen=True, slots=True)
class History:
    """How the rows of a file are to be understood.

    *remedy* says what the person can do about a component nobody knows.
    """

    register: Register
    machines: Mapping[str, Machine]
    dates: str | None
    adds_components: bool
    remedy: str = "--new-components adds it"
    zone: str | None = None

    def common(self, record: Record) -> dict[str, object]:
        """equipment_id, component_id and at; raise InvalidInput naming the column."""
        if record.trouble:
            raise InvalidInput({"row": record.trouble})
        tag = record.cells.get("equipment", "")
        machine = self.machines.get(tag)
        if machine is None:
            raise InvalidInput({"equipment": f"{tag!r} is not known"})
        text = joined(record.cells)
        read = moments([text], zone=ZoneInfo(self.zone or machine.timezone), dates=self.dates)
        if read.problems:
            raise InvalidInput({"at": read.problems[0]})
        return {
            "equipment_id": machine.id,
            "component_id": self._component(machine, record.cells.get("component")),
            "at": from_micros(int(read.at[0])),
        }

    def _component(self, machine: Machine, text: str | None) -> int | None:
        if text is None:
            return None
        found = self.register.known_component(machine.class_id, text)
        if found is None and self.adds_components:
            found = self.register.component(machine.class_id, code_of(text), text)
        if found is None:
            raise InvalidInput({"component": f"{text!r} is not one of its class; {self.remedy}"})
        return found


def of_site(
    session: Session, *, options: ImportOptions, now: datetime, by: Actor, site_id: int
) -> History:
    """How the rows of a file sent to a page are to be understood: by the machines of its site."""
    found = registry.machines(session, scope=by.scope, site_id=site_id)
    return History(
        register=Register(session, now=now, by=by),
        machines={tag: machines[0] for tag, machines in found.items()},
        dates=options.dates,
        adds_components=options.adds,
        remedy=TICK_TO_ADD,
        zone=options.timezone,
    )


def parsed(
    understood: History, rows: Iterable[Record], parse: Callable[[Record], Given], *, table: str
) -> tuple[list[Given], list[int]]:
    """What can be read, with the numbers of its rows; the others are counted as rejected."""
    tables = understood.register.tables
    add(tables, table, Counts())
    given, numbers = list[Given](), list[int]()
    for row in rows:
        try:
            given.append(parse(row))
            numbers.append(row.row)
        except InvalidInput as trouble:
            add(tables, table, refused(row, trouble))
    return given, numbers


def in_file(counts: Counts, rows: list[int]) -> Counts:
    """The same counts with problems named by their row in the file."""
    problems = (Problem(rows[p.row], p.column, p.reason) for p in counts.problems)
    return counts.with_problems(tuple(problems))
