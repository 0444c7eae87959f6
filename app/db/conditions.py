"""Condition limits: a reading above or below a value for so long asks for an inspection."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import coded
from app.domain.conditions import Side
from app.domain.work_orders import Priority


class ConditionLimit(Base):
    """A limit on a role of a class, or of one of its machines; in the role's unit."""

    __tablename__ = "condition_limit"
    __table_args__ = (CheckConstraint("hours > 0", name="hours_positive"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    equipment_class_id: Mapped[int] = mapped_column(ForeignKey("equipment_class.id"), index=True)
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"))
    sensor_role_id: Mapped[int] = mapped_column(ForeignKey("sensor_role.id"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    side: Mapped[Side] = mapped_column(coded(Side, "side"))
    value: Mapped[float]
    hours: Mapped[int]
    priority: Mapped[Priority] = mapped_column(coded(Priority, "priority"), default=Priority.NORMAL)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)
