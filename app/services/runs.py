"""Training runs: opened once, held by a lease with a rising token, resumed after a crash.

Unique keys make a second scheduler harmless; the lease only decides who works. Every write of a
trainer first calls `hold`, so one that was paused beyond its lease writes nothing more.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.training import RequestKind, RunKind, RunState, Stage, TrainingRequest, TrainingRun
from app.domain.errors import NotFound, RuleBroken
from app.domain.roles import Actor
from app.services import audit

LEASE = timedelta(seconds=60)
# Any constant will do, as long as every trainer takes the same.
_OPENING_LOCK = 0x464F5246


class RunBusy(RuleBroken):
    """Another trainer is at work; nothing was started."""


class NightDone(RuleBroken):
    """This night has already run; nothing was started."""


class LeaseLost(RuleBroken):
    """Another trainer took this run over; this one must not write any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The run somebody wants: its kind, its cut-off, and how it would be worked."""

    kind: RunKind
    site_id: int | None
    local_date: date
    as_of: datetime
    is_refit: bool
    engine: str
    workers: int


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run this process holds; one that is resumed keeps the cut-off it was opened with."""

    id: int
    token: int
    as_of: datetime
    is_resumed: bool


def open_run(
    session: Session, *, wanted: Wanted, now: datetime, wall: datetime, by: Actor
) -> OpenRun:
    """Open the run or resume the one a dead trainer left; *wall* is the real clock of the lease.

    Raise RunBusy while another trainer is alive, NightDone when this night has finished.
    """
    _one_at_a_time(session)
    for row in session.scalars(_unfinished()).all():
        if _is_alive(row, wall):
            raise RunBusy(f"Training run {row.id} is still at work ({row.lease_owner}).")
        if _is_same(row, wanted):
            return _take_over(session, row, wanted, wall=wall, now=now, by=by)
        if row.kind is RunKind.NIGHTLY and wanted.kind is RunKind.MANUAL:
            continue  # the scheduler's next tick resumes it
        _give_up(session, row, now=now, by=by)
    if wanted.kind is RunKind.NIGHTLY and session.scalar(_night(wanted)) is not None:
        raise NightDone(f"The night of {wanted.local_date} has already run.")
    return _begin(session, wanted, now=now, wall=wall, by=by)


def hold(session: Session, *, run: OpenRun) -> TrainingRun:
    """Return the run's row locked for this transaction; raise LeaseLost when fenced off."""
    row = session.scalar(sa.select(TrainingRun).where(TrainingRun.id == run.id).with_for_update())
    if row is None or row.lease_token != run.token or row.state is not RunState.RUNNING:
        raise LeaseLost(f"Training run {run.id} was taken over or cancelled.")
    return row


def heartbeat(session: Session, *, run: OpenRun, wall: datetime) -> bool:
    """Extend the lease; return True when somebody asked for the run to be cancelled."""
    row = hold(session, run=run)
    row.lease_expires_at = wall + LEASE
    return session.scalar(_cancel_requests(run.id)) is not None


def progress(
    session: Session,
    *,
    run: OpenRun,
    stage: Stage,
    done: int | None = None,
    total: int | None = None,
) -> None:
    """Say where the run stands, for the pages that watch it."""
    row = hold(session, run=run)
    row.stage = stage
    row.steps_done = row.steps_done if done is None else done
    row.steps_total = row.steps_total if total is None else total


def remark(session: Session, *, run: OpenRun, text: str) -> None:
    """Add a sentence for planners to the run's note, once."""
    row = hold(session, run=run)
    if text not in row.note:
        row.note = f"{row.note} {text}".lstrip()


def close_run(
    session: Session,
    *,
    run: OpenRun,
    state: RunState,
    counts: Mapping[str, Any],
    note: str,
    now: datetime,
    by: Actor,
) -> None:
    """End the run with its counts; the row is final from here on."""
    row = hold(session, run=run)
    row.state = state
    row.stage = Stage.DONE
    row.counts = dict(counts)
    row.note = " ".join(filter(None, (row.note, note)))
    row.finished_at = now
    row.steps_done = row.steps_total
    _take_requests(session, run.id, now)
    audit.record(
        session,
        entity="training_run",
        entity_id=run.id,
        action=state.value,
        changes=dict(counts),
        now=now,
        by=by,
    )


def request_run(
    session: Session, *, kind: RequestKind, run_id: int | None, now: datetime, by: Actor
) -> int:
    """Write down a wish of a page: run now, retry the failed machines, or cancel.

    An untaken wish of the same kind is returned instead of doubled; raise NotFound for a run that
    is not there, RuleBroken for one that is over and cannot be cancelled any more.
    """
    run = None if run_id is None else session.get(TrainingRun, run_id)
    if run_id is not None and run is None:
        raise NotFound(f"There is no training run {run_id}.")
    if kind is RequestKind.CANCEL and (run is None or run.state is not RunState.RUNNING):
        raise RuleBroken("Only a run that is at work can be cancelled.")
    waiting = session.scalar(
        sa.select(TrainingRequest.id).where(
            TrainingRequest.kind == kind,
            TrainingRequest.taken_at.is_(None),
            TrainingRequest.run_id.is_not_distinct_from(run_id),
        )
    )
    if waiting is not None:
        return waiting
    row = TrainingRequest(kind=kind, run_id=run_id, requested_at=now, requested_by_id=by.id)
    session.add(row)
    session.flush()
    audit.record(
        session,
        entity="training_request",
        entity_id=row.id,
        action=kind.value,
        changes={"run_id": run_id},
        now=now,
        by=by,
    )
    return row.id


def take_request(session: Session, *, kind: RequestKind, now: datetime) -> int | None:
    """Take the oldest waiting wish of a kind, so it is served once; None when there is none."""
    row = session.scalar(
        sa.select(TrainingRequest)
        .where(TrainingRequest.kind == kind, TrainingRequest.taken_at.is_(None))
        .order_by(TrainingRequest.id)
        .limit(1)
        .with_for_update()
    )
    if row is None:
        return None
    row.taken_at = now
    return row.id


def is_anyone_at_work(session: Session, *, wall: datetime) -> bool:
    """Whether a living trainer, ours or not, holds a run; *wall* is the real clock of the lease."""
    running = sa.select(TrainingRun).where(TrainingRun.state == RunState.RUNNING)
    return any(_is_alive(row, wall) for row in session.scalars(running.order_by(TrainingRun.id)))


def owner() -> str:
    """Who this process is: host, pid and start time (a pid alone may be reused)."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _one_at_a_time(session: Session) -> None:
    """Two that start together would each find nobody at work; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_OPENING_LOCK)))


def _unfinished() -> sa.Select[TrainingRun]:
    return (
        sa.select(TrainingRun)
        .where(TrainingRun.state == RunState.RUNNING)
        .order_by(TrainingRun.id)
        .with_for_update()
    )


def _night(wanted: Wanted) -> sa.Select[int]:
    return sa.select(TrainingRun.id).where(
        TrainingRun.kind == RunKind.NIGHTLY,
        TrainingRun.site_id.is_not_distinct_from(wanted.site_id),
        TrainingRun.local_date == wanted.local_date,
    )


def _is_same(row: TrainingRun, wanted: Wanted) -> bool:
    if (row.kind, row.site_id) != (wanted.kind, wanted.site_id):
        return False
    if wanted.kind is RunKind.NIGHTLY:
        return row.local_date == wanted.local_date
    return row.as_of == wanted.as_of and row.is_refit == wanted.is_refit


def _is_alive(row: TrainingRun, wall: datetime) -> bool:
    """Whether the holder may still write: its lease runs, unless we can see that it died here."""
    if row.lease_expires_at <= wall:
        return False
    host, pid, started = row.lease_owner.rsplit(":", 2)
    return host != socket.gethostname() or _started(int(pid)) == started


def _started(pid: int) -> str:
    """The kernel's start time of a process; empty when it is gone (or the system has no /proc)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return "" if Path("/proc/self/stat").exists() else "unknown"


def _take_over(
    session: Session,
    row: TrainingRun,
    wanted: Wanted,
    *,
    wall: datetime,
    now: datetime,
    by: Actor,
) -> OpenRun:
    row.lease_token += 1
    row.lease_owner = owner()
    row.lease_expires_at = wall + LEASE
    row.engine, row.workers = wanted.engine, wanted.workers
    audit.record(
        session,
        entity="training_run",
        entity_id=row.id,
        action="resumed",
        changes={"lease_token": row.lease_token},
        now=now,
        by=by,
    )
    return OpenRun(row.id, row.lease_token, row.as_of, is_resumed=True)


def _give_up(session: Session, row: TrainingRun, *, now: datetime, by: Actor) -> None:
    row.state = RunState.FAILED
    row.finished_at = now
    row.lease_token += 1
    row.note = "The trainer died; a later run took its place."
    audit.record(
        session,
        entity="training_run",
        entity_id=row.id,
        action="given_up",
        changes={},
        now=now,
        by=by,
    )


def _begin(
    session: Session, wanted: Wanted, *, now: datetime, wall: datetime, by: Actor
) -> OpenRun:
    row = TrainingRun(
        kind=wanted.kind,
        site_id=wanted.site_id,
        local_date=wanted.local_date,
        as_of=wanted.as_of,
        is_refit=wanted.is_refit,
        engine=wanted.engine,
        workers=wanted.workers,
        state=RunState.RUNNING,
        stage=Stage.OPENING,
        issued_at=now,
        started_at=now,
        lease_owner=owner(),
        lease_expires_at=wall + LEASE,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        entity="training_run",
        entity_id=row.id,
        action="opened",
        changes={"kind": wanted.kind.value, "as_of": wanted.as_of.isoformat()},
        now=now,
        by=by,
    )
    return OpenRun(row.id, row.lease_token, row.as_of, is_resumed=False)


def _cancel_requests(run_id: int) -> sa.Select[int]:
    return sa.select(TrainingRequest.id).where(
        TrainingRequest.kind == RequestKind.CANCEL,
        TrainingRequest.run_id == run_id,
        TrainingRequest.taken_at.is_(None),
    )


def _take_requests(session: Session, run_id: int, now: datetime) -> None:
    session.execute(
        sa.update(TrainingRequest)
        .where(TrainingRequest.run_id == run_id, TrainingRequest.taken_at.is_(None))
        .values(taken_at=now)
    )
