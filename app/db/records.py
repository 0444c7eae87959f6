"""What happened to a machine: events, services, failures. `recorded_at` is when we knew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import BigId, UtcDateTime, coded
from app.domain.work_orders import Condition

_WHOLE = text("component_id IS NULL")


class MachineEvent(Base):
    """A non-fatal event the machine reported, such as an error code."""

    __tablename__ = "machine_event"
    __table_args__ = (UniqueConstraint("equipment_id", "at", "code"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    code: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ServiceRecord(Base):
    """Work that renewed a component (None = the whole machine), with the condition found."""

    __tablename__ = "service_record"
    __table_args__ = (
        UniqueConstraint("equipment_id", "at", "component_id"),
        Index(
            "uq_service_record_whole",
            "equipment_id",
            "at",
            unique=True,
            sqlite_where=_WHOLE,
            postgresql_where=_WHOLE,
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    activity: Mapped[str] = mapped_column(default="replace")
    is_planned: Mapped[bool] = mapped_column(default=True)
    condition_found: Mapped[Condition | None] = mapped_column(coded(Condition, "condition_found"))
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Failure(Base):
    """An event at which a component lost its function (EN 13306)."""

    __tablename__ = "failure"
    __table_args__ = (
        UniqueConstraint("equipment_id", "at", "component_id"),
        Index(
            "uq_failure_whole",
            "equipment_id",
            "at",
            unique=True,
            sqlite_where=_WHOLE,
            postgresql_where=_WHOLE,
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    mode: Mapped[str] = mapped_column(default="UNK")
    mechanism: Mapped[str] = mapped_column(default="")
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_order.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
