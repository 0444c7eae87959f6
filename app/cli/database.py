"""`forewarn db`: bring the database up to date, check it, back it up, restore it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import cast

import click
import sqlalchemy as sa
from alembic import command as alembic
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

import migrations
from app.cli.context import opened
from app.config import Settings
from app.db import Database
from app.db.leader import leading
from app.domain.errors import RuleBroken


@click.group()
def command() -> None:
    """Create, check, back up and restore the database."""


@command.command("upgrade")
def upgrade_command() -> None:
    """Create the database, or bring it to this version's tables."""
    with opened() as (settings, database):
        upgrade(settings)
        click.echo(f"The database is at revision {_revision(database)}.", err=True)


@command.command("check")
def check_command() -> None:
    """Say whether the tables are this version's and the file is sound."""
    with opened() as (settings, database):
        troubles = [trouble for look in _LOOKS for trouble in look(settings, database)]
    click.echo("\n".join(troubles or ["The database is in order."]))
    sys.exit(1 if troubles else 0)


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(file: Path) -> None:
    """Write a copy to FILE while everything runs on; FILE must not exist."""
    if file.exists():
        raise RuleBroken(f"{file} exists already; nothing was written.")
    with opened() as (_, database):
        # The copy holds everything the plant knows, so only its owner may read it.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        (_copy_sqlite if database.is_sqlite else _dump_postgres)(database, file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes", err=True)


@command.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore_command(file: Path) -> None:
    """Put FILE in place of the database. Stop every other Forewarn process first."""
    with opened() as (settings, database):
        if not database.is_sqlite:
            raise RuleBroken("Restore a PostgreSQL database with pg_restore, then run db check.")
        with leading(settings, database) as leader:
            if leader is None:
                raise RuleBroken("Forewarn is running on this database; stop it first.")
            database.dispose()
            _replace(file, Path(sa.make_url(database.url).database or ""))
    click.echo(f"Restored from {file}.", err=True)


def upgrade(settings: Settings) -> None:
    """Bring the database of *settings* to the newest revision, creating it if need be."""
    if settings.is_sqlite:
        path = Path(sa.make_url(settings.database_url).database or "")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    alembic.upgrade(_alembic(settings), "head")


def _alembic(settings: Settings) -> Config:
    config = Config(stdout=StringIO())  # what it has to say we say ourselves
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("sqlalchemy.url", settings.database_url.replace("%", "%%"))
    return config


def _revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _revision_trouble(settings: Settings, database: Database) -> list[str]:
    head = ScriptDirectory.from_config(_alembic(settings)).get_current_head()
    found = _revision(database)
    return [] if found == head else [f"The tables are at revision {found}, not {head}."]


def _table_trouble(settings: Settings, _database: Database) -> list[str]:
    try:
        alembic.check(_alembic(settings))
    except CommandError as trouble:
        return [str(trouble)]
    return []


def _file_trouble(_settings: Settings, database: Database) -> list[str]:
    if not database.is_sqlite:
        return []
    with database.reading() as session:
        said = session.execute(sa.text("PRAGMA integrity_check")).scalars().all()
        orphans = session.execute(sa.text("PRAGMA foreign_key_check")).all()
    troubles = [f"The file is damaged: {line}" for line in said if line != "ok"]
    return troubles + [f"A row of {row[0]} points at a missing {row[2]}." for row in orphans]


_LOOKS: tuple[Callable[[Settings, Database], list[str]], ...] = (
    _revision_trouble,
    _table_trouble,
    _file_trouble,
)


def _copy_sqlite(database: Database, file: Path) -> None:
    raw = database.engine.raw_connection()
    try:
        with closing(sqlite3.connect(file)) as copy:
            cast(sqlite3.Connection, raw.driver_connection).backup(copy)
    finally:
        raw.close()


def _dump_postgres(database: Database, file: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        file.unlink()
        raise RuleBroken("pg_dump is not installed here; nothing was written.")
    url = sa.make_url(database.url)
    given = {
        "PGHOST": url.host,
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    environment = os.environ | {key: value for key, value in given.items() if value}
    ended = subprocess.run(
        [program, "--format=custom", f"--file={file}"], env=environment, check=False
    )
    if ended.returncode:
        file.unlink(missing_ok=True)
        raise RuleBroken("pg_dump failed; nothing was written.")


def _replace(file: Path, target: Path) -> None:
    """Check the copy, then swap it in; the old file's log of writes must not outlive it."""
    _require_ours(file)
    fresh = target.with_name(target.name + ".restoring")
    shutil.copyfile(file, fresh)
    fresh.chmod(0o600)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    fresh.replace(target)


def _require_ours(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            sound = copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
            copy.execute("SELECT version_num FROM alembic_version")
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise RuleBroken(f"{file} is not a sound copy of a Forewarn database; nothing was changed.")
