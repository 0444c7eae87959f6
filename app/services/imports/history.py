"""What failures and services have in common: a machine, a moment, a component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.domain.batches import Counts, Problem
from app.domain.errors import InvalidInput
from app.domain.instants import from_micros
from app.queries.registry import Machine
from app.services.imports.codes import code_of
from app.services.imports.moments import joined, moments
from app.services.imports.register import Register
from app.services.imports.table import Record

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


def in_file(counts: Counts, rows: list[int]) -> Counts:
    """The same counts with problems named by their row in the file."""
    problems = (Problem(rows[p.row], p.column, p.reason) for p in counts.problems)
    return counts.with_problems(tuple(problems))
