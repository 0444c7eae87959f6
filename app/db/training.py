"""The night: runs with their lease, what became of each machine, and requests from the pages."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime, coded


class RunKind(StrEnum):
    """Nightly runs are unique per site and local date; manual ones are not."""

    NIGHTLY = "nightly"
    MANUAL = "manual"


class RunState(StrEnum):
    """Where a run stands; `interrupted` runs are resumed by the next start."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What a running night is busy with, in order."""

    OPENING = "opening"
    READING = "reading"
    CLASSES = "classes"
    MACHINES = "machines"
    ORDERS = "orders"
    DONE = "done"


class MachineStatus(StrEnum):
    """What became of one machine."""

    TRAINED = "trained"
    REUSED = "reused"
    SKIPPED = "skipped"
    FAILED = "failed"


class RequestKind(StrEnum):
    """What a page may ask of the trainer."""

    RUN_NOW = "run_now"
    RETRY_FAILED = "retry_failed"
    CANCEL = "cancel"
    NEXT_DAY = "next_day"


_NIGHTLY = text("kind = 'nightly'")


class TrainingRun(Base):
    """One night. `lease_token` rises with every taker, so a paused one is fenced off."""

    __tablename__ = "training_run"
    __table_args__ = (
        Index(
            "uq_training_run_night",
            "site_id",
            "local_date",
            unique=True,
            sqlite_where=_NIGHTLY,
            postgresql_where=_NIGHTLY,
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[RunKind] = mapped_column(coded(RunKind, "kind"))
    local_date: Mapped[date]
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[RunState] = mapped_column(coded(RunState, "state"))
    stage: Mapped[Stage] = mapped_column(coded(Stage, "stage"))
    is_refit: Mapped[bool] = mapped_column(default=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int] = mapped_column(default=1)
    lease_owner: Mapped[str]
    lease_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    engine: Mapped[str]
    workers: Mapped[int]
    steps_total: Mapped[int] = mapped_column(default=0)
    steps_done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(default="")


class MachineOutcome(Base):
    """What one run made of one machine."""

    __tablename__ = "machine_outcome"
    __table_args__ = (UniqueConstraint("run_id", "equipment_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), index=True)
    status: Mapped[MachineStatus] = mapped_column(coded(MachineStatus, "status"))
    rung: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    cpu_seconds: Mapped[float] = mapped_column(default=0.0)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TrainingRequest(Base):
    """A wish from a page; the scheduler or the running trainer takes it."""

    __tablename__ = "training_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RequestKind] = mapped_column(coded(RequestKind, "kind"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("training_run.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
