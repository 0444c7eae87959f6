"""What failures and services have in common: a machine, a moment, a component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.cli.imports.register import Register
from app.cli.imports.table import Record
from app.domain.batches import Counts, Problem
from app.domain.errors import InvalidInput
from app.domain.instants import from_micros
from app.inputs.readings import instants
from app.queries.registry import Machine

REQUIRED = ("equipment", "at")


@dataclass(frozen=True, slots=True)
class History:
    """How the rows of a file are to be understood."""

    register: Register
    machines: Mapping[str, Machine]
    dates: str | None
    adds_components: bool

    def common(self, record: Record) -> dict[str, object]:
        """equipment_id, component_id and at; raise InvalidInput naming the column."""
        if record.trouble:
            raise InvalidInput({"row": record.trouble})
        tag = record.cells.get("equipment", "")
        machine = self.machines.get(tag)
        if machine is None:
            raise InvalidInput({"equipment": f"{tag!r} is not known"})
        read = instants(
            [record.cells.get("at", "")], zone=ZoneInfo(machine.timezone), pattern=self.dates
        )
        if read.problems:
            raise InvalidInput({"at": read.problems[0]})
        return {
            "equipment_id": machine.id,
            "component_id": self._component(machine, record.cells.get("component")),
            "at": from_micros(int(read.at[0])),
        }

    def _component(self, machine: Machine, code: str | None) -> int | None:
        if code is None:
            return None
        if self.adds_components:
            return self.register.component(machine.class_id, code)
        found = self.register.known_component(machine.class_id, code)
        if found is None:
            raise InvalidInput(
                {"component": f"{code!r} is not one of its class; --new-components adds it"}
            )
        return found


def in_file(counts: Counts, rows: list[int]) -> Counts:
    """The same counts with problems named by their row in the file."""
    problems = (Problem(rows[p.row], p.column, p.reason) for p in counts.problems)
    return counts.with_problems(tuple(problems))
