"""`forewarn import sensors FILE`: measuring points and what they mean to their class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from app.cli.imports.options import (
    file_argument,
    importing,
    machines_of,
    reporting,
    site_option,
)
from app.cli.imports.register import Register
from app.cli.imports.report import add, finish
from app.cli.imports.table import Columns, Record, flag, refused
from app.domain.batches import Counts
from app.domain.errors import ForewarnError, InvalidInput
from app.domain.sensors import SENSOR_KINDS
from app.inputs.sensors import CreateSensor
from app.queries.registry import Machine

COLUMNS = Columns(
    required=("equipment", "code"),
    optional=("name", "kind", "unit", "role", "condition", "comparable"),
)


@click.command()
@file_argument
@site_option
@reporting
def command(file: Path, site: str | None, is_dry_run: bool, as_json: bool) -> None:
    """Add sensors from FILE: equipment, code and, if known, name, kind, unit, role (default: the
    code), condition (yes: it says how hard the machine works), comparable (yes: alike machines
    read alike)."""
    with importing(is_dry_run=is_dry_run) as work:
        records = list(COLUMNS.read(file))
        with work.pieces.piece() as session:
            register = Register(session, now=work.now, by=work.by)
            register_sensors(register, records, machines_of(session, site))
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)


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
    )
    register.sensor(sensor, role_id, record.row)
