"""Failures nobody had been told of, each with what was known at the time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import Decision, Forecast
from app.db.readings import reading_hour
from app.db.records import Failure
from app.db.sensors import Sensor
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.domain.instants import EPOCH, HOUR_US, to_micros
from app.domain.risk import Verdict
from app.domain.roles import Scope
from app.domain.warnings import UNWARNED
from app.queries.forecasts import Driver, drivers
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.record.failures import HORIZON, FailureLine, failures
from app.queries.rules_in_force import RuleBook

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_DRIVERS = 3


@dataclass(frozen=True, slots=True)
class SilentSensor:
    """A sensor that had sent nothing for more than a day; `last_at` None = never anything."""

    name: str
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastWord:
    """The last forecast of the component before it failed, and what the night made of it.

    `verdict` is None where the risk was below the threshold.
    """

    forecast_id: int
    run_id: int
    as_of: datetime
    rung: str
    risk: float
    risk_hours: float
    threshold: float
    verdict: Verdict | None
    reason: str
    drivers: tuple[Driver, ...]
    standing_since: datetime | None


@dataclass(frozen=True, slots=True)
class MissedLine:
    """One failure without a warning; `lost_nights` gave no forecast in the two weeks before."""

    line: FailureLine
    known: LastWord | None
    silent: tuple[SilentSensor, ...]
    lost_nights: int

    @property
    def age_hours(self) -> float | None:
        """How old the last forecast was when the machine failed."""
        return None if self.known is None else (self.line.at - self.known.as_of) / HOUR

    @property
    def is_stale(self) -> bool:
        """Whether more than one night was missing before the failure."""
        return self.known is not None and self.line.at - self.known.as_of > 2 * DAY


def missed(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[MissedLine]:
    """Failures that came without a word to anybody, the newest first."""
    behind = read_key(after, float, int)
    lines = [
        line
        for line in failures(session, scope=scope, now=now)
        if line.met in UNWARNED and (behind is None or _key(line) > behind)
    ]
    wanted = lines[: limit + 1]
    words = _last_words(session, wanted)
    silent = _silent(session, [line.failure_id for line in wanted])
    lost = _lost(session, wanted)
    rows = [
        MissedLine(
            line,
            words.get(line.forecast_id or 0),
            tuple(silent.get(line.failure_id, ())),
            sum(line.at - HORIZON <= at < line.at for at in lost.get(line.equipment_id, ())),
        )
        for line in wanted
    ]
    return page(rows, limit=limit, key=lambda row: _key(row.line))


def _key(line: FailureLine) -> tuple[float, int]:
    return -line.at.timestamp(), -line.failure_id


def _last_words(session: Session, lines: Sequence[FailureLine]) -> dict[int, LastWord]:
    """Forecast -> what it said and what was decided, at the rules of its night."""
    ids = {line.forecast_id for line in lines if line.forecast_id is not None}
    found = session.execute(
        sa.select(Forecast, Decision, Equipment.equipment_class_id)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .outerjoin(
            Decision,
            (Decision.run_id == Forecast.run_id)
            & (Decision.equipment_id == Forecast.equipment_id)
            & (Decision.mode == Forecast.mode),
        )
        .where(Forecast.id.in_(ids))
        .order_by(Forecast.id)
    ).all()
    rules = RuleBook(session, {told.equipment_id: class_id for told, _, class_id in found})
    return {
        told.id: _word(told, decided, rules.at(told.equipment_id, told.as_of).threshold)
        for told, decided, _ in found
    }


def _word(told: Forecast, decided: Decision | None, threshold: float) -> LastWord:
    return LastWord(
        forecast_id=told.id,
        run_id=told.run_id,
        as_of=told.as_of,
        rung=told.rung,
        risk=told.risk,
        risk_hours=told.risk_hours,
        threshold=threshold if decided is None else decided.threshold,
        verdict=None if decided is None else decided.verdict,
        reason="" if decided is None else decided.reason,
        drivers=drivers(told.drivers[:MOST_DRIVERS]),
        standing_since=told.standing_since,
    )


def _silent(session: Session, failure_ids: Iterable[int]) -> Mapping[int, list[SilentSensor]]:
    """Failure -> sensors of its machine that were silent by then.

    The last reading before the failure is one index seek a sensor.
    """
    rows = session.execute(
        sa.select(Failure.id, Failure.at, Sensor.id, Sensor.name)
        .join(Sensor, Sensor.equipment_id == Failure.equipment_id)
        .where(Failure.id.in_(list(failure_ids)), Sensor.is_active)
        .order_by(Failure.id, Sensor.code, Sensor.id)
    ).all()
    last = _last_hours(session, {(sensor_id, _hour(at)) for _, at, sensor_id, _ in rows})
    found: dict[int, list[SilentSensor]] = defaultdict(list)
    for failure_id, at, sensor_id, name in rows:
        hour = last.get((sensor_id, _hour(at)))
        heard = None if hour is None else EPOCH + hour * HOUR
        if heard is None or at - heard > DAY:
            found[failure_id].append(SilentSensor(name, heard))
    return found


def _hour(at: datetime) -> int:
    """The hour that holds *at*, as its readings are kept: by its end."""
    return -(-to_micros(at) // HOUR_US)


def _last_hours(session: Session, asked: set[tuple[int, int]]) -> dict[tuple[int, int], int | None]:
    """(sensor, hour) -> its last hour with readings up to then, in one question."""
    if not asked:
        return {}
    columns = sa.column("sensor_id", sa.Integer), sa.column("until", sa.Integer)
    wanted = sa.values(*columns, name="wanted").data(sorted(asked)).cte("wanted")
    hour = (
        sa.select(sa.func.max(reading_hour.c.hour))
        .where(
            reading_hour.c.sensor_id == wanted.c.sensor_id, reading_hour.c.hour <= wanted.c.until
        )
        .correlate(wanted)
        .scalar_subquery()
    )
    rows = session.execute(sa.select(wanted.c.sensor_id, wanted.c.until, hour))
    return {(sensor_id, until): last for sensor_id, until, last in rows}


def _lost(session: Session, lines: Sequence[FailureLine]) -> Mapping[int, list[datetime]]:
    """Machine -> nights that could not forecast it."""
    rows = session.execute(
        sa.select(MachineOutcome.equipment_id, TrainingRun.as_of)
        .join(TrainingRun, TrainingRun.id == MachineOutcome.run_id)
        .where(
            MachineOutcome.equipment_id.in_({line.equipment_id for line in lines}),
            MachineOutcome.status.in_((MachineStatus.SKIPPED, MachineStatus.FAILED)),
        )
        .order_by(TrainingRun.as_of, MachineOutcome.id)
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for equipment_id, as_of in rows:
        found[equipment_id].append(as_of)
    return found
