"""The audit log: append-only, each row sealed by a hash over itself and its predecessor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import BigId, UtcDateTime


class AuditRow(Base):
    """Who did what to which row, when, and what changed."""

    __tablename__ = "audit_row"
    __table_args__ = (Index("ix_audit_row_entity", "entity", "entity_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    by_name: Mapped[str]
    action: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str]
    seal: Mapped[str] = mapped_column(unique=True)
