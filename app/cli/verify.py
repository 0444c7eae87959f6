"""`forewarn verify`: does everything hold that must hold?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from app.cli.context import opened
from app.queries.invariants import CHECKS, violations


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on standard output.")
def command(as_json: bool) -> None:
    """Check every invariant of the database; exit 1 when one is broken."""
    with opened() as (_, database), database.reading() as session:
        found = violations(session)
    if as_json:
        report = {"ok": not found, "violations": [asdict(violation) for violation in found]}
        click.echo(json.dumps(report))
    else:
        for violation in found:
            click.echo(f"BROKEN  {violation.invariant}: {violation.what}")
        click.echo(f"{len(CHECKS)} invariants checked, {len(found)} violations.")
    sys.exit(1 if found else 0)
