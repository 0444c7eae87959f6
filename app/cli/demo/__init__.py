"""`forewarn demo`: a plant with a year behind it, whose last months were lived night by night.

settling    the machines, their history and the people, into an empty database
replay      the last weeks: a real night each week, simulated people in between
advancing   one more day and its night
living      days that pass; planner, technician and workshop: what people do in them
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, time

import click

from app.cli import database as schema
from app.cli.context import opened
from app.domain.errors import RuleBroken

WEEKS = 13
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--machines", type=click.IntRange(1, 1000), default=24, show_default=True)
@click.option("--days", type=click.IntRange(30, 1500), default=365, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--weeks",
    type=click.IntRange(0),
    default=WEEKS,
    show_default=True,
    help=("How many of the last weeks people live through, at most half of the days."),
)
@click.option("--until", type=DAY, metavar="DATE", help="The day it ends on; default today.")
@click.option("--advance", type=click.IntRange(1, 400), metavar="N", help="Live N more days.")
@click.option("--replay", "child", type=click.IntRange(0), hidden=True)
def command(
    machines: int,
    days: int,
    seed: int,
    weeks: int,
    until: datetime | None,
    advance: int | None,
    child: int | None,
) -> None:
    """Make the sample plant and live through its last weeks, or let it live on."""
    if child is not None:
        _be_the_child(child)
    elif advance is not None:
        _live_on(advance)
    else:
        end = until or datetime.combine(datetime.now(UTC).date(), time.min)
        _make(machines, days, seed, weeks, end.replace(tzinfo=UTC))


def _make(machines: int, days: int, seed: int, weeks: int, until: datetime) -> None:
    from app.cli.demo.settling import most_weeks, settle
    from app.cli.demo.stopwatch import Stopwatch

    watch, weeks = Stopwatch(), min(weeks, most_weeks(days))
    with opened() as (settings, database):
        schema.upgrade(settings)
        settle(
            settings,
            database,
            machines=machines,
            days=days,
            seed=seed,
            weeks=weeks,
            until=until,
            watch=watch,
        )
    ended = subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", "--replay", str(weeks)],
        env=os.environ | {"FOREWARN_DEMO": "1"},
        check=False,
    )
    if ended.returncode:
        raise RuleBroken(f"The replay ended with exit code {ended.returncode}.")
    watch.total("all in all")


def _be_the_child(weeks: int) -> None:
    from app.cli.demo.replay import replay

    with opened(pooled=False) as (settings, database):
        replay(settings, database, weeks)


def _live_on(days: int) -> None:
    from app.cli.demo.advancing import advance

    with opened() as (_, database):
        for _ in range(days):
            advance(database)
