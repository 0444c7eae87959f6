"""Sensors and the role each one fills, since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime
from app.domain.sensors import DEFAULT_KIND


class Sensor(Base):
    """One measuring point of one machine; `kind` is a row of `domain.sensors.SENSOR_KINDS`."""

    __tablename__ = "sensor"
    __table_args__ = (UniqueConstraint("equipment_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default=DEFAULT_KIND)
    unit: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class SensorAssignment(Base):
    """A sensor fills a role from a moment on, until it is exchanged (the serial changes)."""

    __tablename__ = "sensor_assignment"
    __table_args__ = (
        Index(
            "uq_sensor_assignment_current",
            "sensor_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), index=True)
    sensor_role_id: Mapped[int] = mapped_column(ForeignKey("sensor_role.id"))
    serial: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
