"""The last weeks lived through with real nights; runs in a process of its own.

The night's workers are forked from it and its libraries stay in it, so nothing else happens here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import click

from app.cli.demo import clockwork
from app.cli.demo.living import live
from app.cli.demo.people import everybody, site_id, without_planner
from app.cli.demo.stopwatch import Stopwatch
from app.cli.train import artifact_key, tell
from app.config import Settings
from app.db import Database
from app.db.leader import Leader, leading
from app.db.training import RunKind
from app.services.retraining import NightOrder, NightReport, run_night
from sample_data import Plant

# The first refit of the weeks, and the one half way, judge by their newest origin only.
FEW_ORIGINS = 1


@dataclass
class Replay:
    """The weeks so far."""

    settings: Settings
    database: Database
    leader: Leader | None
    site_id: int
    reports: list[NightReport] = field(default_factory=list)


def replay(settings: Settings, database: Database, weeks: int) -> None:
    """Live through *weeks*: a night each week, refits at the start, half way and at the end."""
    watch = Stopwatch()
    with database.reading() as session:
        plant, site = clockwork.fetch(session), site_id(session)
    with leading(settings, database) as leader:
        lived = Replay(settings, database, leader, site)
        for week in range(weeks):
            is_refit = week in (0, weeks // 2)
            _night(lived, plant, is_refit=is_refit, folds=FEW_ORIGINS)
            _week(lived, plant, is_last=week == weeks - 1)
        if weeks:
            watch.tell(_told(lived, weeks))
        report = _night(lived, plant, is_refit=True, folds=None)
        with database.transaction() as session:
            clockwork.put(session, plant, plant.now + clockwork.WORK_BEGINS)
        watch.tell("last night, with full validation")
        watch.total("weeks and last night together")
        tell(database, report)


def _night(lived: Replay, plant: Plant, *, is_refit: bool, folds: int | None) -> NightReport:
    now = clockwork.night_of(plant.now)
    with lived.database.transaction() as session:
        clockwork.put(session, plant, now)
    report = run_night(
        NightOrder(
            database=lived.database,
            key=artifact_key(lived.settings.secret_key),
            plant_now=lambda: now,
            wall=lambda: datetime.now(UTC),
            engine=lived.settings.train_engine,
            workers=lived.settings.train_jobs or None,
            kind=RunKind.NIGHTLY,
            site_id=lived.site_id,
            local_date=plant.now.date(),
            is_refit=is_refit,
            folds=folds,
        )
    )
    lived.reports.append(report)
    kind = "refit" if is_refit else "forecast"
    raised = len(report.orders_raised)
    click.echo(
        f"  {plant.now:%Y-%m-%d} {kind:<8} {report.seconds:5.1f} s: {raised} raised,"
        f" {report.orders_held_back} held back, {report.orders_withheld} withheld",
        err=True,
    )
    return report


def _week(lived: Replay, plant: Plant, *, is_last: bool) -> None:
    """Seven days in one transaction. In the last week nobody plans: it is left to the visitor."""
    with lived.database.transaction() as session:
        people = without_planner(session) if is_last else everybody(session)
        live(session, plant, people, days=7)
        clockwork.put(session, plant, plant.now)
    if lived.leader is not None:
        lived.leader.checkpoint()


def _told(lived: Replay, weeks: int) -> str:
    nights = len(lived.reports)
    refits = min(nights, len({0, weeks // 2}))
    raised = sum(len(report.orders_raised) for report in lived.reports)
    return (
        f"{weeks} weeks lived: {refits} refits, {nights - refits} forecasts,"
        f" {raised} predicted orders"
    )
