"""What the savings page must know of the past, asked once for the calculator and the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import Forecast
from app.domain.equipment import Status
from app.domain.roles import Scope
from app.domain.savings import YEAR
from app.queries import record
from app.queries.predictions import seen
from app.queries.record import FailureLine, FindingLine


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that is not retired, as far as money goes."""

    id: int
    class_id: int
    downtime_cost_per_hour: float | None


@dataclass(frozen=True, slots=True)
class Past:
    """Machines in sight, and what became of predictions since the first forecast (None: none)."""

    machines: tuple[Machine, ...]
    since: datetime | None
    now: datetime
    findings: tuple[FindingLine, ...]
    inspections: tuple[FindingLine, ...]
    failures: tuple[FailureLine, ...]

    @property
    def classes(self) -> dict[int, int]:
        """{equipment: class} of every machine, as order rules are asked for."""
        return {machine.id: machine.class_id for machine in self.machines}

    @property
    def years(self) -> float:
        """How long predictions have been made."""
        return 0.0 if self.since is None else max(0.0, (self.now - self.since) / YEAR)


def past(session: Session, *, scope: Scope, now: datetime) -> Past:
    """The past of the machines in sight."""
    machines = session.execute(
        sa.select(Equipment.id, Equipment.equipment_class_id, Equipment.downtime_cost_per_hour)
        .where(seen(Equipment.site_id, scope), Equipment.status != Status.RETIRED)
        .order_by(Equipment.id)
    )
    since = session.scalar(
        sa.select(sa.func.min(Forecast.as_of))
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .where(seen(Equipment.site_id, scope))
    )
    return Past(
        machines=tuple(Machine(*row) for row in machines),
        since=since,
        now=now,
        findings=record.findings(session, scope=scope, now=now),
        inspections=record.inspections(session, scope=scope, now=now),
        failures=record.failures(session, scope=scope, now=now),
    )
