"""Readings from a file, long or wide, piece by piece; sensors may be added on the way.

A file may be sent again after an interruption: what is on record counts as duplicate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.batches import Counts, Problem
from app.domain.roles import Actor
from app.inputs.imports import ImportOptions
from app.queries import registry
from app.queries.registry import Machine
from app.services import readings
from app.services.imports.csvfile import Row
from app.services.imports.kind import AT, CLOCK, MACHINE, Field, Kind, Reads, names
from app.services.imports.points import Point, Points
from app.services.imports.reading_layout import Layout, LongLayout, WideLayout, Writing
from app.services.imports.register import Register
from app.services.imports.sensor_adding import add_sensor
from app.services.imports.table import Table
from app.services.imports.tables import Tables

VALUES_A_PIECE = 100_000
UNKNOWN = "is not known"
REMEDY = "tick the box that adds sensors, or correct the name of the machine or the sensor"
READING = "series"
"""The field of a wide file's column that is a sensor; `options.points` says which."""


def store_piece(
    session: Session,
    layout: Layout,
    rows: Sequence[Row],
    *,
    source: str,
    now: datetime,
    by: Actor,
) -> Counts:
    """One piece: what the layout cannot read is rejected, the deed judges the rest."""
    cells = layout.read([row for row in rows if not row.trouble])
    counts = readings.store(
        session,
        sensor_ids=cells.sensor_ids,
        at=cells.at,
        values=cells.values,
        source=source,
        now=now,
        by=by,
    )
    broken = tuple(Problem(row.number, "", row.trouble) for row in rows if row.trouble)
    return cells.located(counts) + cells.refused + Counts(rejected=len(broken), problems=broken)


def run(
    session: Session,
    *,
    table: Table,
    mapping: Mapping[str, str],
    options: ImportOptions,
    now: datetime,
    by: Actor,
    site_id: int,
) -> Tables:
    """One piece of a file of readings; sensors nobody knows are added where *options* says so."""
    register = Register(session, now=now, by=by)
    machines, points = points_of(session, by=by, site_id=site_id)
    named = _named(table, mapping, options, points)
    if options.adds:
        named = {name: add_sensor(register, machines, point) for name, point in named.items()}
    zone = ZoneInfo(options.timezone or next((m.timezone for m in machines.values()), "UTC"))
    layout = _layout(table, mapping, options, named, zone)
    counts = store_piece(session, layout, table.rows, source=table.name, now=now, by=by)
    return {"readings": _worded(counts), **register.tables}


def points_of(session: Session, *, by: Actor, site_id: int) -> tuple[dict[str, Machine], Points]:
    """The machines and the measuring points of a site, by the names a file may give them."""
    found = registry.machines(session, scope=by.scope, site_id=site_id)
    machines = {tag: rows[0] for tag, rows in found.items()}
    return machines, Points(machines, registry.sensors(session, scope=by.scope))


def is_long(mapping: Mapping[str, str]) -> bool:
    """Whether each row is one reading."""
    return "value" in mapping.values()


def lacks(mapping: Mapping[str, str]) -> dict[str, str]:
    """What neither a long nor a wide file can do without."""
    used = set(mapping.values())
    if "value" in used and READING in used:
        return {READING: "A row is one value, or columns are sensors: not both."}
    if "value" in used and "sensor" not in used:
        return {"sensor": "Say which column is: Sensor."}
    if "value" not in used and READING not in used:
        return {"value": "Say which column is the value, or which columns are readings of sensors."}
    return {}


def piece_rows(mapping: Mapping[str, str]) -> int:
    """How many rows make a piece: a wide row holds many readings."""
    wide = sum(field == READING for field in mapping.values())
    return max(1, VALUES_A_PIECE // max(1, wide if not is_long(mapping) else 1))


def _named(
    table: Table, mapping: Mapping[str, str], options: ImportOptions, points: Points
) -> dict[tuple[str, str], Point]:
    """The points of this piece by (machine, sensor) as written; ("", column) in a wide file."""
    if not is_long(mapping):
        return {
            ("", column): points.find(
                options.points.get(column) or column,
                machine="" if options.points.get(column) else options.machine,
            )
            for column in table.columns
            if mapping.get(column) == READING
        }
    tag, code = (_place(table, mapping, name) for name in ("equipment", "sensor"))
    written = {
        ("" if tag is None else row.cells[tag].strip(), row.cells[code or 0].strip())
        for row in table.rows
        if not row.trouble
    }
    return {
        (owner, name): points.find(name, machine=owner or options.machine)
        for owner, name in sorted(written)
    }


def _layout(
    table: Table,
    mapping: Mapping[str, str],
    options: ImportOptions,
    named: Mapping[tuple[str, str], Point],
    zone: ZoneInfo,
) -> Layout:
    writing = Writing(
        _place(table, mapping, "at") or 0,
        zone,
        options.dates,
        options.decimal_comma,
        _place(table, mapping, "clock"),
    )
    ids = {name: point.sensor_id for name, point in named.items()}
    if not is_long(mapping):
        columns = enumerate(table.columns)
        return WideLayout(
            writing, [(n, name, ids["", name]) for n, name in columns if ("", name) in ids]
        )
    return LongLayout(
        writing,
        equipment=_place(table, mapping, "equipment"),
        sensor=_place(table, mapping, "sensor") or 0,
        value=_place(table, mapping, "value") or 0,
        known=ids,
    )


def _place(table: Table, mapping: Mapping[str, str], field: str) -> int | None:
    return next((n for n, name in enumerate(table.columns) if mapping.get(name) == field), None)


def _worded(counts: Counts) -> Counts:
    """A sensor that is not known: what the person can do about it."""
    problems = (
        Problem(p.row, p.column, f"{p.reason}; {REMEDY}") if p.reason.endswith(UNKNOWN) else p
        for p in counts.problems
    )
    return counts.with_problems(tuple(problems))


KIND = Kind(
    code="readings",
    name="Readings",
    explains="What the sensors measured: a row a reading (long), or a column a sensor (wide).",
    fields=(
        AT,
        CLOCK,
        Field(
            MACHINE.name,
            MACHINE.text,
            "The tag of the machine; not needed where the sensor's name begins with it.",
            synonyms=MACHINE.synonyms,
        ),
        Field(
            "sensor",
            "Sensor",
            "What the machine's measuring point is called (long files).",
            synonyms=names(
                "sensor id, sensor name, sensor code, point, point name, tag name, "
                "tagname, signal, channel, measurement, variable, parameter, metric, "
                "messstelle, messpunkt, kanal, code"
            ),
        ),
        Field(
            "value",
            "Value",
            "The number that was measured (long files).",
            synonyms=names("reading, val, average, avg, mean, wert, messwert, mittelwert"),
            reads=Reads.NUMBER,
        ),
        Field(
            READING,
            "Readings of a sensor",
            "Wide files: this column holds the readings of one sensor.",
            reads=Reads.NUMBER,
            may_repeat=True,
        ),
    ),
    run=run,
    example=(
        "equipment,sensor,at,value",
        "P-101,vibration,2026-01-27 01:00,2.333",
        "P-101,vibration,2026-01-27 02:00,2.171",
        "P-101,bearing_temperature,2026-01-27 01:00,58.4",
    ),
    adds="Add sensors that are not known yet; kind and unit are guessed from their names",
    rows_a_piece=VALUES_A_PIECE,
    lacks=lacks,
)
