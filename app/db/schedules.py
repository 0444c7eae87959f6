"""Preventive schedules."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import coded
from app.domain.activities import Activity
from app.domain.schedules import ScheduleBasis, Unit


class PreventiveSchedule(Base):
    """A service that comes round by the calendar."""

    __tablename__ = "preventive_schedule"
    __table_args__ = (
        UniqueConstraint("equipment_id", "title"),
        CheckConstraint("every > 0", name="every_positive"),
        CheckConstraint("lead_days >= 0", name="lead_not_negative"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    title: Mapped[str]
    # What counts as done when an order is closed without another word: it may renew the component.
    activity: Mapped[Activity] = mapped_column(
        coded(Activity, "activity"), default=Activity.SERVICE
    )
    every: Mapped[int]
    unit: Mapped[Unit] = mapped_column(coded(Unit, "unit"))
    basis: Mapped[ScheduleBasis] = mapped_column(coded(ScheduleBasis, "basis"))
    lead_days: Mapped[int] = mapped_column(default=7)
    starts_on: Mapped[date]
    last_due_on: Mapped[date | None]
    last_done_on: Mapped[date | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)
