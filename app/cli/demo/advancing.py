"""One more day at the plant, and its night."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.demo import clockwork
from app.cli.demo.living import live
from app.cli.demo.people import site_id, without_planner
from app.db import Database
from app.db.equipment import Component, Equipment
from app.db.records import ServiceRecord
from app.db.training import RunState, TrainingRun
from app.domain.errors import RuleBroken
from sample_data import Plant

REFIT_EVERY = timedelta(days=7)


def advance(database: Database) -> None:
    """Live one day and run its night in a process of its own.

    Tom does what real people accepted; nobody plays the planner any more.
    """
    with database.transaction() as session:
        plant = clockwork.fetch(session)
        done = renew_what_people_renewed(session, plant)
        counts = live(session, plant, without_planner(session), days=1, done=done)
        clockwork.put(session, plant, clockwork.night_of(plant.now))
        site, is_refit = site_id(session), _is_refit_due(session, plant)
    click.echo(f"{counts.accepted:,} readings up to {plant.now:%Y-%m-%d}", err=True)
    _night(plant, site, is_refit=is_refit)
    with database.transaction() as session:
        clockwork.put(session, plant, plant.now + clockwork.WORK_BEGINS)


def renew_what_people_renewed(session: Session, plant: Plant) -> set[tuple[str, str]]:
    """Tell the plant of work that was completed since it last moved."""
    rows = session.execute(
        sa.select(Equipment.tag, Component.code)
        .join(ServiceRecord, ServiceRecord.equipment_id == Equipment.id)
        .join(Component, Component.equipment_class_id == Equipment.equipment_class_id)
        .where(
            ServiceRecord.at > plant.now,
            ServiceRecord.work_order_id.is_not(None),
            sa.or_(
                ServiceRecord.component_id.is_(None), ServiceRecord.component_id == Component.id
            ),
        )
        .order_by(Equipment.tag, Component.id)
    )
    renewed = {(tag, code) for tag, code in rows}
    for tag, code in sorted(renewed):
        plant.repair(tag, code, plant.now)
    return renewed


def _is_refit_due(session: Session, plant: Plant) -> bool:
    last = session.scalar(
        sa.select(sa.func.max(TrainingRun.local_date)).where(
            TrainingRun.is_refit, TrainingRun.state == RunState.FINISHED
        )
    )
    return last is None or plant.now.date() - last >= REFIT_EVERY


def _night(plant: Plant, site: int, *, is_refit: bool) -> None:
    kind = "with a refit" if is_refit else "forecasts only, the predictors are of this week"
    click.echo(f"The night of {plant.now:%Y-%m-%d}, {kind}:", err=True)
    command = [sys.executable, "-m", "app.cli", "train", "--night", f"{site}:{plant.now.date()}"]
    ended = subprocess.run(
        command if is_refit else [*command, "--no-refit"],
        env=os.environ | {"FOREWARN_DEMO": "1"},
        check=False,
    )
    if ended.returncode not in (0, 1):
        raise RuleBroken(f"The night ended with exit code {ended.returncode}.")
