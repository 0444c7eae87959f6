"""`forewarn generate`: raise the preventive orders that are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from app.cli.context import opened, plant_now
from app.domain.errors import InvalidInput
from app.domain.roles import system
from app.services import schedules
from app.services.schedules import Generated


@click.command()
@click.option("--as-of", "as_of", metavar="ISO", help="Generate as if it were this moment (UTC).")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on standard output.")
def command(as_of: str | None, as_json: bool) -> None:
    """Raise every preventive order that is due and was not raised; each site by its own date."""
    with opened() as (settings, database):
        now = plant_now(settings, database) if as_of is None else moment(as_of)
        with database.transaction() as session:
            done = schedules.generate(session, now=now, by=system("generate"))
    click.echo(json.dumps(report(done)) if as_json else _told(done))


def report(done: Generated) -> dict[str, object]:
    """The fixed keys of `forewarn generate --json`."""
    return {
        "raised": len(done.raised),
        "suppressed": done.suppressed,
        "skipped": [
            {
                "schedule": skip.schedule,
                "occurrence": skip.occurrence.isoformat(),
                "why": skip.why,
            }
            for skip in done.skipped
        ],
    }


def moment(text: str) -> datetime:
    """An ISO date or time as an aware moment (without a zone: UTC); raise InvalidInput."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput({"as-of": f"{text!r} is not an ISO date or time"}) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _told(done: Generated) -> str:
    lines = [f"{len(done.raised)} raised, {done.suppressed} waiting for an open order"]
    lines += [f"skipped {skip.schedule}, {skip.occurrence}: {skip.why}" for skip in done.skipped]
    return "\n".join(lines)
