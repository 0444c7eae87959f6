"""Storms: nights that wanted orders for too many machines at once, and a planner's word on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime, coded
from app.domain.storms import StormState


class Storm(Base):
    """What one night held back of one class (None: of the whole site) for a planner's word.

    wanted: machines that would have got an order, of `machines`; share: the rule's limit then;
    cause: the likely common cause, in words.
    """

    __tablename__ = "storm"
    __table_args__ = (UniqueConstraint("run_id", "site_id", "equipment_class_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_run.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    equipment_class_id: Mapped[int | None] = mapped_column(ForeignKey("equipment_class.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    wanted: Mapped[int]
    machines: Mapped[int]
    share: Mapped[float]
    cause: Mapped[str]
    state: Mapped[StormState] = mapped_column(
        coded(StormState, "state"), default=StormState.WAITING
    )
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)
