"""`forewarn serve`: the whole small install in one process (site, clock, trainer's parent)."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import replace

import click

from app.cli.context import opened

THREADS = 8


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--demo", is_flag=True, help="The plant has its own clock; no real scheduler.")
def command(host: str | None, port: int | None, demo: bool) -> None:
    """Serve the site; the scheduler runs beside it unless another process leads."""
    import waitress

    from app.factory import create_app
    from app.jobs import scheduler

    with opened() as (read, database), ExitStack() as stack:
        settings = replace(
            read, host=host or read.host, port=port or read.port, demo=demo or read.demo
        )
        logging.basicConfig(
            level=settings.log.upper(), format="%(asctime)s %(levelname)s %(message)s"
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        app = create_app(settings, database)
        scheduler.started(settings, database, stack)
        click.echo(f"Forewarn serves on http://{settings.host}:{settings.port}", err=True)
        waitress.serve(app, host=settings.host, port=settings.port, threads=THREADS, ident=None)
