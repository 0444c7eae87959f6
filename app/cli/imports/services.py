"""`forewarn import services FILE`: work that renewed components."""

from __future__ import annotations

from pathlib import Path

import click

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
from app.cli.imports.report import finish
from app.inputs.records import Known
from app.services.imports.history import History
from app.services.imports.register import Register
from app.services.imports.services import COLUMNS, add_services


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
            understood = History(register, machines_of(session, site), dates, adds_components)
            add_services(understood, rows, known=Known(known), now=work.now, by=work.by)
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)
