"""Nights and days in turn, from the first forecast to the end; the product knows nothing of it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli import database as schema
from app.cli.demo.clockwork import night_of
from app.cli.demo.people import BY, People, create_people, everybody, site_id
from app.cli.imports.sample_plant import import_plant
from app.cli.train import artifact_key
from app.config import PREFIX, from_env
from app.db import Database
from app.db.equipment import EquipmentClass
from app.db.leader import Leader, leading
from app.db.training import RunKind
from app.domain.risk import Basis, OrderRule
from app.inputs.equipment import SetOrderRule
from app.services import classes
from app.services.retraining import NightOrder, NightReport, run_night
from benchmarks.measuring.closed_loop import naive, reported, truth, witness
from benchmarks.measuring.closed_loop.living import Shop, live
from benchmarks.measuring.closed_loop.reported import Reported
from benchmarks.measuring.closed_loop.setting import Setting
from benchmarks.measuring.closed_loop.truth import Happened, OrderStory
from benchmarks.measuring.closed_loop.witness import Issued, Judged
from benchmarks.measuring.report import say
from sample_data import Plant, snapshot
from sample_data.generate import collect
from sample_data.rows import CostsRow

LEAST = 1e-4
"""No threshold lies nearer to 0 or to 1."""


@dataclass(frozen=True)
class Arm:
    """One run of the loop, told by the truth and by the product."""

    began: datetime
    until: datetime
    costs: Mapping[str, CostsRow]
    orders: tuple[OrderStory, ...]
    happened: Happened
    without: Happened
    issued: Issued
    reported: Reported
    nights: int
    seconds: float


@dataclass
class _Loop:
    setting: Setting
    database: Database
    leader: Leader | None
    key: bytes
    shop: Shop
    site: int
    issued: list[Judged] = field(default_factory=list)
    nights: int = 0

    @property
    def plant(self) -> Plant:
        return self.shop.plant


def run(setting: Setting) -> Arm:
    """Live through *setting* on a database of its own, which is thrown away."""
    started = time.monotonic()
    with _settled(setting) as loop:
        began, plant = loop.plant.now, loop.plant
        other = snapshot.load(snapshot.save(plant))
        for day in range(0, setting.days, setting.days_per_night):
            if setting.at_most_s is not None and time.monotonic() - started > setting.at_most_s:
                say(f"{setting.name}: out of time after {day} days")
                break
            _night(loop, is_refit=is_refit(setting, day), day=day)
            _days(loop, min(setting.days_per_night, setting.days - day))
        with loop.database.reading() as session:
            witness.note_ends(session, loop.shop.stories)
            told = reported.read(session, now=plant.now)
    return Arm(
        began=began,
        until=plant.now,
        costs=truth.costs_of(plant),
        orders=tuple(loop.shop.stories.values()),
        happened=loop.shop.happened,
        without=truth.untouched(other, plant.day - other.day),
        issued=Issued(*np.array(loop.issued, float).reshape(-1, 3).T),
        reported=told,
        nights=loop.nights,
        seconds=time.monotonic() - started,
    )


def is_refit(setting: Setting, day: int) -> bool:
    """Whether a refit falls into the days since the night before."""
    return day == 0 or day // setting.refit_every > (day - setting.days_per_night) // (
        setting.refit_every
    )


@contextmanager
def _settled(setting: Setting) -> Iterator[_Loop]:
    """An empty installation with the plant's history in it, on the eve of the first night."""
    with tempfile.TemporaryDirectory(prefix="forewarn-loop-") as folder:
        settings = from_env({f"{PREFIX}DATA_DIR": str(Path(folder))})
        schema.upgrade(settings)
        database, plant = Database(settings.database_url, pooled=False), setting.plant()
        history = collect(plant, plant.advance(setting.history_days))
        with leading(settings, database) as leader:
            with database.transaction() as session:
                import_plant(session, history, now=plant.now, by=BY)
                create_people(session, now=plant.now)
                _set_rules(session, plant, setting)
                shop = Shop(plant, People(tom=everybody(session).tom, ann=BY), setting.manners)
                site = site_id(session)
            key = artifact_key(settings.secret_key)
            yield _Loop(setting, database, leader, key, shop, site)


def _set_rules(session: Session, plant: Plant, setting: Setting) -> None:
    """The product's default rule, at the prices of the plant; or another threshold."""
    ids = {row.code: row.id for row in session.scalars(sa.select(EquipmentClass))}
    for code, costs in {m.facts.code: m.facts.costs for m in plant.machines}.items():
        rule = SetOrderRule(
            equipment_class_id=ids[code],
            inspection_cost=costs.inspection,
            planned_cost=costs.planned,
            unplanned_cost=costs.unplanned,
            # Nobody sits there to release a storm, and classes of three would have many.
            storm_share=1.0,
            **_threshold(setting, costs),
        )
        classes.set_order_rule(session, rule=rule, now=plant.now, by=BY)


def _threshold(setting: Setting, costs: CostsRow) -> dict[str, Any]:
    """What makes a rule of another threshold; nothing for the product's own."""
    if setting.threshold is None and setting.times == 1.0:
        return {}
    by_costs = OrderRule(
        inspection_cost=costs.inspection,
        planned_cost=costs.planned,
        unplanned_cost=costs.unplanned,
    ).threshold
    wanted = setting.threshold if setting.threshold is not None else setting.times * by_costs
    return {"basis": Basis.THRESHOLD, "risk_threshold": min(max(wanted, LEAST), 1.0 - LEAST)}


def _night(loop: _Loop, *, is_refit: bool, day: int) -> None:
    now = night_of(loop.plant.now)
    with _labels(loop, is_refit=is_refit):
        report = run_night(
            NightOrder(
                database=loop.database,
                key=loop.key,
                plant_now=lambda: now,
                wall=lambda: datetime.now(UTC),
                workers=1,
                kind=RunKind.NIGHTLY,
                site_id=loop.site,
                local_date=loop.plant.now.date(),
                is_refit=is_refit,
                folds=1,
            )
        )
    loop.nights += 1
    with loop.database.reading() as session:
        loop.issued += witness.judged(session, loop.plant, run_id=report.run_id, day=day)
        raised = [*report.orders_raised, *report.inspections_raised]
        loop.shop.stories |= witness.stories(session, loop.plant, raised)
    if is_refit:
        _tell(loop, report)


def _labels(loop: _Loop, *, is_refit: bool) -> AbstractContextManager[None]:
    is_blind = loop.setting.is_naive and is_refit
    return naive.nothing_was_there(loop.database) if is_blind else nullcontext()


def _days(loop: _Loop, days: int) -> None:
    with loop.database.transaction() as session:
        live(session, loop.shop, days=days)
    if loop.leader is not None:
        loop.leader.checkpoint()


def _tell(loop: _Loop, report: NightReport) -> None:
    raised = sum(story.is_predictive for story in loop.shop.stories.values())
    say(
        f"{loop.setting.name:<13} {loop.plant.now:%Y-%m-%d}: refit {report.seconds:4.1f} s,"
        f" {raised} predicted orders and {len(loop.shop.happened.failures)} failures so far"
    )
