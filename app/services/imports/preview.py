"""The first rows of a file as they will be stored, with what is wrong in the very cells.

Read by the functions the import itself uses, then tried in a transaction that is undone: what a
preview says is what an import does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.db import Database
from app.domain.errors import InvalidInput
from app.domain.instants import from_micros
from app.domain.roles import Actor
from app.inputs.readings import numbers
from app.queries.places import site_zone
from app.services.imports import mapping, readings
from app.services.imports.csvfile import Row
from app.services.imports.days import day
from app.services.imports.kind import Reads
from app.services.imports.moments import moments
from app.services.imports.pieces import Pieces
from app.services.imports.points import Points
from app.services.imports.table import Table
from app.services.imports.tables import Tables
from app.services.imports.taking_in import Given

SHOWN_ROWS = 20
Shown = str | float | datetime


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell will be stored as; `text` is what the file has where that is something else."""

    shown: Shown | None
    text: str = ""
    problem: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row by its number in the file; `problems` are those of no shown cell."""

    number: int
    cells: tuple[Cell, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that is used: its name, its field, and the point it is in a wide file."""

    column: str
    field: str
    text: str
    point: str = ""
    is_new: bool = False
    is_clear: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The used columns, the first rows, and the fields the mapping still lacks.

    `clear_places` are the columns of a wide file that say their machine and sensor themselves.
    """

    headings: tuple[Heading, ...]
    rows: tuple[PreviewRow, ...]
    lacks: Mapping[str, str]
    zone: str
    point_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    clear_places: tuple[int, ...] = ()


def preview(database: Database, given: Given, *, now: datetime, by: Actor) -> Preview:
    """The first rows as understood. Takes the write lock for a moment, keeps nothing."""
    table = Table(given.file.columns, given.file.first(SHOWN_ROWS), given.file.name)
    lacks = _lacks(given)
    with database.reading() as session:
        zone = given.options.timezone or site_zone(session, site_id=given.site_id)
        machines, points = readings.points_of(session, by=by, site_id=given.site_id)
    headings = tuple(
        _heading(column, given, points) for column in table.columns if given.mapping.get(column)
    )
    tables = {} if lacks else _tried(database, given, table, now, by)
    rows = _rows(table, headings, given, ZoneInfo(zone), points)
    marked = tuple(_marked(row, headings, tables) for row in rows)
    names = points.names() if given.kind.code == readings.KIND.code else ()
    clear = tuple(table.columns.index(h.column) for h in headings if h.is_clear)
    return Preview(headings, marked, lacks, zone, tuple(names), tuple(sorted(machines)), clear)


def _lacks(given: Given) -> dict[str, str]:
    try:
        mapping.check(given.mapping, given.kind)
    except InvalidInput as trouble:
        return trouble.fields
    return {}


def _tried(database: Database, given: Given, table: Table, now: datetime, by: Actor) -> Tables:
    with Pieces(database, is_dry_run=True).whole() as pieces, pieces.piece() as session:
        return given.kind.run(
            session,
            table=table,
            mapping=given.mapping,
            options=given.options,
            now=now,
            by=by,
            site_id=given.site_id,
        )


def _heading(column: str, given: Given, points: Points) -> Heading:
    name = given.mapping[column]
    field = given.kind.field(name)
    text = field.text if field else name
    if name != readings.READING:
        return Heading(column, name, text)
    said = given.options.points.get(column)
    point = points.find(said or column, machine="" if said else given.options.machine)
    is_clear = bool(point.tag and point.code)
    return Heading(column, name, text, point.name, not point.sensor_id, is_clear)


def _rows(
    table: Table, headings: Sequence[Heading], given: Given, zone: ZoneInfo, points: Points
) -> list[PreviewRow]:
    good = [row for row in table.rows if not row.trouble]
    columns = [
        _points(table, heading, good, given, points)
        if heading.field == "sensor" and given.kind.code == readings.KIND.code
        else _column(table, heading, good, given, zone)
        for heading in headings
    ]
    cells = dict(zip((row.number for row in good), zip(*columns, strict=True), strict=False))
    return [
        PreviewRow(row.number, cells.get(row.number, ()), (row.trouble,) if row.trouble else ())
        for row in table.rows
    ]


def _points(
    table: Table, heading: Heading, rows: Sequence[Row], given: Given, points: Points
) -> list[Cell]:
    """The names of sensors in a long file, and the sensor each means."""
    beside = next((c for c in table.columns if given.mapping.get(c) == "equipment"), None)
    owners = _texts(table, beside, rows) if beside else [given.options.machine] * len(rows)
    cells = []
    for text, owner in zip(_texts(table, heading.column, rows), owners, strict=True):
        point = points.find(text, machine=owner)
        known = _told(text, point.name)
        cells.append(Cell(known.shown, known.text, "", bool(point.tag and not point.sensor_id)))
    return cells


def _column(
    table: Table, heading: Heading, rows: Sequence[Row], given: Given, zone: ZoneInfo
) -> list[Cell]:
    """The cells of a column by the way its field is read."""
    texts = _texts(table, heading.column, rows)
    field = given.kind.field(heading.field)
    reads = field.reads if field else Reads.TEXT
    if reads is Reads.MOMENT:
        return _moments(_with_clock(table, texts, rows, given), given, zone)
    if reads is Reads.NUMBER:
        return _numbers(texts, given)
    if reads is Reads.DAY:
        return [_told(text, day(text, given.options.dates) if text else "") for text in texts]
    return [Cell(text) for text in texts]


def _moments(texts: Sequence[str], given: Given, zone: ZoneInfo) -> list[Cell]:
    read = moments(texts, zone=zone, dates=given.options.dates)
    return [
        Cell(None, text, read.problems[n])
        if n in read.problems
        else Cell(from_micros(int(read.at[n])), text)
        for n, text in enumerate(texts)
    ]


def _numbers(texts: Sequence[str], given: Given) -> list[Cell]:
    read = numbers(texts, decimal_comma=given.options.decimal_comma)
    return [
        Cell(None, text, "" if not text else read.problems[n])
        if n in read.problems
        else Cell(float(read.values[n]), text)
        for n, text in enumerate(texts)
    ]


def _told(text: str, shown: str) -> Cell:
    return Cell(shown, "" if shown == text else text)


def _with_clock(table: Table, texts: Sequence[str], rows: Sequence[Row], given: Given) -> list[str]:
    clock = next((c for c in table.columns if given.mapping.get(c) == "clock"), None)
    if clock is None:
        return list(texts)
    beside = _texts(table, clock, rows)
    return [f"{text} {time}".strip() for text, time in zip(texts, beside, strict=True)]


def _texts(table: Table, column: str, rows: Sequence[Row]) -> list[str]:
    place = table.columns.index(column)
    return [row.cells[place].strip() for row in rows]


def _marked(row: PreviewRow, headings: Sequence[Heading], tables: Tables) -> PreviewRow:
    """The row with what the trial said about it, in the cell it was said of."""
    found = [p for counts in tables.values() for p in counts.problems if p.row == row.number]
    cells, others = list(row.cells), list(row.problems)
    for problem in found:
        place = next(
            (n for n, h in enumerate(headings) if problem.column in (h.field, h.column)), None
        )
        if place is not None and place < len(cells):
            known = cells[place]
            cells[place] = replace(known, problem=known.problem or problem.reason)
        elif problem.reason not in others:
            others.append(f"{problem.column} {problem.reason}".strip())
    return PreviewRow(row.number, tuple(cells), tuple(dict.fromkeys(others)))
