"""`forewarn import readings FILE`: streamed, in pieces, each committed by itself.

A file may be sent again after an interruption: what is on record counts as duplicate.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from app.cli.imports.options import (
    Import,
    dates_option,
    file_argument,
    importing,
    machines_of,
    reporting,
    site_option,
)
from app.cli.imports.report import finish
from app.domain.batches import Counts
from app.domain.errors import InvalidInput
from app.domain.roles import EVERYWHERE
from app.queries import registry
from app.services.imports.csvfile import open_csv
from app.services.imports.reading_layout import Names, layout_of
from app.services.imports.readings import VALUES_A_PIECE, store_piece
from app.services.imports.table import Columns
from app.services.imports.tables import Tables, add

MAPPING = Columns(required=("column", "equipment", "sensor"), optional=())


@click.command()
@file_argument
@click.option(
    "--map",
    "mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV of column, equipment, sensor: what the columns of a wide file are.",
)
@click.option("--timezone", metavar="ZONE", help="Of times without an offset; else the site's.")
@site_option
@dates_option
@reporting
def command(
    file: Path,
    mapping: Path | None,
    timezone: str | None,
    site: str | None,
    dates: str | None,
    is_dry_run: bool,
    as_json: bool,
) -> None:
    """Add readings from FILE: long (equipment, sensor, at, value) or wide (a time, then a column
    per sensor, named like P-101.vibration or explained by --map)."""
    with importing(is_dry_run=is_dry_run) as work:
        opened = open_csv(file)
        layout = layout_of(opened, _names(work, site, mapping, timezone, dates))
        tables: Tables = {"readings": Counts()}
        for chunk in opened.chunks(max(1, VALUES_A_PIECE // layout.values_a_row)):
            with work.pieces.piece() as session:
                counts = store_piece(
                    session, layout, chunk, source=file.name, now=work.now, by=work.by
                )
            add(tables, "readings", counts)
    finish(tables, as_json=as_json, is_dry_run=is_dry_run)


def _names(
    work: Import, site: str | None, mapping: Path | None, timezone: str | None, dates: str | None
) -> Names:
    with work.pieces.piece() as session:
        machines = machines_of(session, site)
        ids = registry.sensors(session, scope=EVERYWHERE)
    tags = {machine.id: tag for tag, machine in machines.items()}
    sensors = {(tags[owner], code): row for (owner, code), row in ids.items() if owner in tags}
    local = next((machine.timezone for machine in machines.values()), "UTC")
    return Names(sensors, _columns(mapping), _zone(timezone or local), dates)


def _columns(mapping: Path | None) -> dict[str, tuple[str, str]]:
    if mapping is None:
        return {}
    cells = [record.cells for record in MAPPING.read(mapping)]
    return {
        c["column"]: (c["equipment"], c["sensor"]) for c in cells if len(c) == len(MAPPING.required)
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput({"--timezone": f"{name!r} is not an IANA time zone"}) from None
