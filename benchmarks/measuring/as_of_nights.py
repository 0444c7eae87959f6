"""Past nights run again, one after the other, each knowing only what was known by then.

They are the product's own nights (`run_night`): what is read back of each is what it stored.
Nobody acts on anything, so no answer of a person colours the nights after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.db.equipment import EquipmentClass
from app.db.health import MachineHealth
from app.db.leader import leading
from app.db.predictions import Forecast
from app.db.training import MachineOutcome
from app.domain.instants import to_micros
from app.domain.roles import system
from app.inputs.equipment import SetOrderRule
from app.queries.candidates import Candidate, candidates
from app.queries.fleet import last_decision
from app.services import classes
from app.services.retraining import NightOrder, NightReport, run_night
from benchmarks.measuring.plants import ThrowAwayPlant
from benchmarks.measuring.report import say
from models.predictors.base import survival_at

BY = system("benchmark")
NIGHT_TAKES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Told:
    """What a night said of one component at `at` (microseconds UTC).

    `risk` 0..1 until one look after the planning lead, `risk_ahead` within the horizon asked for;
    is_earned: neither the rung nor the gate forbids an order.
    """

    machine: int
    mode: str
    at: int
    risk: float
    risk_ahead: float
    threshold: float
    is_earned: bool

    @property
    def is_alarm(self) -> bool:
        """Whether the order rule asks for an order."""
        return self.is_earned and self.risk >= self.threshold


@dataclass(frozen=True, slots=True)
class Profile:
    """One machine against its own normal: `score` counts its own limit, None = unknown."""

    score: float | None
    is_deviating: bool


@dataclass(frozen=True, slots=True)
class Night:
    """One night as it was stored; `rungs` and `profiles` by machine."""

    at: int
    is_refit: bool
    seconds: float
    told: tuple[Told, ...]
    rungs: Mapping[int, str]
    profiles: Mapping[int, Profile]


@dataclass(frozen=True, slots=True)
class Replayed:
    """Which nights to run: `at` rising, a refit each `refit_every` nights.

    The order rule looks at the planning lead plus the time to the next look: with nights further
    apart than its review interval that is `window`, read off the same stored curve.
    """

    at: Sequence[datetime]
    refit_every: int
    window: timedelta
    horizon: timedelta
    engine: str = "loky"
    workers: int | None = None

    def on(self, at: Sequence[datetime]) -> Replayed:
        """The same on other nights."""
        return replace(self, at=at)


def set_rules(plant: ThrowAwayPlant, now: datetime, **settings: Any) -> None:
    """Give every class the same order rule, without a weekly budget: it judges planners' time."""
    with plant.database().transaction() as session:
        for class_id in session.scalars(sa.select(EquipmentClass.id).order_by(EquipmentClass.id)):
            rule = SetOrderRule(equipment_class_id=class_id, weekly_budget=None, **settings)
            classes.set_order_rule(session, rule=rule, now=now, by=BY)


def live_nights(plant: ThrowAwayPlant, wanted: Replayed) -> Iterator[Night]:
    """Yield each night as soon as it was run, as of the last decision not after its instant."""
    database = plant.database()
    with ExitStack() as stack:
        leader = stack.enter_context(leading(plant.settings, database))
        for number, day in enumerate(wanted.at):
            with database.reading() as session:
                at = last_decision(session, at=day)
            is_refit = number % wanted.refit_every == 0
            report = _run(plant, database, wanted, at, is_refit=is_refit)
            if leader is not None:
                leader.checkpoint()
            with database.reading() as session:
                night = _read(session, report, at, wanted, is_refit=is_refit)
            _say(night, at, report)
            yield night


def _run(
    plant: ThrowAwayPlant, database: Database, wanted: Replayed, at: datetime, *, is_refit: bool
) -> NightReport:
    order = NightOrder(
        database=database,
        key=plant.key,
        plant_now=lambda: at + NIGHT_TAKES,
        wall=lambda: datetime.now(UTC),
        engine=wanted.engine,
        workers=wanted.workers,
        as_of=at,
        is_refit=is_refit,
    )
    return run_night(order)


def _read(
    session: Session, report: NightReport, at: datetime, wanted: Replayed, *, is_refit: bool
) -> Night:
    rungs = _rungs(session, report.run_id)
    found = candidates(session, equipment_ids=tuple(rungs), run_id=report.run_id)
    risks = _risks(session, found, wanted)
    return Night(
        at=to_micros(at),
        is_refit=is_refit,
        seconds=report.seconds,
        told=tuple(_told(candidate, *risks[candidate.forecast_id]) for candidate in found),
        rungs=rungs,
        profiles=_profiles(session, report.run_id),
    )


def _told(candidate: Candidate, risk: float, ahead: float) -> Told:
    return Told(
        machine=candidate.equipment_id,
        mode=candidate.mode,
        at=to_micros(candidate.as_of),
        risk=risk,
        risk_ahead=ahead,
        threshold=candidate.rule.threshold,
        is_earned=candidate.is_earned,
    )


def _rungs(session: Session, run_id: int) -> dict[int, str]:
    """The rung each machine reached; one without any answer stands on the ground."""
    rows = session.execute(
        sa.select(MachineOutcome.equipment_id, MachineOutcome.rung)
        .where(MachineOutcome.run_id == run_id)
        .order_by(MachineOutcome.equipment_id)
    )
    return {machine: rung or "not_enough_data" for machine, rung in rows}


def _profiles(session: Session, run_id: int) -> dict[int, Profile]:
    rows = session.execute(
        sa.select(
            MachineHealth.equipment_id, MachineHealth.score, MachineHealth.is_deviating
        ).where(MachineHealth.run_id == run_id)
    )
    return {machine: Profile(score, is_deviating) for machine, score, is_deviating in rows}


def _risks(
    session: Session, found: Sequence[Candidate], wanted: Replayed
) -> dict[int, tuple[float, float]]:
    """Risk within the window and within the horizon by forecast, off the stored curves."""
    rows = session.execute(
        sa.select(Forecast.id, Forecast.edges_hours, Forecast.survival).where(
            Forecast.id.in_([candidate.forecast_id for candidate in found])
        )
    )
    return {
        id_: (_risk(edges, survival, wanted.window), _risk(edges, survival, wanted.horizon))
        for id_, edges, survival in rows
    }


def _risk(edges: Sequence[float], survival: Sequence[float], within: timedelta) -> float:
    hours = within / timedelta(hours=1)
    return 1.0 - float(survival_at(np.array([survival]), tuple(edges), hours)[0])


def _say(night: Night, at: datetime, report: NightReport) -> None:
    kind = "refit" if night.is_refit else "forecast"
    alarms = sum(told.is_alarm for told in night.told)
    say(
        f"{at:%Y-%m-%d} {kind:<8} {report.seconds:5.1f} s: {alarms} alarms,"
        f" {report.failed} machines failed"
    )
