"""`forewarn doctor`: is this installation fit to run? Reads only; changes nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

import migrations
from app.cli.context import opened, plant_now
from app.config import Settings
from app.db import Database
from app.domain.roles import EVERYWHERE
from app.queries import users
from app.queries.health import last_night

LEAST_FREE_BYTES = 1 << 30
LARGEST_WAL_BYTES = 1 << 30
NIGHT_OVERDUE = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at the installation: what was looked at, whether it is well, and what was seen."""

    check: str
    ok: bool
    what: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on standard output.")
def command(as_json: bool) -> None:
    """Look at settings, files, database and the last night; exit 1 when something is wrong."""
    with opened() as (settings, database):
        findings = list(_look(settings, database))
    is_well = all(finding.ok for finding in findings)
    if as_json:
        report = {"ok": is_well, "checks": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(report))
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.ok else 'WRONG'}  {finding.check}: {finding.what}")
    sys.exit(0 if is_well else 1)


def _look(settings: Settings, database: Database) -> Iterator[Finding]:
    for name, check in _CHECKS.items():
        try:
            ok, what = check(settings, database)
        except (DBAPIError, OSError) as trouble:
            ok, what = False, str(getattr(trouble, "orig", trouble)).strip().splitlines()[0]
        yield Finding(name, ok, what)


def _answers(_settings: Settings, database: Database) -> tuple[bool, str]:
    with database.reading() as session:
        session.execute(sa.text("SELECT 1"))
    version = sqlite3.sqlite_version if database.is_sqlite else "answers"
    return True, f"{database.engine.dialect.name} {version}"


def _revision(_settings: Settings, database: Database) -> tuple[bool, str]:
    head = (Path(migrations.__file__).parent / "head.txt").read_text().strip()
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    advice = "" if found == head else f", not {head}: run `forewarn db upgrade`"
    return found == head, f"revision {found}{advice}"


def _space(settings: Settings, _database: Database) -> tuple[bool, str]:
    free = shutil.disk_usage(settings.data_dir).free
    return free >= LEAST_FREE_BYTES, f"{free / (1 << 30):.1f} GiB free in the data directory"


def _privacy(settings: Settings, _database: Database) -> tuple[bool, str]:
    """Nobody but the owner may read keys and the database."""
    private = [settings.data_dir / "secret.key", settings.data_dir / "forewarn.db"]
    open_ones = [path.name for path in private if path.exists() and path.stat().st_mode & 0o007]
    if open_ones:
        return False, f"everybody can read {', '.join(open_ones)}: chmod o-rwx"
    return True, "keys and data are private"


def _log_size(settings: Settings, database: Database) -> tuple[bool, str]:
    """A write-ahead log nobody checkpoints grows for ever: the scheduler is not running."""
    if not database.is_sqlite:
        return True, "kept by PostgreSQL"
    log = Path(f"{sa.make_url(settings.database_url).database}-wal")
    size = log.stat().st_size if log.exists() else 0
    return size <= LARGEST_WAL_BYTES, f"{size / (1 << 20):.1f} MiB"


def _people(_settings: Settings, database: Database) -> tuple[bool, str]:
    with database.reading() as session:
        active = [user for user in users.users(session, scope=EVERYWHERE) if user.is_active]
    if not active:
        return False, "nobody can log in: run `forewarn users create`"
    return True, f"{len(active)} can log in"


def _night(settings: Settings, database: Database) -> tuple[bool, str]:
    now = plant_now(settings, database)
    with database.reading() as session:
        last = last_night(session)
    if last is None:
        return True, "no night has run yet"
    age = now - last
    return age <= NIGHT_OVERDUE, f"the last finished {_ago(age)} ago, {_stamp(last)}"


def _ago(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.0f} h"


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_CHECKS: dict[str, Callable[[Settings, Database], tuple[bool, str]]] = {
    "database": _answers,
    "tables": _revision,
    "disk": _space,
    "privacy": _privacy,
    "write-ahead log": _log_size,
    "people": _people,
    "nights": _night,
}
