"""`forewarn import equipment FILE`: machines; sites, classes and crews they name are added."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from app.cli.imports.options import file_argument, importing, reporting, site_option
from app.cli.imports.register import Register
from app.cli.imports.report import add, finish
from app.cli.imports.table import Columns, Record, refused
from app.domain.batches import Counts
from app.domain.errors import ForewarnError, InvalidInput
from app.inputs.equipment import CreateEquipment
from app.inputs.readings import numbers

PLAIN = (
    "tag",
    "name",
    "criticality",
    "status",
    "make",
    "model",
    "serial",
    "installed_on",
    "downtime_cost_per_hour",
)
ATTRIBUTE = "attribute."
COLUMNS = Columns(
    required=("tag", "class"),
    optional=(*PLAIN[1:], "site", "location", "team"),
    prefix=ATTRIBUTE,
)


@click.command()
@file_argument
@site_option
@reporting
def command(file: Path, site: str | None, is_dry_run: bool, as_json: bool) -> None:
    """Add machines from FILE: tag, class and, if known, name, site, location, team, criticality,
    status, make, model, serial, installed_on, downtime_cost_per_hour, attribute.NAME."""
    with importing(is_dry_run=is_dry_run) as work:
        records = list(COLUMNS.read(file))
        with work.pieces.piece() as session:
            register = Register(session, now=work.now, by=work.by)
            register_machines(register, records, site=site, timezone=work.settings.timezone)
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)


def register_machines(
    register: Register, records: Iterable[Record], *, site: str | None, timezone: str
) -> None:
    """Add what is new; a row's own site wins over *site*, a new site keeps time by *timezone*."""
    add(register.tables, "equipment", Counts())
    for record in records:
        try:
            if record.trouble:
                raise InvalidInput({"row": record.trouble})
            register.equipment(_machine(register, record, site, timezone), record.row)
        except InvalidInput as trouble:
            add(register.tables, "equipment", refused(record, trouble))
        except ForewarnError as trouble:
            add(register.tables, "equipment", refused(record, str(trouble)))


def _machine(
    register: Register, record: Record, site: str | None, timezone: str
) -> CreateEquipment:
    cells = record.cells
    missing = {name: "is empty" for name in COLUMNS.required if name not in cells}
    if missing:
        raise InvalidInput(missing)
    site_id = register.site(cells.get("site") or site or register.usual_site(), timezone=timezone)
    given: dict[str, Any] = {name: cells[name] for name in PLAIN if name in cells}
    given |= {
        "name": cells.get("name") or cells["tag"],
        "site_id": site_id,
        "equipment_class_id": register.equipment_class(cells["class"]),
        "attributes": _attributes(cells),
    }
    if "location" in cells:
        given["location_id"] = register.location(site_id, cells["location"])
    if "team" in cells:
        given["team_id"] = register.team(site_id, cells["team"])
    return CreateEquipment.parse(given)


def _attributes(cells: dict[str, str]) -> dict[str, float | str]:
    """What the predictor may use beside the readings; numbers as numbers."""
    found: dict[str, float | str] = {}
    for name, text in cells.items():
        if name.startswith(ATTRIBUTE):
            read = numbers([text])
            value = text if read.problems else float(read.values[0])
            found[name.removeprefix(ATTRIBUTE)] = value
    return found
