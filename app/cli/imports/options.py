"""What every import command understands, and the frame each one runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app.cli.context import opened, plant_now
from app.config import Settings
from app.db.leader import checkpointing
from app.domain.errors import InvalidInput
from app.domain.roles import EVERYWHERE, Actor, system
from app.inputs.records import Known
from app.queries import registry
from app.services.imports.pieces import Pieces

BY = system("import")

file_argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
site_option = click.option(
    "--site", metavar="CODE", help="The site; needed when there are several."
)
known_option = click.option(
    "--known",
    type=click.Choice([known.value for known in Known]),
    default=Known.AT.value,
    show_default=True,
    help="History was known when it happened; with `now` it counts from today on.",
)
dates_option = click.option(
    "--dates", metavar="FORMAT", help="How dates are written, e.g. %d/%m/%Y %H:%M; else ISO 8601."
)
components_option = click.option(
    "--new-components",
    "adds_components",
    is_flag=True,
    help="Add components a class does not have yet.",
)
_dry_run = click.option("--dry-run", "is_dry_run", is_flag=True, help="Report, keep nothing.")
_json = click.option("--json", "as_json", is_flag=True, help="The report as JSON.")


def reporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """--dry-run and --json."""
    return _dry_run(_json(command))


@dataclass(frozen=True, slots=True)
class Import:
    """A running import: where it writes, what time it is, and who does it."""

    pieces: Pieces
    settings: Settings
    now: datetime
    by: Actor


@contextmanager
def importing(*, is_dry_run: bool) -> Iterator[Import]:
    """The database for the length of an import; its log of writes is cleared up afterwards."""
    with opened() as (settings, database), checkpointing(settings, database):
        now = plant_now(settings, database)
        with Pieces(database, is_dry_run=is_dry_run).whole() as pieces:
            yield Import(pieces, settings, now, BY)


def the_site(session: Session, code: str | None) -> int | None:
    """The id of the named site; without a name the only one there is, or None.

    Raises InvalidInput for an unknown name, or without one when there are several.
    """
    sites = registry.sites(session, scope=EVERYWHERE)
    if code is not None and code not in sites:
        raise InvalidInput({"--site": f"there is no site {code}; known are {', '.join(sites)}"})
    if code is not None:
        return sites[code]
    if len(sites) > 1:
        raise InvalidInput({"--site": f"name one of {', '.join(sites)}"})
    return next(iter(sites.values()), None)


def machines_of(session: Session, site_code: str | None) -> dict[str, registry.Machine]:
    """The machines a file can name by tag."""
    site_id = the_site(session, site_code)
    found = registry.machines(session, scope=EVERYWHERE, site_id=site_id)
    return {tag: machines[0] for tag, machines in found.items()}
