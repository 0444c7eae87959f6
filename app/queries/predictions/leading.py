"""The riskiest component of each machine, with how long its work can wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import ANY_MODE
from app.domain.deadlines import Deadline, Outlook, must_start_by

_COLUMNS = (
    Forecast.equipment_id,
    Forecast.mode,
    Forecast.as_of,
    Forecast.edges_hours,
    Forecast.survival,
    Forecast.risk,
    Forecast.risk_hours,
    Forecast.rul_p10_hours,
    Forecast.rul_p50_hours,
    Forecast.peers,
)


@dataclass(frozen=True, slots=True)
class Leading:
    """One component's forecast; the machine's own where it has none by component."""

    mode: str
    name: str
    outlook: Outlook
    job_hours: float | None
    part_lead_hours: float | None

    def deadline(self, threshold: float, *, now: datetime) -> Deadline:
        """The must-start-by date, or why there is none."""
        return must_start_by(
            self.outlook,
            threshold=threshold,
            job_hours=self.job_hours,
            part_lead_hours=self.part_lead_hours,
            now=now,
        )


def leading(
    session: Session, *, runs: Mapping[int, int], component: str = ""
) -> dict[int, Leading]:
    """Machine -> its riskiest component, or the one asked for; *runs* is {machine: run}."""
    asked = (
        sa.select(*_COLUMNS, Forecast.run_id, Component)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .outerjoin(
            Component,
            (Component.equipment_class_id == Equipment.equipment_class_id)
            & (Component.code == Forecast.mode),
        )
        .where(Forecast.run_id.in_(set(runs.values())), Forecast.equipment_id.in_(set(runs)))
        .order_by((Forecast.mode != ANY_MODE), Forecast.risk, Forecast.id.desc())
    )
    if component:
        asked = asked.where(Forecast.mode == component)
    return {
        row.equipment_id: _leading(row)
        for row in session.execute(asked)
        if runs[row.equipment_id] == row.run_id
    }


def _leading(row: Any) -> Leading:
    part: Component | None = row.Component
    return Leading(
        mode=row.mode,
        name="" if part is None else part.name,
        outlook=Outlook(
            as_of=row.as_of,
            edges_hours=row.edges_hours,
            survival=row.survival,
            risk=row.risk,
            risk_hours=row.risk_hours,
            lower_hours=row.rul_p10_hours,
            median_hours=row.rul_p50_hours,
            age_risk=row.peers.get("reference"),
        ),
        job_hours=None if part is None else part.job_hours,
        part_lead_hours=None if part is None else part.part_lead_hours,
    )
