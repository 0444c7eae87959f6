"""The demo's next night: is one on its way, how far is it, and what did the last one bring?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import PlantClock
from app.db.readings import ReadingBatch
from app.db.training import RequestKind, RunKind, RunState, TrainingRequest, TrainingRun
from app.domain.roles import Scope
from app.queries.training import RunRow, last_night

# A day that was taken up and does not come to its night for so long has failed.
LIVING_TAKES = timedelta(minutes=3)


class Step(StrEnum):
    """How far the next night is."""

    ASKED = "asked"
    LIVING = "living"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class NextNight:
    """What is under way (None: nothing), the newest run, and the readings that came in for it."""

    step: Step | None
    run: RunRow | None
    readings: int


def next_night(session: Session, *, scope: Scope, wall: datetime) -> NextNight:
    """Where the plant stands; *wall* is the real clock of wishes and leases."""
    run = last_night(session, scope=scope)
    return NextNight(
        step=step(session, wall=wall),
        run=run,
        readings=0 if run is None else _readings(session, run),
    )


def step(session: Session, *, wall: datetime) -> Step | None:
    """What is under way, asked for by a page or not."""
    alive = sa.select(TrainingRun.id).where(
        TrainingRun.state == RunState.RUNNING, TrainingRun.lease_expires_at > wall
    )
    if session.scalar(alive.limit(1)) is not None:
        return Step.RUNNING
    wish = session.scalar(
        sa.select(TrainingRequest)
        .where(TrainingRequest.kind == RequestKind.NEXT_DAY)
        .order_by(TrainingRequest.id.desc())
        .limit(1)
    )
    if wish is None:
        return None
    if wish.taken_at is None:
        return Step.ASKED
    is_late = wall - wish.taken_at > LIVING_TAKES
    return None if is_late or _is_over(session, wish) else Step.LIVING


def _is_over(session: Session, wish: TrainingRequest) -> bool:
    """Whether the night of the wish has ended and the plant's people are at work again."""
    clock = session.get(PlantClock, 1)
    if clock is None:
        return True
    ended = sa.select(TrainingRun.id).where(
        TrainingRun.kind == RunKind.NIGHTLY,
        TrainingRun.state != RunState.RUNNING,
        TrainingRun.started_at > wish.requested_at,
        TrainingRun.started_at < clock.now_at,
    )
    return session.scalar(ended.limit(1)) is not None


def _readings(session: Session, run: RunRow) -> int:
    """What arrived between the night before and this one."""
    before = session.scalar(
        sa.select(sa.func.max(TrainingRun.started_at)).where(
            TrainingRun.kind == RunKind.NIGHTLY, TrainingRun.started_at < run.started_at
        )
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(ReadingBatch.accepted), 0)).where(
        ReadingBatch.arrived_at <= run.started_at
    )
    if before is not None:
        total = total.where(ReadingBatch.arrived_at > before)
    return int(session.scalar(total) or 0)
