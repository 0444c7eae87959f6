"""Measuring points from a file, and what they mean to their class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.batches import Counts
from app.domain.errors import ForewarnError, InvalidInput
from app.domain.roles import Actor
from app.domain.sensors import SENSOR_KINDS
from app.inputs.imports import ImportOptions
from app.inputs.sensors import CreateSensor
from app.queries import registry
from app.queries.registry import Machine
from app.services.imports.kind import MACHINE, Field, Kind, Reads, names
from app.services.imports.register import Register
from app.services.imports.sensor_guess import guess_kind, guess_unit
from app.services.imports.table import Columns, Record, Table, flag, refused
from app.services.imports.tables import Tables, add

COLUMNS = Columns(
    required=("equipment", "code"),
    optional=("name", "kind", "unit", "role", "condition", "comparable", "component"),
)


def register_sensors(
    register: Register, records: Iterable[Record], machines: Mapping[str, Machine]
) -> None:
    """Add what is new, with roles its class does not have yet."""
    add(register.tables, "sensors", Counts())
    for record in records:
        try:
            if record.trouble:
                raise InvalidInput({"row": record.trouble})
            _register(register, record, machines)
        except InvalidInput as trouble:
            add(register.tables, "sensors", refused(record, trouble))
        except ForewarnError as trouble:
            add(register.tables, "sensors", refused(record, str(trouble)))


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
    """Sensors of the site's machines; a kind that is not told is guessed from unit and name."""
    register = Register(session, now=now, by=by)
    found = registry.machines(session, scope=by.scope, site_id=site_id)
    machines = {tag: rows[0] for tag, rows in found.items()}
    records = (_guessed(register, machines, record, options) for record in table.records(mapping))
    register_sensors(register, records, machines)
    return register.tables


def _register(register: Register, record: Record, machines: Mapping[str, Machine]) -> None:
    cells = record.cells
    machine = machines.get(cells.get("equipment", ""))
    if machine is None:
        raise InvalidInput({"equipment": f"{cells.get('equipment', '')!r} is not known"})
    given: dict[str, object] = {
        name: cells[name] for name in ("code", "kind", "unit") if name in cells
    }
    name = cells.get("name") or cells.get("code", "")
    sensor = CreateSensor.parse({**given, "equipment_id": machine.id, "name": name})
    role_id = register.role(
        machine.class_id,
        cells.get("role") or sensor.code,
        name=name,
        unit=sensor.unit or SENSOR_KINDS[sensor.kind].unit,
        is_condition=flag(cells.get("condition", "no")),
        is_comparable=flag(cells.get("comparable", "no")),
        component=cells.get("component", ""),
    )
    register.sensor(sensor, role_id, record.row)


def _guessed(
    register: Register, machines: Mapping[str, Machine], record: Record, options: ImportOptions
) -> Record:
    """The row with unit and kind as we write them; a role nobody knows may be refused."""
    cells = dict(record.cells)
    machine = machines.get(cells.get("equipment", ""))
    role = cells.get("role") or cells.get("code", "")
    if machine and not options.adds and not register.has_role(machine.class_id, role):
        trouble = f"the role {role!r} is not known; tick the box that adds roles, or name another"
        return Record(record.row, cells, record.trouble or trouble)
    if "unit" in cells:
        cells["unit"] = guess_unit(cells["unit"])
    if "kind" in cells:
        cells["kind"] = cells["kind"].lower().replace(" ", "_")
    elif not record.trouble:
        said = f"{cells.get('code', '')} {cells.get('name', '')} {cells.get('role', '')}"
        cells["kind"] = guess_kind(said, cells.get("unit", ""))
    return Record(record.row, cells, record.trouble)


KIND = Kind(
    code="sensors",
    name="Sensors",
    explains="The measuring points of the machines, and which role each fills in its class.",
    fields=(
        MACHINE,
        Field(
            "code",
            "Sensor",
            "What the machine's measuring point is called; once per machine.",
            is_required=True,
            synonyms=names(
                "sensor, sensor id, sensor code, point, measuring point, signal, "
                "channel, tag name, messstelle, messpunkt, kanal, parameter"
            ),
        ),
        Field(
            "name",
            "Name",
            "In words; the code when left out.",
            synonyms=names("description, sensor name, bezeichnung, beschreibung"),
        ),
        Field(
            "kind",
            "Kind",
            f"One of {', '.join(SENSOR_KINDS)}; guessed from unit and name when left out.",
            synonyms=names("type, sensor type, quantity, measurement, art, messgrosse"),
        ),
        Field(
            "unit",
            "Unit",
            "Such as mm/s, degC, bar; that of its kind when left out.",
            synonyms=names("uom, eu, engineering unit, units, einheit"),
        ),
        Field(
            "role",
            "Role",
            "What it means to its class, such as vibration_drive_end; the code when left out.",
            synonyms=names("rolle, function"),
        ),
        Field(
            "condition",
            "Says how hard the machine works",
            "yes for speed, load, flow: not a sign of health but needed to judge the others.",
            reads=Reads.FLAG,
        ),
        Field(
            "comparable",
            "Alike machines read alike",
            "yes when sister machines may be compared by it.",
            reads=Reads.FLAG,
        ),
        Field(
            "component",
            "Part",
            "The component a new role looks at, by its code: its replacement starts the role anew.",
            synonyms=names("part, bauteil, komponente"),
        ),
    ),
    run=run,
    example=(
        "equipment,code,name,kind,unit,role,condition",
        'P-101,vibration,"Vibration, drive end",vibration,mm/s,vibration,no',
        "P-101,bearing_temperature,Bearing temperature,temperature,degC,bearing_temperature,no",
        "P-101,motor_current,Motor current,current,A,motor_current,no",
        "P-101,flow,Flow,flow,m3/h,flow,yes",
    ),
    adds="Add roles that a class does not have yet",
)
