"""What a file probably means: columns, dates and decimals, before a person has looked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.inputs.imports import ImportOptions, MapFile
from app.inputs.readings import numbers
from app.services.imports import date_formats, mapping, readings
from app.services.imports.csvfile import CsvFile, Row
from app.services.imports.kind import Kind, Reads
from app.services.imports.points import Points
from app.services.imports.table import Table

LOOKED_AT = 400
LOOKED_FURTHER = 20_000
_COMMA_NUMBER = re.compile(r"\s*[+-]?\d+,\d+\s*")
_POINT_NUMBER = re.compile(r"\s*[+-]?\d+\.\d+\s*")
_NO_SENSORS = ("quality", "status", "flag", "comment", "remark", "no", "nr", "index", "row")


def propose(file: CsvFile, kind: Kind, points: Points) -> MapFile:
    """The mapping and the options a person is shown first."""
    rows = file.first(LOOKED_AT)
    table = Table(file.columns, [row for row in rows if not row.trouble], file.name)
    decimal_comma = has_decimal_comma(file, table.rows)
    fields = mapping.propose(file.columns, kind)
    if kind.code == readings.KIND.code:
        fields = reading_fields(table, decimal_comma=decimal_comma)
    machine = ""
    if kind.code == readings.KIND.code and "equipment" not in fields.values():
        machine = _machine_of(file, fields, table, points)
    return MapFile(
        mapping=fields,
        options=ImportOptions(
            dates=date_formats.chosen(date_choices(file, kind, fields)),
            decimal_comma=decimal_comma,
            machine=machine,
        ),
    )


def date_choices(file: CsvFile, kind: Kind, fields: Mapping[str, str]) -> list[str | None]:
    """The date formats that read the column of moments (or days); looks further when in doubt."""
    dated = {field.name for field in kind.fields if field.reads in (Reads.MOMENT, Reads.DAY)}
    places = [n for n, name in enumerate(file.columns) if fields.get(name) in dated][:1]
    places += [n for n, name in enumerate(file.columns) if fields.get(name) == "clock"]
    if not places or fields.get(file.columns[places[0]]) not in dated:
        return []
    for many in (LOOKED_AT, LOOKED_FURTHER):
        rows = file.first(many)
        texts = [" ".join(row.cells[n] for n in places) for row in rows if not row.trouble]
        found = date_formats.fitting(texts)
        if len(found) <= 1 or len(rows) < many:
            break
    return found


def has_decimal_comma(file: CsvFile, rows: Sequence[Row]) -> bool:
    """Whether numbers are written 12,5: what the cells say, else what the separator leaves free."""
    cells = [cell for row in rows for cell in row.cells]
    commas = sum(_COMMA_NUMBER.fullmatch(cell) is not None for cell in cells)
    points = sum(_POINT_NUMBER.fullmatch(cell) is not None for cell in cells)
    return commas > points if commas or points else file.has_decimal_comma


def reading_fields(table: Table, *, decimal_comma: bool) -> dict[str, str]:
    """Long when a column is called value (and one sensor); else every column of numbers is one."""
    found = mapping.propose(table.columns, _exactly(readings.KIND))
    if "value" in found.values() and "sensor" not in found.values():
        # A historian calls its points tags: one column names machine and sensor at once.
        found = {n: "sensor" if field == "equipment" else field for n, field in found.items()}
    if "value" in found.values() and "sensor" in found.values():
        return {name: "" if field == readings.READING else field for name, field in found.items()}
    found = {name: field if field in ("at", "clock") else "" for name, field in found.items()}
    if "at" not in found.values() and table.columns:
        found[table.columns[0]] = "at"
    for place, name in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows if row.cells[place].strip()]
        is_none = mapping.plain(name) in _NO_SENSORS or not cells
        if not found[name] and not is_none and _are_numbers(cells, decimal_comma):
            found[name] = readings.READING
    return found


def _exactly(kind: Kind) -> Kind:
    """The kind without the field that only a person or the numbers can tell."""
    fields = tuple(field for field in kind.fields if field.name != readings.READING)
    return Kind(kind.code, kind.name, kind.explains, fields, kind.run, kind.example)


def _are_numbers(cells: Sequence[str], decimal_comma: bool) -> bool:
    return len(numbers(cells, decimal_comma=decimal_comma).problems) * 2 <= len(cells)


def _machine_of(file: CsvFile, fields: Mapping[str, str], table: Table, points: Points) -> str:
    """The machine in the name of the file, when the sensors' names do not say theirs."""
    columns = [name for name in table.columns if fields[name] == readings.READING]
    place = next((n for n, name in enumerate(table.columns) if fields[name] == "sensor"), None)
    if place is not None:
        columns = [row.cells[place] for row in table.rows]
    if any(points.find(name).tag for name in columns):
        return ""
    return points.machine_in(file.name)
