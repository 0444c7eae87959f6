"""What a machine's predictor would have said of the nights before anything was foretold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime


class BackTest(Base):
    """One machine's back-test: one row a machine, replaced, never added to.

    `content` has forecasts out of fold, data only (`app.queries.back_tests` packs and opens it);
    `digest` is what it must hash to. All of them, from `since` to `until`, lie before the first
    forecast the machine was issued: when a year has passed since that one, the row goes.
    """

    __tablename__ = "back_test"
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), primary_key=True)
    predictor_version_id: Mapped[int] = mapped_column(ForeignKey("predictor_version.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
