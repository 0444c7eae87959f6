"""`forewarn scheduler`: the clock as a process of its own; `--once` does one round and ends."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import ExitStack
from threading import Event

import click

from app.cli.context import opened
from app.config import Settings
from app.db import Database

ONCE = ("nightly", "daily")


@click.command()
@click.option("--once", type=click.Choice(ONCE), help="Do what is due of this kind, then end.")
def command(once: str | None) -> None:
    """Start the nights and raise preventive orders when they are due."""
    with opened() as (settings, database):
        logging.basicConfig(
            level=settings.log.upper(), format="%(asctime)s %(levelname)s %(message)s"
        )
        if once is None:
            _run(settings, database)
        else:
            sys.exit(_once(settings, database, once))


def _once(settings: Settings, database: Database, kind: str) -> int:
    from app.jobs import daily
    from app.jobs.trainer import Trainer

    if kind == "daily":
        daily.raise_due_orders(database)
        return 0
    trainer = Trainer(settings, database)
    trainer.tick()
    return trainer.wait()


def _run(settings: Settings, database: Database) -> None:
    from app.jobs import scheduler

    stop = Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    with ExitStack() as stack:
        scheduler.started(settings, database, stack)
        stop.wait()
