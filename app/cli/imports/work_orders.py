"""`forewarn import work-orders FILE`: the maintenance history of another system."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.imports.options import (
    components_option,
    dates_option,
    file_argument,
    importing,
    known_option,
    reporting,
    site_option,
    the_site,
)
from app.cli.imports.report import finish
from app.domain.errors import InvalidInput
from app.domain.work_orders import OrderType
from app.inputs.records import Known
from app.services.imports import mapping
from app.services.imports.csvfile import CsvFile, open_csv
from app.services.imports.register import Register
from app.services.imports.table import Table
from app.services.imports.work_orders import KIND, Understood, add_orders


@click.command()
@file_argument
@site_option
@known_option
@dates_option
@click.option(
    "--new-machines", "adds_machines", is_flag=True, help="Add machines nobody knows yet."
)
@click.option("--class", "new_class", metavar="CODE", help="The class of new machines.")
@click.option(
    "--type",
    "types",
    metavar="CODE=TYPE",
    multiple=True,
    help="What a code of the file means, e.g. PM06=corrective. May be given several times.",
)
@components_option
@reporting
def command(
    file: Path,
    site: str | None,
    known: str,
    dates: str | None,
    adds_machines: bool,
    new_class: str | None,
    types: tuple[str, ...],
    adds_components: bool,
    is_dry_run: bool,
    as_json: bool,
) -> None:
    """Add finished work orders from FILE: equipment, date, short text and, if known, order number,
    type, cost, component, part, failure mode. They wait in the label review and teach nothing
    until somebody has accepted what they say."""
    if adds_machines and new_class is None:
        raise InvalidInput({"--class": "say the class of the new machines"})
    with importing(is_dry_run=is_dry_run) as work:
        content = open_csv(file)
        columns = _columns(content)
        table = Table(content.columns, list(content.rows()), content.name)
        with work.pieces.piece() as session:
            register = Register(session, now=work.now, by=work.by)
            understood = Understood(
                register,
                the_site(session, site) or _first_site(register, work.settings.timezone),
                dates=dates,
                decimal_comma=content.has_decimal_comma,
                adds_components=adds_components,
                adds_machines=adds_machines,
                new_class=new_class,
                types=dict(map(_type, types)),
            )
            note = f"From {file.name}"
            rows = table.records(columns)
            add_orders(understood, rows, known=Known(known), note=note, now=work.now, by=work.by)
    finish(register.tables, as_json=as_json, is_dry_run=is_dry_run)


def _first_site(register: Register, timezone: str) -> int:
    """In an empty database a site is made, as `import equipment` does."""
    return register.site(register.usual_site(), timezone=timezone)


def _columns(file: CsvFile) -> dict[str, str]:
    """Which column is what; names on standard error those that are not read."""
    found = mapping.propose(file.columns, KIND)
    mapping.check(found, KIND)
    unread = [column for column, name in found.items() if column and not name]
    if unread:
        click.echo(f"Columns that are not read: {', '.join(unread)}", err=True)
    return found


def _type(given: str) -> tuple[str, OrderType]:
    code, _, name = given.partition("=")
    try:
        return code, OrderType(name)
    except ValueError:
        raise InvalidInput(
            {"--type": f"{given!r} does not name a type; PM06=corrective does"}
        ) from None
