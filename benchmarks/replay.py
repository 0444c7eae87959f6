"""The closed loop: four months of the Azure fleet lived through night by night.

Real nights (refit weekly, forecasts daily at 06:00 UTC) write real orders by an order rule of
lead 0 and horizon 24 hours, without a budget and without approval. Each recorded failure or
replacement of a component ends its open order at its time. Data are known when they happened.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.db.equipment import Equipment, EquipmentClass
from app.db.leader import Leader, leading
from app.db.places import Site
from app.db.training import RunKind
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import OrderType
from app.inputs.equipment import SetOrderRule
from app.services import classes
from app.services.retraining import NightOrder, NightReport, run_night
from benchmarks.measuring import crew
from benchmarks.measuring.order_scores import Breakdown, Raised, score_orders
from benchmarks.measuring.plants import (
    FULL_SIZE,
    NoData,
    ThrowAwayPlant,
    azure_folder,
    throw_away_plant,
)
from benchmarks.measuring.report import as_json, data_folder, say, tell, versions

DAY = timedelta(days=1)
DECIDES_AT = timedelta(hours=6)
REFIT_EVERY = 7


@click.command()
@data_folder
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), default="2015-09-01")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), default="2015-12-30")
@click.option("--machines", type=click.IntRange(2, FULL_SIZE), default=FULL_SIZE)
@click.option("--cooldown-hours", type=click.IntRange(0), default=168, show_default=True)
@as_json
def command(
    folder: str | None,
    first: datetime,
    last: datetime,
    machines: int,
    cooldown_hours: int,
    as_json: bool,
) -> None:
    """Replay the nights of 2015-09-01 to 2015-12-30; DIR holds the PdM_*.csv files."""
    try:
        found = azure_folder(folder)
    except NoData as trouble:
        say(f"skipped: {trouble}")
        sys.exit(2 if folder else 0)
    nights = tuple(_nights(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)))
    with throw_away_plant(found, machines) as plant:
        tell(measure(plant, nights, timedelta(hours=cooldown_hours)), as_json=as_json)


def measure(
    plant: ThrowAwayPlant, nights: tuple[datetime, ...], cooldown: timedelta
) -> dict[str, Any]:
    """Live through the nights and return how good the orders were and what the nights cost."""
    started = time.monotonic()
    end = nights[-1] + DAY
    with _replaying(plant, nights[0] - DAY) as replay:
        _settle(replay, cooldown)
        for number, night in enumerate(nights):
            _live(replay, night, is_refit=number % REFIT_EVERY == 0)
        with replay.database.reading() as session:
            orders = _orders(session)
            happened = crew.endings(session, start=nights[0], end=end)
            machines = session.scalar(sa.select(sa.func.count()).select_from(Equipment)) or 0
    # A failure at the first night's own instant could not have an order before it.
    failed = [e for e in happened if e.is_failure and e.at > nights[0]]
    failures = [Breakdown(ending.equipment_id, ending.mode, ending.at) for ending in failed]
    return {
        **score_orders(orders, failures, machines=machines, watched=end - nights[0]),
        "machines": machines,
        "nights": len(nights),
        "cooldown_hours": cooldown / timedelta(hours=1),
        "violations": len(json.loads(plant.forewarn("verify", "--json"))["violations"]),
        "seconds": round(time.monotonic() - started, 1),
        "seconds_per_refit": _median(replay.refits),
        "seconds_per_forecast": _median(replay.forecasts),
        "versions": versions(),
    }


@dataclass
class _Replay:
    """The plant being lived through; `now` is its clock."""

    plant: ThrowAwayPlant
    database: Database
    leader: Leader | None
    now: datetime
    site_id: int = 0
    technician: Actor | None = None
    refits: list[float] = field(default_factory=list)
    forecasts: list[float] = field(default_factory=list)


@contextmanager
def _replaying(plant: ThrowAwayPlant, now: datetime) -> Iterator[_Replay]:
    """The plant's database, with its log of writes kept short as the scheduler would."""
    database = plant.database()
    with leading(plant.settings, database) as leader:
        yield _Replay(plant, database, leader, now)


def _settle(replay: _Replay, cooldown: timedelta) -> None:
    """On the eve of the first night a planner sets the order rule and hires a technician."""
    with replay.database.transaction() as session:
        replay.site_id = session.scalars(sa.select(Site.id)).one()
        replay.technician = crew.hire(session, now=replay.now)
        rule = SetOrderRule(
            equipment_class_id=session.scalars(sa.select(EquipmentClass.id)).one(),
            lead_hours=0,
            horizon_hours=24,
            weekly_budget=None,
            approve_first=False,
            cooldown_hours=cooldown // timedelta(hours=1),
        )
        classes.set_order_rule(session, rule=rule, now=replay.now, by=crew.PLANNER)


def _live(replay: _Replay, night: datetime, *, is_refit: bool) -> None:
    """The night, then the day after it."""
    replay.now = night
    report = run_night(
        NightOrder(
            database=replay.database,
            key=replay.plant.key,
            plant_now=lambda: replay.now,
            wall=lambda: datetime.now(UTC),
            kind=RunKind.NIGHTLY,
            site_id=replay.site_id,
            local_date=night.date(),
            as_of=night,
            is_refit=is_refit,
        )
    )
    (replay.refits if is_refit else replay.forecasts).append(report.seconds)
    assert replay.technician is not None
    with replay.database.transaction() as session:
        today = crew.endings(session, start=night, end=night + DAY)
        done = crew.work(session, replay.technician, today)
    if replay.leader is not None:
        replay.leader.checkpoint()
    _say(night, report, done, is_refit)


def _say(night: datetime, report: NightReport, done: int, is_refit: bool) -> None:
    kind = "refit" if is_refit else "forecast"
    held = f"{report.orders_held_back} held back, {report.orders_withheld} withheld"
    raised = f"{len(report.orders_raised)} raised, {done} ended, {held}, {report.failed} failed"
    say(f"{night:%Y-%m-%d} {kind:<8} {report.seconds:5.1f} s: {raised}")


def _nights(first: datetime, last: datetime) -> Iterator[datetime]:
    night = first + DECIDES_AT
    while night <= last + DECIDES_AT:
        yield night
        night += DAY


def _orders(session: Session) -> list[Raised]:
    rows = session.scalars(
        sa.select(WorkOrder).where(WorkOrder.type == OrderType.PREDICTIVE).order_by(WorkOrder.id)
    )
    return [Raised(o.equipment_id, o.mode, o.created_at, o.completed_at) for o in rows]


def _median(seconds: list[float]) -> float | None:
    return round(median(seconds), 2) if seconds else None


if __name__ == "__main__":
    command()
