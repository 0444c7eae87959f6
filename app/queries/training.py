"""The nights: the list of runs, one run's page, and what pages have asked of the trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.readings import ReadingBatch
from app.db.training import (
    MachineOutcome,
    MachineStatus,
    RequestKind,
    RunKind,
    RunState,
    Stage,
    TrainingRequest,
    TrainingRun,
)
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.class_drift import ClassDrift, drifts_of_run
from app.queries.page import Page, later, page, read_key
from app.queries.predictions import seen

RUNS_ROWS = 30
OUTCOME_ROWS = 100
LATE_BATCHES = 10


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run; `counts` as the trainer wrote them, `outcomes` counted from the machines."""

    id: int
    kind: RunKind
    local_date: date
    as_of: datetime
    state: RunState
    stage: Stage
    is_refit: bool
    started_at: datetime
    finished_at: datetime | None
    steps_done: int
    steps_total: int
    engine: str
    workers: int
    counts: Mapping[str, Any]
    outcomes: Mapping[MachineStatus, int]
    note: str

    @property
    def is_running(self) -> bool:
        """Whether the page should keep asking."""
        return self.state is RunState.RUNNING

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        given = self.counts.get("seconds")
        if isinstance(given, int | float):
            return float(given)
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What a run made of one machine."""

    id: int
    equipment_id: int
    tag: str
    name: str
    status: MachineStatus
    rung: str
    reason: str
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class LateBatch:
    """Readings that arrived after the run for a time before its cut-off."""

    arrived_at: datetime
    first_at: datetime | None
    last_at: datetime | None
    rows: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wish of a page that no trainer has taken yet."""

    kind: RequestKind
    run_id: int | None
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run with a page of its machines, the classes whose readings moved, and the readings that
    came too late for it."""

    run: RunRow
    outcomes: Page[OutcomeRow]
    late: tuple[LateBatch, ...]
    drift: tuple[ClassDrift, ...]
    waiting: tuple[Waiting, ...]


def runs(
    session: Session, *, scope: Scope, after: str | None = None, limit: int = RUNS_ROWS
) -> Page[RunRow]:
    """Runs in sight, the newest first."""
    asked = (
        sa.select(TrainingRun)
        .where(_in_sight(scope))
        .order_by(TrainingRun.id.desc())
        .limit(limit + 1)
    )
    key = read_key(after, int)
    if key is not None:
        asked = asked.where(TrainingRun.id < key[0])
    found = session.scalars(asked).all()
    counts = _outcome_counts(session, [row.id for row in found], scope)
    rows = [_run(row, counts.get(row.id, {})) for row in found]
    return page(rows, limit=limit, key=lambda row: (row.id,))


def last_night(session: Session, *, scope: Scope) -> RunRow | None:
    """The newest run in sight."""
    found = runs(session, scope=scope, limit=1).rows
    return found[0] if found else None


def run(session: Session, *, scope: Scope, run_id: int) -> RunRow:
    """One run; raise NotFound, also for another site's."""
    row = session.get(TrainingRun, run_id)
    if row is None or not (row.site_id is None or scope.sees(row.site_id)):
        raise NotFound(f"There is no training run {run_id}.")
    return _run(row, _outcome_counts(session, [row.id], scope).get(row.id, {}))


def run_page(
    session: Session,
    *,
    scope: Scope,
    run_id: int,
    status: MachineStatus | None = None,
    after: str | None = None,
) -> RunPage:
    """One run with its machines by tag; *status* narrows them."""
    found = run(session, scope=scope, run_id=run_id)
    return RunPage(
        run=found,
        outcomes=_outcomes(session, run_id, scope, status, after),
        late=_late(session, found),
        drift=drifts_of_run(session, scope=scope, counts=found.counts, as_of=found.as_of),
        waiting=waiting(session),
    )


def waiting(session: Session) -> tuple[Waiting, ...]:
    """What pages have asked for and no trainer has taken yet, oldest first."""
    rows = session.scalars(
        sa.select(TrainingRequest)
        .where(TrainingRequest.taken_at.is_(None))
        .order_by(TrainingRequest.id)
    )
    return tuple(Waiting(row.kind, row.run_id, row.requested_at) for row in rows)


def _in_sight(scope: Scope) -> sa.ColumnElement[bool]:
    return TrainingRun.site_id.is_(None) | seen(TrainingRun.site_id, scope)


def _run(row: TrainingRun, outcomes: Mapping[MachineStatus, int]) -> RunRow:
    return RunRow(
        id=row.id,
        kind=row.kind,
        local_date=row.local_date,
        as_of=row.as_of,
        state=row.state,
        stage=row.stage,
        is_refit=row.is_refit,
        started_at=row.started_at,
        finished_at=row.finished_at,
        steps_done=row.steps_done,
        steps_total=row.steps_total,
        engine=row.engine,
        workers=row.workers,
        counts=dict(row.counts),
        outcomes=dict(outcomes),
        note=row.note,
    )


def _outcome_counts(
    session: Session, run_ids: list[int], scope: Scope
) -> dict[int, dict[MachineStatus, int]]:
    rows = session.execute(
        sa.select(MachineOutcome.run_id, MachineOutcome.status, sa.func.count())
        .join(Equipment, Equipment.id == MachineOutcome.equipment_id)
        .where(MachineOutcome.run_id.in_(run_ids), seen(Equipment.site_id, scope))
        .group_by(MachineOutcome.run_id, MachineOutcome.status)
    )
    counts: dict[int, dict[MachineStatus, int]] = {}
    for run_id, status, count in rows:
        counts.setdefault(run_id, {})[status] = count
    return counts


def _outcomes(
    session: Session,
    run_id: int,
    scope: Scope,
    status: MachineStatus | None,
    after: str | None,
) -> Page[OutcomeRow]:
    asked = (
        sa.select(MachineOutcome, Equipment.tag, Equipment.name)
        .join(Equipment, Equipment.id == MachineOutcome.equipment_id)
        .where(MachineOutcome.run_id == run_id, seen(Equipment.site_id, scope))
        .order_by(Equipment.tag, MachineOutcome.id)
        .limit(OUTCOME_ROWS + 1)
    )
    if status is not None:
        asked = asked.where(MachineOutcome.status == status)
    key = read_key(after, str, int)
    if key is not None:
        asked = asked.where(later((Equipment.tag, MachineOutcome.id), key))
    rows = [
        OutcomeRow(
            row.id,
            row.equipment_id,
            tag,
            name,
            row.status,
            row.rung,
            row.reason,
            row.seconds,
            row.cpu_seconds,
        )
        for row, tag, name in session.execute(asked)
    ]
    return page(rows, limit=OUTCOME_ROWS, key=lambda row: (row.tag, row.id))


def _late(session: Session, found: RunRow) -> tuple[LateBatch, ...]:
    rows = session.scalars(
        sa.select(ReadingBatch)
        .where(
            ReadingBatch.arrived_at > found.started_at,
            ReadingBatch.first_at <= found.as_of,
            ReadingBatch.accepted > 0,
        )
        .order_by(ReadingBatch.arrived_at, ReadingBatch.id)
        .limit(LATE_BATCHES)
    )
    return tuple(LateBatch(row.arrived_at, row.first_at, row.last_at, row.accepted) for row in rows)
