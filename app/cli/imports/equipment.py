"""`forewarn import equipment FILE`: machines; sites, classes and crews they name are added."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.imports.options import file_argument, importing, reporting, site_option
from app.cli.imports.report import finish
from app.services.imports.equipment import COLUMNS, register_machines
from app.services.imports.register import Register


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
