"""How forecasts fared as they were issued: judged rows, the events behind them, and their peers.

Only nightly forecasts issued within a day of their as-of count. Neighbouring nights speak of the
same failure, so rows are many and events few; both are told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Forecast, ForecastScore
from app.domain import scores
from app.domain.life_ends import LifeEnd, concerns
from app.domain.scores import FEW_EVENTS, Bin, Row
from app.queries.life_ends import confirmed_faults, life_ends

YEAR = timedelta(days=365)
# A page looks at no more of them: a large class is judged by its newest forecasts.
ROWS_AT_MOST = 4_000
SERVED = "served"
# In the order a reader compares them; a peer the list does not know comes last.
PEERS = ("reference", "limit", "class_hazard", "own_level", "own_hazard", "shadow")


@dataclass(frozen=True, slots=True)
class IssuedScore:
    """One forecaster and, on the very same rows, what was served. Smaller scores are better."""

    forecaster: str
    rows: int
    log_score: float | None
    served_log_score: float | None
    brier: float | None
    average_precision: float | None


@dataclass(frozen=True, slots=True)
class AsIssued:
    """A year of judged forecasts over one window of `hours`.

    `unjudged` rows lost their life to planned work before the window was over; `confirmed` counts
    faults found in time. `calibration` (failed rows for each one expected) and average precision
    are None below ten failures: too few for a share.
    """

    hours: float
    since: datetime | None
    until: datetime | None
    rows: int
    unjudged: int
    failed_rows: int
    expected_rows: float
    failures: int
    confirmed: int
    calibration: float | None
    scores: tuple[IssuedScore, ...]
    reliability: tuple[Bin, ...]

    @property
    def is_counted(self) -> bool:
        """Whether there are too few failures for shares, so that counts are shown instead."""
        return self.failures < FEW_EVENTS


@dataclass(frozen=True, slots=True)
class ModeIssued:
    """The same of one failure mode, in counts."""

    rows: int
    unjudged: int
    failed_rows: int
    expected_rows: float
    failures: int
    brier: float | None


class Judged(NamedTuple):
    """One judged forecast; has_failed None could not be judged."""

    equipment_id: int
    as_of: datetime
    risk: float
    has_failed: bool | None
    peers: Mapping[str, float]


def as_issued(
    session: Session, *, equipment_ids: Collection[int], mode: str, hours: float, now: datetime
) -> AsIssued:
    """How the forecasts of these machines fared in the year before *now*, one mode and window.

    Of many machines together the newest ROWS_AT_MOST are looked at; `since` says from when.
    """
    found = _rows(session, equipment_ids, mode, hours, now)
    told = [row for row in found if row.has_failed is not None]
    pairs = [(row.risk, bool(row.has_failed)) for row in told]
    length = timedelta(hours=hours)
    failures = _failures(session, told, mode, length, now)
    is_few = failures < FEW_EVENTS
    since = min((row.as_of for row in found), default=None)
    until = max((row.as_of + length for row in found), default=None)
    return AsIssued(
        hours=hours,
        since=since,
        until=until,
        rows=len(told),
        unjudged=len(found) - len(told),
        failed_rows=sum(failed for _, failed in pairs),
        expected_rows=sum(risk for risk, _ in pairs),
        failures=failures,
        confirmed=0
        if since is None or until is None
        else confirmed_faults(
            session, equipment_ids=equipment_ids, mode=mode, since=since, until=min(until, now)
        ),
        calibration=None if is_few else scores.observed_over_expected(pairs),
        scores=tuple(_scores(told, pairs, is_few)),
        reliability=scores.reliability(pairs),
    )


def issued_by_mode(
    session: Session, *, equipment_ids: Collection[int], hours: float, now: datetime
) -> dict[str, ModeIssued]:
    """The same year by failure mode, counted by the database: rows are many."""
    judged = ForecastScore.has_failed.is_not(None)
    failed = sa.case((ForecastScore.has_failed.is_(True), 1), else_=0)
    miss = sa.case((judged, (ForecastScore.risk - failed) * (ForecastScore.risk - failed)))
    asked = (
        sa.select(
            ForecastScore.mode,
            sa.func.count(ForecastScore.has_failed),
            sa.func.count(ForecastScore.id),
            sa.func.sum(failed),
            sa.func.sum(sa.case((judged, ForecastScore.risk), else_=0.0)),
            sa.func.avg(miss),
        )
        .where(*_counted(equipment_ids, hours, now))
        .group_by(ForecastScore.mode)
        .order_by(ForecastScore.mode)
    )
    lengths = timedelta(hours=hours)
    return {
        mode: ModeIssued(
            rows=rows,
            unjudged=every - rows,
            failed_rows=int(came),
            expected_rows=float(expected),
            failures=_failures(
                session, _failed_rows(session, equipment_ids, mode, hours, now), mode, lengths, now
            ),
            brier=brier,
        )
        for mode, rows, every, came, expected, brier in session.execute(asked).all()
    }


def _failed_rows(
    session: Session, equipment_ids: Collection[int], mode: str, hours: float, now: datetime
) -> list[Judged]:
    asked = sa.select(ForecastScore.equipment_id, ForecastScore.as_of, ForecastScore.risk).where(
        *_counted(equipment_ids, hours, now),
        ForecastScore.mode == mode,
        ForecastScore.has_failed.is_(True),
    )
    rows = session.execute(asked.order_by(ForecastScore.as_of, ForecastScore.id))
    return [Judged(machine, as_of, risk, True, {}) for machine, as_of, risk in rows]


def _counted(
    equipment_ids: Collection[int], hours: float, now: datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    """What counts as issued: nights on time, of the last year, over one window."""
    return (
        ForecastScore.equipment_id.in_(equipment_ids),
        ForecastScore.as_of.between(now - _looked_back(len(equipment_ids)), now),
        ForecastScore.hours == hours,
        ForecastScore.is_punctual.is_(True),
    )


def _looked_back(machines: int) -> timedelta:
    """A year, or as far as so many machines need for ROWS_AT_MOST, one forecast a night each."""
    return min(YEAR, timedelta(days=max(1, ROWS_AT_MOST // max(1, machines))))


def _rows(
    session: Session, equipment_ids: Collection[int], mode: str, hours: float, now: datetime
) -> list[Judged]:
    asked = (
        sa.select(
            ForecastScore.equipment_id,
            ForecastScore.as_of,
            ForecastScore.risk,
            ForecastScore.has_failed,
            Forecast.peers,
        )
        .join(Forecast, Forecast.id == ForecastScore.forecast_id)
        .where(*_counted(equipment_ids, hours, now), ForecastScore.mode == mode)
        .order_by(ForecastScore.equipment_id, ForecastScore.as_of, ForecastScore.id)
    )
    return [Judged(*row) for row in session.execute(asked)]


def _failures(
    session: Session, told: Sequence[Judged], mode: str, length: timedelta, now: datetime
) -> int:
    """Distinct failures inside windows that were judged to have failed."""
    starts: dict[int, list[datetime]] = defaultdict(list)
    for row in told:
        if row.has_failed:
            starts[row.equipment_id].append(row.as_of)
    if not starts:
        return 0
    first = min(times[0] for times in starts.values())
    ends = life_ends(session, since=first, known_at=now, equipment_ids=list(starts))
    return sum(
        _is_within(end, starts[machine], length)
        for machine, of_machine in ends.items()
        for end in of_machine
        if not end.is_renewal and concerns(end, mode)
    )


def _is_within(end: LifeEnd, starts: Sequence[datetime], length: timedelta) -> bool:
    """Whether a failure lies in the window of the newest start before it."""
    before = bisect_left(starts, end.at)
    return before > 0 and end.at <= starts[before - 1] + length


def _scores(told: Sequence[Judged], pairs: Sequence[Row], is_few: bool) -> Iterable[IssuedScore]:
    if not told:
        return
    yield _score(SERVED, pairs, pairs, is_few)
    names = {name for row in told for name in row.peers}
    known = [name for name in PEERS if name in names]
    for name in [*known, *sorted(names - {*PEERS})]:
        both = [(row, pair) for row, pair in zip(told, pairs, strict=True) if name in row.peers]
        theirs = [(float(row.peers[name]), failed) for row, (_, failed) in both]
        yield _score(name, theirs, [pair for _, pair in both], is_few)


def _score(name: str, theirs: Sequence[Row], served: Sequence[Row], is_few: bool) -> IssuedScore:
    return IssuedScore(
        forecaster=name,
        rows=len(theirs),
        log_score=scores.log_score(theirs),
        served_log_score=scores.log_score(served),
        brier=scores.brier_score(theirs),
        average_precision=None if is_few else scores.average_precision(theirs),
    )
