"""Rows as dictionaries of named fields: equipment, sensors, failures, services, work orders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain.batches import Counts, Problem
from app.domain.errors import InvalidInput
from app.services.imports.csvfile import CsvFile, Row, open_csv

# What the validator says of a code with foreign signs, and what a person understands.
PATTERN = "should match pattern"
CODE_RULE = "may hold letters, digits, blanks and . + / - _ only, and begins with a letter or digit"
YES = frozenset({"yes", "true", "1", "y", "x", "ja", "j", "wahr"})
NO = frozenset({"no", "false", "0", "n", "nein", "falsch"})


@dataclass(frozen=True, slots=True)
class Record:
    """One row by field name; empty cells are left out."""

    row: int
    cells: dict[str, str]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A piece of a file (or all of it) as written: the header and some of the rows."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    name: str = ""

    def records(self, mapping: Mapping[str, str]) -> Iterator[Record]:
        """The rows by field; *mapping* says which column fills which field ("" = none)."""
        places = [(n, mapping[name]) for n, name in enumerate(self.columns) if mapping.get(name)]
        for row in self.rows:
            cells = ((field, row.cells[n].strip()) for n, field in places if not row.trouble)
            yield Record(row.number, {field: cell for field, cell in cells if cell}, row.trouble)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file must and may have; a column that starts with a prefix is taken too."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    prefix: str | None = None

    def read(self, path: Path) -> Iterator[Record]:
        """The records of *path*; raise InvalidInput for a missing or an unknown column."""
        file = open_csv(path)
        names = [normal(name) for name in file.columns]
        self._check(path, names)
        return _records(file, names)

    def _check(self, path: Path, names: Collection[str]) -> None:
        missing = [name for name in self.required if name not in names]
        known = {*self.required, *self.optional}
        unknown = [name for name in names if name not in known and not self._takes(name)]
        if missing:
            raise InvalidInput({path.name: f"has no column {', '.join(missing)}"})
        if unknown:
            expected = ", ".join((*self.required, *self.optional))
            raise InvalidInput({path.name: f"has a column {unknown[0]!r}; known are {expected}"})

    def _takes(self, name: str) -> bool:
        return self.prefix is not None and name.startswith(self.prefix)


def normal(name: str) -> str:
    """A header as people vary it: `Installed on` is `installed_on`."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def flag(text: str) -> bool:
    """yes or no; raise InvalidInput for anything else."""
    if text.lower() in YES | NO:
        return text.lower() in YES
    raise InvalidInput({"value": f"{text!r} is neither yes nor no"})


def refused(record: Record, trouble: InvalidInput | str) -> Counts:
    """One rejected row with its reasons."""
    if isinstance(trouble, str):
        return Counts(rejected=1, problems=(Problem(record.row, "", trouble),))
    said = ((name, CODE_RULE if PATTERN in why else why) for name, why in trouble.fields.items())
    problems = tuple(Problem(record.row, name, why) for name, why in said)
    return Counts(rejected=1, problems=problems)


def _records(file: CsvFile, names: list[str]) -> Iterator[Record]:
    for row in file.rows():
        cells = zip(names, row.cells, strict=False)
        yield Record(row.number, {n: c.strip() for n, c in cells if c.strip()}, row.trouble)
