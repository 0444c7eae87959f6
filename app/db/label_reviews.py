"""Imported or uncoded orders that wait for a person's word before they teach anything."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime, coded
from app.domain.work_orders import Function


class ReviewState(StrEnum):
    """Where a review stands; only accepted ones are labels."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class LabelReview(Base):
    """What an order seems to say about a component, and what a person made of it.

    `confidence` in 0..1 and `evidence` (the words that matched) come from the proposal; the
    columns without `proposed_` hold what was accepted.
    """

    __tablename__ = "label_review"
    __table_args__ = (Index("ix_label_review_queue", "state", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id"), unique=True)
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), index=True)
    proposed_component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    proposed_function: Mapped[Function] = mapped_column(coded(Function, "proposed_function"))
    confidence: Mapped[float]
    evidence: Mapped[str] = mapped_column(default="")
    state: Mapped[ReviewState] = mapped_column(coded(ReviewState, "state"))
    component_id: Mapped[int | None] = mapped_column(ForeignKey("component.id"))
    function: Mapped[Function | None] = mapped_column(coded(Function, "function"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
