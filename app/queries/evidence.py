"""What the nights told of open predictive orders, for the words of the next one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Forecast
from app.db.work_orders import OrderEvidence
from app.domain.risk_words import Told, grouped


def told_before(session: Session, *, order_ids: Collection[int]) -> dict[int, list[Told]]:
    """The nights behind each order, oldest first; drivers without a group are left out."""
    rows = session.execute(
        sa.select(OrderEvidence.work_order_id, Forecast.as_of, OrderEvidence.risk, Forecast.drivers)
        .join(Forecast, Forecast.id == OrderEvidence.forecast_id)
        .where(OrderEvidence.work_order_id.in_(order_ids))
        .order_by(OrderEvidence.work_order_id, OrderEvidence.id)
    )
    found: dict[int, list[Told]] = defaultdict(list)
    for order_id, as_of, risk, drivers in rows:
        found[order_id].append(Told(as_of, risk, grouped(drivers)))
    return found
