"""`forewarn train`: the night, by hand or by the scheduler. Imports no web framework: it forks."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from app.cli.context import opened, plant_now
from app.config import ENGINES, Settings
from app.db import Database
from app.db.leader import checkpointing
from app.db.training import RunKind
from app.domain.errors import InvalidInput
from app.queries.night_orders import raised_orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.services.retraining import NightReport, Progress

STARTED = time.monotonic()
STAGES = {
    "opening": "opening",
    "reading": "reading machines",
    "classes": "fitting classes",
    "machines": "training machines",
    "orders": "deciding orders",
    "done": "done",
}


@click.command()
@click.option("--machine", "tags", multiple=True, metavar="TAG", help="Only this machine.")
@click.option("--engine", type=click.Choice(ENGINES), help="Where the workers run.")
@click.option("--jobs", type=click.IntRange(min=0), help="Worker processes; 0 = one per core.")
@click.option("--as-of", "as_of", metavar="ISO", help="Any past moment; sees nothing later.")
@click.option("--no-refit", is_flag=True, help="Only forecast, with the predictors at hand.")
@click.option("--force", is_flag=True, help="Refit also what has not changed.")
@click.option("--night", metavar="SITE:DATE", help="The scheduler's nightly run of a site.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on standard output.")
def command(
    tags: tuple[str, ...],
    engine: str | None,
    jobs: int | None,
    as_of: str | None,
    no_refit: bool,
    force: bool,
    night: str | None,
    as_json: bool,
) -> None:
    """Retrain every machine in parallel, forecast, and write predicted-failure orders."""
    with opened(pooled=False) as (settings, database), checkpointing(settings, database):
        kind, site_id, local_date = _which_night(night)
        report = run(
            settings,
            database,
            tags=tags,
            engine=engine or settings.train_engine,
            workers=(settings.train_jobs if jobs is None else jobs) or None,
            as_of=None if as_of is None else _instant(as_of),
            is_refit=not no_refit,
            is_forced=force,
            kind=kind,
            site_id=site_id,
            local_date=local_date,
        )
        click.echo(json.dumps(report.to_json())) if as_json else tell(database, report)
    sys.exit(1 if report.failed or report.is_cancelled else 0)


def run(settings: Settings, database: Database, **wanted: Any) -> NightReport:
    """Run one night with a progress bar on standard error."""
    from app.services.retraining import NightOrder, run_night

    # The bar and the report say what went well; the log says what did not.
    level = logging.DEBUG if settings.log == "debug" else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(message)s")
    with progress_bar() as watch:
        order = NightOrder(
            database=database,
            key=artifact_key(settings.secret_key),
            plant_now=lambda: plant_now(settings, database),
            wall=lambda: datetime.now(UTC),
            watch=watch,
            **wanted,
        )
        return run_night(order, started=STARTED)


def artifact_key(secret: str) -> bytes:
    """The key that signs predictors: HKDF-Expand (RFC 5869) of the application's secret."""
    extracted = hmac.digest(b"forewarn", secret.encode(), hashlib.sha256)
    return hmac.digest(extracted, b"artifacts\x01", hashlib.sha256)


def tell(database: Database, report: NightReport) -> None:
    """Print what the night did, and the predicted-failure orders it wrote."""
    click.echo(
        f"As of {report.as_of:%Y-%m-%d %H:%M} UTC: {report.trained} trained,"
        f" {report.reused} reused, {report.skipped} skipped, {report.failed} failed"
        f" in {report.seconds:.1f} s on {report.workers} workers"
        f" (efficiency {report.efficiency:.0%})."
    )
    click.echo(
        f"Orders: {len(report.orders_raised)} raised, {report.orders_updated} updated,"
        f" {report.orders_held_back} held back, {report.orders_withheld} withheld."
    )
    if report.orders_held_by_storm:
        click.echo(
            f"A storm: {report.orders_held_by_storm} suggestions came at once and wait for a"
            " planner's word (page Storms)."
        )
    with database.reading() as session:
        for row in raised_orders(session, order_ids=report.orders_raised):
            click.echo(f"  {row.number}  {row.tag:<10} {row.title:<44} risk {row.risk:.0%}")
            click.echo("".join(f"            {line}\n" for line in row.evidence), nl=False)
    for failure in report.failures:
        click.echo(f"  failed: {failure['tag']}: {failure['reason']}", err=True)


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """A bar in a terminal; JSON lines when the scheduler listens; otherwise quiet."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        lines: dict[str, Any] = {}

        def watch(progress: Progress) -> None:
            stage = progress.stage.value
            if stage not in lines:
                lines[stage] = bar.add_task(STAGES[stage], total=progress.total, failed="")
            failed = f"{progress.failed} failed" if progress.failed else ""
            bar.update(lines[stage], completed=progress.done, total=progress.total, failed=failed)

        yield watch


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput({"--as-of": f"{text!r} is not an ISO 8601 instant"}) from None
    if moment.tzinfo is None:
        raise InvalidInput({"--as-of": f"{text!r} needs a time zone, such as {text}Z"})
    return moment


def _which_night(night: str | None) -> tuple[RunKind, int | None, date | None]:
    if night is None:
        return RunKind.MANUAL, None, None
    site, _, day = night.partition(":")
    try:
        return RunKind.NIGHTLY, int(site), date.fromisoformat(day)
    except ValueError:
        raise InvalidInput({"--night": "expected SITE_ID:YYYY-MM-DD"}) from None
