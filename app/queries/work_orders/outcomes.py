"""What was found on each of some orders."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.work_orders import Finding
from app.domain.work_orders import Outcome


def outcomes(session: Session, *, work_order_ids: Iterable[int]) -> dict[int, Outcome]:
    """Order -> outcome, for those of these orders that have one; the caller saw them in scope."""
    rows = session.execute(
        sa.select(Finding.work_order_id, Finding.outcome).where(
            Finding.work_order_id.in_(set(work_order_ids)), Finding.outcome.is_not(None)
        )
    )
    return {order_id: outcome for order_id, outcome in rows if outcome is not None}
