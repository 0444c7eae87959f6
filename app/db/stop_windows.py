"""Stop windows: when production releases a machine, a line or a whole site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime


class StopWindow(Base):
    """A span of time, once or repeated. Without a machine it is the location's, without both the
    site's. `rrule` (RFC 5545, without DTSTART) repeats it in the site's local time; `uid` names
    the calendar entry it was imported from."""

    __tablename__ = "stop_window"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_stop_window_site", "site_id", "starts_at"),
        Index("ix_stop_window_uid", "site_id", "uid"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"))
    title: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rrule: Mapped[str] = mapped_column(default="")
    uid: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it here)
