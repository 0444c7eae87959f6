"""What a planner says about a component before the plant has failures of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime


class TypicalLife(Base):
    """A component's typical life, its spread and the warning it gives, as entered by a person.

    `spread_days` is the standard deviation of lives (None: not known), `warning_days` how long
    before a failure the component shows signs.
    """

    __tablename__ = "typical_life"
    __table_args__ = (
        CheckConstraint("life_days > 0", name="life_positive"),
        CheckConstraint("spread_days > 0", name="spread_positive"),
        CheckConstraint("warning_days >= 0", name="warning_not_negative"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"), unique=True)
    life_days: Mapped[float]
    spread_days: Mapped[float | None]
    warning_days: Mapped[float | None]
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)
