"""Forecasts as issued, judged once their window has passed; a judgement is never taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.predictions import Forecast, ForecastScore
from app.db.training import RunKind, RunState, TrainingRun
from app.domain.life_ends import ANY, LifeEnd, Window, has_failed
from app.domain.nights import PUNCTUAL
from app.queries.life_ends import life_ends

# A failure is written down when its order is closed; a window judged sooner would miss it.
SETTLING = timedelta(days=3)
# How far the first night of all looks back; the model card shows a year.
FIRST_LOOK = timedelta(days=400)
# How far a later night looks back at least: classes may have had longer horizons than today.
LEAST_LOOK = timedelta(days=45)
RUNS_AT_ONCE = 10
# Below the ORM: thousands of rows a night.
_TABLE = cast("sa.Table", ForecastScore.__table__)


class Due(NamedTuple):
    """A forecast with one window to judge; `issued` is True for nightly runs on time."""

    forecast_id: int
    equipment_id: int
    mode: str
    as_of: datetime
    hours: float
    risk: float
    is_punctual: bool


def score(session: Session, *, run_id: int, now: datetime) -> int:
    """Judge every forecast window that had passed, and settled, by the run's as-of.

    Truth is what was recorded by that as-of; what is recorded later changes nothing judged
    before. A machine standing at its forecast had none to judge; a run for an earlier day than
    the last judging one judges nothing. Return how many windows were judged.
    """
    as_of = session.get_one(TrainingRun, run_id).as_of
    last = _last_judged(session)
    if last is not None and as_of < last:
        return 0
    until = as_of - SETTLING
    runs = _runs_with_work(session, last, until)
    if not runs:
        return 0
    ends = life_ends(session, since=min(runs.values()), known_at=as_of)
    judged = 0
    for ids in _batches(sorted(runs)):
        written = [
            row._asdict() | {"has_failed": _truth(row, ends), "run_id": run_id, "scored_at": now}
            for row in _due(session, ids, until)
        ]
        if written:
            session.execute(sa.insert(_TABLE), written)
        judged += len(written)
    return judged


def windows(risk_hours: float, risk: float, risks: Mapping[str, float]) -> dict[float, float]:
    """The windows a forecast speaks of: hours -> risk."""
    return {**{float(hours): said for hours, said in risks.items()}, risk_hours: risk}


def _truth(row: Due, ends: Mapping[int, list[LifeEnd]]) -> bool | None:
    window = Window(row.mode, row.as_of, row.as_of + timedelta(hours=row.hours))
    return has_failed(window, ends.get(row.equipment_id, ()))


def _last_judged(session: Session) -> datetime | None:
    """The as-of of the night that wrote the newest judgement."""
    return session.scalar(
        sa.select(TrainingRun.as_of)
        .join(ForecastScore, ForecastScore.run_id == TrainingRun.id)
        .order_by(ForecastScore.id.desc())
        .limit(1)
    )


def _runs_with_work(
    session: Session, last: datetime | None, until: datetime
) -> dict[int, datetime]:
    """Run id -> as-of of the runs with a window that has passed and was not judged.

    All forecasts of a class in a run have the same windows and are judged together, so one of
    them speaks for all.
    """
    since = until - FIRST_LOOK if last is None else last - SETTLING - _longest(session)
    spokesmen = (
        sa.select(sa.func.min(Forecast.id))
        .join(TrainingRun, TrainingRun.id == Forecast.run_id)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .where(
            TrainingRun.state != RunState.RUNNING,
            TrainingRun.as_of.between(since, until),
            Forecast.mode == ANY,
            Forecast.standing_since.is_(None),
        )
        .group_by(Forecast.run_id, Equipment.equipment_class_id)
    )
    ids = session.scalars(spokesmen).all()
    columns = (Forecast.id, Forecast.run_id, Forecast.as_of, Forecast.risk_hours, Forecast.risks)
    rows = session.execute(sa.select(*columns).where(Forecast.id.in_(ids))).all()
    judged = _judged(session, Forecast.id.in_(ids))
    return {
        row.run_id: row.as_of
        for row in rows
        for hours in windows(row.risk_hours, 0.0, row.risks)
        if row.as_of + timedelta(hours=hours) <= until and (row.id, hours) not in judged
    }


def _longest(session: Session) -> timedelta:
    """How far back forecasts may reach whose windows pass now."""
    horizons = session.scalars(sa.select(EquipmentClass.horizons_hours))
    longest = max((hours for found in horizons for hours in found), default=0)
    return max(LEAST_LOOK, timedelta(hours=longest))


def _due(session: Session, run_ids: Sequence[int], until: datetime) -> Iterator[Due]:
    asked = (
        sa.select(
            Forecast.id,
            Forecast.equipment_id,
            Forecast.mode,
            Forecast.as_of,
            Forecast.issued_at,
            Forecast.risk,
            Forecast.risk_hours,
            Forecast.risks,
            TrainingRun.kind,
        )
        .join(TrainingRun, TrainingRun.id == Forecast.run_id)
        .where(Forecast.run_id.in_(run_ids), Forecast.standing_since.is_(None))
        .order_by(Forecast.id)
    )
    judged = _judged(session, Forecast.run_id.in_(run_ids))
    for row in session.execute(asked):
        is_punctual = row.kind is RunKind.NIGHTLY and row.issued_at - row.as_of <= PUNCTUAL
        for hours, risk in windows(row.risk_hours, row.risk, row.risks).items():
            if row.as_of + timedelta(hours=hours) <= until and (row.id, hours) not in judged:
                yield Due(row.id, row.equipment_id, row.mode, row.as_of, hours, risk, is_punctual)


def _judged(session: Session, these: sa.ColumnElement[bool]) -> set[tuple[int, float]]:
    """(forecast, hours) of what was judged already."""
    asked = (
        sa.select(ForecastScore.forecast_id, ForecastScore.hours)
        .join(Forecast, Forecast.id == ForecastScore.forecast_id)
        .where(these)
    )
    return {(forecast_id, hours) for forecast_id, hours in session.execute(asked)}


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Memory stays bounded on the first night, which may have a year to judge."""
    for start in range(0, len(ids), RUNS_AT_ONCE):
        yield ids[start : start + RUNS_AT_ONCE]
