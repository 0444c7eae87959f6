"""What the savings ledger assumes, effective from a moment on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.types import UtcDateTime


class SavingsAssumption(Base):
    """One set of assumptions; the newest by its moment counts. Money in the plant's currency.

    None = the calculator's own proposal. Shares lie in 0..1.
    """

    __tablename__ = "savings_assumption"
    id: Mapped[int] = mapped_column(primary_key=True)
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    system_cost_per_year: Mapped[float | None]
    set_up_cost: Mapped[float | None]
    life_given_up_share: Mapped[float | None]
    reason: Mapped[str] = mapped_column(default="")
