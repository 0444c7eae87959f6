"""How far each machine was from its own normal, night by night, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import BigId, UtcDateTime, coded
from app.domain.health import HealthVerdict


class MachineHealth(Base):
    """One machine in one night. `score` counts thresholds: 1 is the machine's own limit.

    `evidence` has one entry per sensor role, the furthest from normal first. score None: too
    little healthy history yet, `reason` says what is missing.
    """

    __tablename__ = "machine_health"
    __table_args__ = (
        UniqueConstraint("run_id", "equipment_id"),
        Index("ix_machine_health_machine", "equipment_id", "as_of"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    score: Mapped[float | None]
    threshold: Mapped[float | None]
    is_deviating: Mapped[bool] = mapped_column(default=False)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alarms_per_year: Mapped[float | None]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    verdict: Mapped[HealthVerdict] = mapped_column(coded(HealthVerdict, "verdict"))
    reason: Mapped[str] = mapped_column(default="")
