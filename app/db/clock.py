"""The plant's own clock in demo mode: one row that only *Next night* moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime


class PlantClock(Base):
    """What time it is at the demo plant, and where its simulation stands."""

    __tablename__ = "plant_clock"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    now_at: Mapped[datetime] = mapped_column(UtcDateTime)
    simulation: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
