"""Invariants of nights, predictors and forecasts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.back_tests import BackTest
from app.db.predictions import Artifact, ClassVersion, Forecast, PredictorVersion
from app.db.training import (
    MachineOutcome,
    MachineStatus,
    RunKind,
    RunState,
    Stage,
    TrainingRun,
)
from app.domain.instants import to_micros
from app.queries.back_tests import BackTestRefused, first_issued, unpack


def doubled_predictors(session: Session) -> Iterator[str]:
    """Machines with two current predictors."""
    rows = session.scalars(
        sa.select(PredictorVersion.equipment_id)
        .where(PredictorVersion.is_current)
        .group_by(PredictorVersion.equipment_id)
        .having(sa.func.count() > 1)
        .order_by(PredictorVersion.equipment_id)
    )
    for equipment_id in rows:
        yield f"equipment {equipment_id} has two"


def bad_artifacts(session: Session) -> Iterator[str]:
    """Artifacts of current predictors (and of their classes) that are gone or changed."""
    current = sa.select(PredictorVersion).where(PredictorVersion.is_current).subquery()
    digests = sa.union(
        sa.select(current.c.artifact_digest).where(current.c.artifact_digest.is_not(None)),
        sa.select(ClassVersion.artifact_digest).where(
            ClassVersion.id.in_(sa.select(current.c.class_version_id))
        ),
    )
    for digest in sorted(session.scalars(digests)):
        found = session.execute(
            sa.select(Artifact.size, Artifact.content).where(Artifact.digest == digest)
        ).one_or_none()
        if found is None:
            yield f"artifact {digest} is missing"
        elif len(found[1]) != found[0] or hashlib.sha256(found[1]).hexdigest() != digest:
            yield f"artifact {digest} is not what was stored"


def bad_back_tests(session: Session) -> Iterator[str]:
    """Back-tests that are not what was stored, or reach into the time of forecasts as issued."""
    rows = session.execute(
        sa.select(BackTest.equipment_id, BackTest.until, BackTest.digest, BackTest.content)
        .order_by(BackTest.equipment_id)
        .execution_options(yield_per=100)
    )
    for equipment_id, until, digest, content in rows:
        try:
            unpack(content, digest)
        except BackTestRefused as trouble:
            yield f"the back-test of equipment {equipment_id} is refused: {trouble}"
        first = first_issued(session, equipment_id=equipment_id)
        if first is not None and to_micros(until) >= first:
            yield f"the back-test of equipment {equipment_id} goes on after its first forecast"


def doubled_nights(session: Session) -> Iterator[str]:
    """Nights that ran twice for one site and local date."""
    rows = session.execute(
        sa.select(TrainingRun.site_id, TrainingRun.local_date)
        .where(TrainingRun.kind == RunKind.NIGHTLY)
        .group_by(TrainingRun.site_id, TrainingRun.local_date)
        .having(sa.func.count() > 1)
        .order_by(TrainingRun.site_id, TrainingRun.local_date)
    )
    for site_id, day in rows:
        yield f"site {site_id}, {day}: ran more than once"


def unfinished_business(session: Session) -> Iterator[str]:
    """Finished runs that are not done, or whose counts are not those of their machines."""
    outcomes = _outcomes(session)
    rows = session.scalars(
        sa.select(TrainingRun)
        .where(TrainingRun.state == RunState.FINISHED)
        .order_by(TrainingRun.id)
    )
    for run in rows:
        if run.stage is not Stage.DONE or run.finished_at is None:
            yield f"run {run.id} is finished but stands at {run.stage.value}"
        for status in MachineStatus:
            said, found = run.counts.get(status.value), outcomes[run.id, status]
            if said is not None and said != found:
                yield f"run {run.id} says {said} {status.value}, but {found} were"


def stray_forecasts(session: Session) -> Iterator[str]:
    """Forecasts for machines their run has no outcome for, or by another machine's predictor."""
    took_part = sa.exists().where(
        MachineOutcome.run_id == Forecast.run_id,
        MachineOutcome.equipment_id == Forecast.equipment_id,
    )
    is_over = TrainingRun.state != RunState.RUNNING
    rows = session.execute(
        sa.select(Forecast.id, Forecast.run_id, Forecast.equipment_id)
        .join(PredictorVersion, PredictorVersion.id == Forecast.predictor_version_id)
        .join(TrainingRun, TrainingRun.id == Forecast.run_id)
        .where(
            sa.or_(
                sa.and_(is_over, ~took_part),
                PredictorVersion.equipment_id != Forecast.equipment_id,
            )
        )
        .order_by(Forecast.id)
    )
    for forecast_id, run_id, equipment_id in rows:
        yield f"forecast {forecast_id} of equipment {equipment_id} does not belong to run {run_id}"


def impossible_risks(session: Session) -> Iterator[str]:
    """Risks outside 0..1 (NaN too)."""
    rows = session.execute(
        sa.select(Forecast.id, Forecast.risk)
        .where(sa.not_(Forecast.risk.between(0.0, 1.0)))
        .order_by(Forecast.id)
    )
    for forecast_id, risk in rows:
        yield f"forecast {forecast_id} says {risk}"


def _outcomes(session: Session) -> Counter[Any]:
    rows = session.execute(
        sa.select(MachineOutcome.run_id, MachineOutcome.status, sa.func.count()).group_by(
            MachineOutcome.run_id, MachineOutcome.status
        )
    )
    return Counter({(run_id, status): number for run_id, status, number in rows})
