"""Which sites' nights are due?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.places import Site
from app.db.training import MachineOutcome, MachineStatus, RunKind, RunState, TrainingRun
from app.domain.nights import is_night_due, night_of


@dataclass(frozen=True, slots=True)
class DueNight:
    """A site and the local date its night stands for."""

    site_id: int
    local_date: date


def due_nights(session: Session, *, now: datetime) -> tuple[DueNight, ...]:
    """The nights to start (or resume) now; sites without machines have none."""
    sites = session.execute(
        sa.select(Site.id, Site.timezone)
        .where(sa.exists().where(Equipment.site_id == Site.id))
        .order_by(Site.id)
    )
    return tuple(
        DueNight(site_id, night_of(now, ZoneInfo(timezone)))
        for site_id, timezone in sites
        if is_night_due(now, ZoneInfo(timezone), last_run_on=_last_run_on(session, site_id))
    )


def failed_machines(session: Session) -> tuple[str, ...]:
    """Tags of the machines that failed in the newest run that ended."""
    newest = (
        sa.select(sa.func.max(TrainingRun.id))
        .where(TrainingRun.state != RunState.RUNNING)
        .scalar_subquery()
    )
    rows = session.scalars(
        sa.select(Equipment.tag)
        .join(MachineOutcome, MachineOutcome.equipment_id == Equipment.id)
        .where(MachineOutcome.run_id == newest, MachineOutcome.status == MachineStatus.FAILED)
        .order_by(Equipment.tag, Equipment.id)
    )
    return tuple(rows)


def _last_run_on(session: Session, site_id: int) -> date | None:
    """The local date of the last night that ended; one left half done is due again."""
    return session.scalar(
        sa.select(sa.func.max(TrainingRun.local_date)).where(
            TrainingRun.site_id == site_id,
            TrainingRun.kind == RunKind.NIGHTLY,
            TrainingRun.state != RunState.RUNNING,
        )
    )
