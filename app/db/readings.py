"""Readings as plain rows, their hourly aggregate, and what became of every batch.

`at` is integer UTC microseconds; `hour` counts hours since 1970 and names the hour's END: the hour
h holds (h - 1, h]. Core tables, not mapped classes: readings never pass through the ORM. Their
sensor_id has no foreign key: checking it for every row made PostgreSQL 3 to 6 times slower
(ADR 0008); `store` refuses unknown sensors and `verify` looks for orphans.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import BigId, UtcDateTime

sensor_reading = sa.Table(
    "sensor_reading",
    Base.metadata,
    sa.Column("sensor_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("quality", sa.SmallInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

reading_hour = sa.Table(
    "reading_hour",
    Base.metadata,
    sa.Column("sensor_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("mean", sa.Double, nullable=False),
    sa.Column("low", sa.Double, nullable=False),
    sa.Column("high", sa.Double, nullable=False),
    sa.Column("last", sa.Double, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


class ReadingBatch(Base):
    """One delivery of readings and what became of its rows; late ones are named by the night."""

    __tablename__ = "reading_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    source: Mapped[str]
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted: Mapped[int]
    duplicate: Mapped[int]
    conflict: Mapped[int]
    quarantined: Mapped[int]
    rejected: Mapped[int]


class ReadingConflict(Base):
    """A second, different value for an instant: the first was kept, this one is listed."""

    __tablename__ = "reading_conflict"
    __table_args__ = (
        Index("uq_reading_conflict_offer", "sensor_id", "at", "offered", unique=True),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    at: Mapped[int] = mapped_column(sa.BigInteger)
    kept: Mapped[float]
    offered: Mapped[float]
    batch_id: Mapped[int] = mapped_column(ForeignKey("reading_batch.id"))


class ReadingQuarantine(Base):
    """A value that cannot be true for its kind of sensor: kept apart, never trained on."""

    __tablename__ = "reading_quarantine"
    __table_args__ = (
        Index("uq_reading_quarantine_offer", "sensor_id", "at", "value", unique=True),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    at: Mapped[int] = mapped_column(sa.BigInteger)
    value: Mapped[float]
    reason: Mapped[str]
    batch_id: Mapped[int] = mapped_column(ForeignKey("reading_batch.id"))
