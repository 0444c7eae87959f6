"""`forewarn demo`: a plant with a year behind it, its people, and its first night."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from app.cli import database as schema
from app.cli.context import opened
from app.cli.imports.sample_plant import import_plant
from app.config import Settings
from app.db import Database
from app.db.equipment import Equipment
from app.db.places import Site, Team
from app.domain.errors import RuleBroken
from app.domain.roles import Role, system
from app.inputs.users import CreateUser
from app.queries.clock import demo_time, simulation
from app.services import clock, schedules, users
from sample_data import Plant, SamplePlant
from sample_data.catalogue import SITE
from sample_data.generate import begin, collect
from sample_data.snapshot import load, save

BY = system("demo")
# People come to work some hours after the night has decided.
WORK_BEGINS = timedelta(hours=6)
CAST = {
    "ann": ("Ann, planner", Role.PLANNER),
    "tom": ("Tom, technician", Role.TECHNICIAN),
    "eve": ("Eve, viewer", Role.VIEWER),
    "adam": ("Adam, administrator", Role.ADMIN),
}


@click.command()
@click.option("--machines", type=click.IntRange(1, 1000), default=24, show_default=True)
@click.option("--days", type=click.IntRange(30, 1500), default=365, show_default=True)
@click.option("--seed", type=int, default=5, show_default=True)
@click.option("--advance", type=click.IntRange(1, 400), metavar="N", help="Live N more days.")
def command(machines: int, days: int, seed: int, advance: int | None) -> None:
    """Make the sample plant and run its first night, or let it live on."""
    with opened() as (settings, database):
        if advance is None:
            schema.upgrade(settings)
            _settle(settings, database, machines, days, seed)
            _night(database)
        for _ in range(advance or 0):
            _live_one_day(database)
            _night(database)


def _settle(settings: Settings, database: Database, machines: int, days: int, seed: int) -> None:
    """Fill an empty database; refuse one that already has machines."""
    with database.reading() as session:
        if session.scalar(sa.select(Equipment.id).limit(1)) is not None:
            raise RuleBroken("This database already has machines; the demo needs an empty one.")
    end = datetime.combine(datetime.now(UTC).date(), time.min, tzinfo=UTC)
    click.echo(f"Living through {days} days with {machines} machines ...", err=True)
    plant = begin(seed=seed, machines=machines, days=days, end=end)
    _store(database, plant, collect(plant, plant.advance(days)))
    _print_accounts(settings, _create_people(database, end))


def _live_one_day(database: Database) -> None:
    with database.reading() as session:
        state = simulation(session)
    if state is None:
        raise RuleBroken("There is no demo plant here; run `forewarn demo` first.")
    plant = load(state)
    _store(database, plant, collect(plant, plant.advance(1)))


def _store(database: Database, plant: Plant, lived: SamplePlant) -> None:
    """One transaction: what was lived through, and the clock it brings the plant to."""
    now = lived.end + WORK_BEGINS
    with database.transaction() as session:
        counts = import_plant(session, lived, now=now, by=BY)
        clock.set_clock(session, to=now, simulation=save(plant), now=now, by=BY)
        schedules.generate(session, now=now, by=BY)
    click.echo(f"{counts['readings'].accepted:,} readings up to {lived.end:%Y-%m-%d}", err=True)


def _create_people(database: Database, now: datetime) -> dict[str, str]:
    passwords = {name: secrets.token_urlsafe(9) for name in CAST}
    with database.transaction() as session:
        site_id = session.scalars(sa.select(Site.id).where(Site.code == SITE.code)).one()
        team_id = session.scalars(
            sa.select(Team.id).where(Team.site_id == site_id).order_by(Team.id)
        ).first()
        for name, (display_name, role) in CAST.items():
            person = CreateUser(
                name=name,
                display_name=display_name,
                roles=(role,),
                site_id=site_id,
                team_id=team_id if role is Role.TECHNICIAN else None,
                password=passwords[name],
            )
            users.create_user(session, user=person, now=now, by=BY)
    return passwords


def _print_accounts(settings: Settings, passwords: dict[str, str]) -> None:
    lines = [f"{name:<6}{password}  ({CAST[name][0]})" for name, password in passwords.items()]
    kept = Path(settings.data_dir) / "demo-accounts.txt"
    kept.touch(mode=0o600)
    kept.write_text("\n".join(lines) + "\n")
    click.echo("Log in as (also kept in the data directory, demo-accounts.txt):")
    click.echo("".join(f"  {line}\n" for line in lines), nl=False)


def _night(database: Database) -> None:
    """The real night, in a process of its own; its orders are printed by itself."""
    with database.reading() as session:
        now = demo_time(session) or datetime.now(UTC)
        site_id = session.scalars(sa.select(Site.id).where(Site.code == SITE.code)).one()
    click.echo(f"The night of {now:%Y-%m-%d}:", err=True)
    ended = subprocess.run(
        [sys.executable, "-m", "app.cli", "train", "--night", f"{site_id}:{now.date()}"],
        env=os.environ | {"FOREWARN_DEMO": "1"},
        check=False,
    )
    if ended.returncode not in (0, 1):
        raise RuleBroken(f"The night ended with exit code {ended.returncode}.")
