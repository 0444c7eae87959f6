"""`forewarn import sensors FILE`: measuring points and what they mean to their class."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.imports.options import (
    file_argument,
    importing,
    machines_of,
    reporting,
    site_option,
)
from app.cli.imports.report import finish
from app.services.imports.register import Register
from app.services.imports.sensors import COLUMNS, register_sensors


@click.command()
@file_argument
@site_option
@reporting
def command(file: Path, site: str | None, is_dry_run: bool, as_json: bool) -> None:
    """Add sensors from FILE: equipment, code and, if known, name, kind, unit, role (default: the
    code), condition (yes: it says how hard the machine works), comparable (yes: alike machines
    read alike), component (the part a new role looks at: its replacement starts it anew)."""
    with importing(is_dry_run=is_dry_run) as work:
        records = list(COLUMNS.read(file))
        with work.pieces.piece() as session:
            register = Register(session, now=work.now, by=work.by)
            register_sensors(register, records, machines_of(session, site))
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)
