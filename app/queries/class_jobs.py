"""What a job on each component of a class takes, as somebody entered it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component


@dataclass(frozen=True, slots=True)
class ComponentJob:
    """A component and the job on it; None and "" = nobody said."""

    code: str
    name: str
    job_hours: float | None
    part_lead_hours: float | None
    look_first: str
    tools: str
    parts: str


def class_jobs(session: Session, *, class_id: int) -> tuple[ComponentJob, ...]:
    """The jobs of a class that the caller found in its scope, by the component's name."""
    rows = session.scalars(
        sa.select(Component)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.name, Component.id)
    )
    return tuple(
        ComponentJob(
            row.code,
            row.name,
            row.job_hours,
            row.part_lead_hours,
            row.look_first,
            row.tools,
            row.parts,
        )
        for row in rows
    )
