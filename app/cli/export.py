"""`forewarn export`: whole tables as CSV or JSON, to a file or standard output."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import click

from app.cli.context import opened
from app.domain.roles import EVERYWHERE
from app.queries.exports import EXPORTS, Cell, Line

# A spreadsheet runs a cell that begins like this (OWASP ASVS V1.2.10); a quote keeps it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


@click.command()
@click.argument("table", type=click.Choice(list(EXPORTS)))
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="CSV with a header, or a JSON array of objects.",
)
def command(table: str, file: Path | None, form: str) -> None:
    """Write TABLE to FILE, or to standard output when there is none."""
    export = EXPORTS[table]
    target = "-" if file is None else str(file)
    with (
        opened() as (_, database),
        database.reading() as session,
        click.open_file(target, "w", encoding="utf-8", atomic=file is not None) as out,
    ):
        write = _write_csv if form == "csv" else _write_json
        rows = write(out, export.columns, export.lines(session, EVERYWHERE))
    click.echo(f"{rows:,} rows of {table}", err=True)


def _write_csv(out: IO[str], columns: tuple[str, ...], lines: Iterable[Line]) -> int:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for line in lines:
        writer.writerow([_harmless(cell) for cell in line])
        count += 1
    return count


def _write_json(out: IO[str], columns: tuple[str, ...], lines: Iterable[Line]) -> int:
    count = 0
    for line in lines:
        out.write(",\n" if count else "[\n")
        out.write(json.dumps(dict(zip(columns, line, strict=True))))
        count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def _harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet would run as a formula, quoted; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
