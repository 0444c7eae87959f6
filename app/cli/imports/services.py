"""`forewarn import services FILE`: work that renewed components."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.imports import history
from app.cli.imports.options import (
    components_option,
    dates_option,
    file_argument,
    importing,
    known_option,
    machines_of,
    reporting,
    site_option,
)
from app.cli.imports.register import Register
from app.cli.imports.report import add, finish
from app.cli.imports.table import Columns, Record, flag, refused
from app.domain.errors import InvalidInput
from app.inputs.records import Known, RecordService
from app.services import records

COLUMNS = Columns(history.REQUIRED, ("component", "activity", "planned", "condition_found"))


@click.command()
@file_argument
@site_option
@known_option
@dates_option
@components_option
@reporting
def command(
    file: Path,
    site: str | None,
    known: str,
    dates: str | None,
    adds_components: bool,
    is_dry_run: bool,
    as_json: bool,
) -> None:
    """Add services from FILE: equipment, at and, if known, component, activity, planned
    (yes or no), condition_found (good, worn, degraded, failed)."""
    with importing(is_dry_run=is_dry_run) as work:
        rows = list(COLUMNS.read(file))
        with work.pieces.piece() as session:
            register = Register(session, now=work.now, by=work.by)
            understood = history.History(
                register, machines_of(session, site), dates, adds_components
            )
            given, numbers = _read(understood, rows)
            counts = records.add_services(
                session, services=given, known=Known(known), now=work.now, by=work.by
            )
            add(register.tables, "services", history.in_file(counts, numbers))
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)


def _read(understood: history.History, rows: list[Record]) -> tuple[list[RecordService], list[int]]:
    """The rows that can be read, with their numbers; the others are counted as rejected."""
    given, numbers = [], []
    for row in rows:
        try:
            given.append(_service(understood, row))
            numbers.append(row.row)
        except InvalidInput as trouble:
            add(understood.register.tables, "services", refused(row, trouble))
    return given, numbers


def _service(understood: history.History, row: Record) -> RecordService:
    own: dict[str, object] = {
        name: row.cells[name] for name in ("activity", "condition_found") if name in row.cells
    }
    if "planned" in row.cells:
        own["is_planned"] = flag(row.cells["planned"])
    return RecordService.parse(understood.common(row) | own)
