"""What the simulator knows of tonight's forecasts and orders, while it still stands at tonight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import WorkOrder
from app.domain.risk import OrderRule
from app.domain.work_orders import OrderType
from benchmarks.measuring.closed_loop import truth
from benchmarks.measuring.closed_loop.calibration import Floats
from benchmarks.measuring.closed_loop.truth import OrderStory
from sample_data import Plant

RULE = OrderRule()
Judged = tuple[float, float, float]
"""Day since the first night, risk as issued, true chance."""


@dataclass(frozen=True)
class Issued:
    """Risks as issued for a component, n of them: day since the first night, risk, true chance.

    The chance is the simulator's, over the same hours, were the component left alone.
    """

    day: Floats
    risk: Floats
    chance: Floats


def judged(session: Session, plant: Plant, *, run_id: int, day: int) -> list[Judged]:
    """Tonight's risks per component, each beside its true chance over the same days."""
    rows = session.execute(
        sa.select(Equipment.tag, Forecast.mode, Forecast.risk, Forecast.risk_hours)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .join(
            Component,
            sa.and_(
                Component.code == Forecast.mode,
                Component.equipment_class_id == Equipment.equipment_class_id,
            ),
        )
        .where(Forecast.run_id == run_id)
        .order_by(Forecast.id)
    ).all()
    known = {
        (tag, days): plant.true_hazard(tag, days)
        for tag, days in {(row.tag, _days_of(row.risk_hours)) for row in rows}
    }
    return [(day, r.risk, known[r.tag, _days_of(r.risk_hours)][r.mode]) for r in rows]


def _days_of(hours: float) -> int:
    return max(1, round(hours / 24))


def stories(session: Session, plant: Plant, raised: Iterable[int]) -> dict[int, OrderStory]:
    """What is true of the orders that were raised tonight."""
    rows = session.execute(
        sa.select(WorkOrder, Equipment.tag, Component.code)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(Component, Component.id == WorkOrder.component_id)
        .where(WorkOrder.id.in_(list(raised)))
    )
    return {
        order.id: OrderStory(
            order_id=order.id,
            tag=tag,
            component=code or "",
            is_predictive=order.type is OrderType.PREDICTIVE,
            raised_at=order.created_at,
            is_real=truth.is_real(plant, tag, code or "", horizon=RULE.horizon),
        )
        for order, tag, code in rows
    }


def note_ends(session: Session, stories: Mapping[int, OrderStory]) -> None:
    """Write into each story when its order was completed or dismissed."""
    rows = session.execute(
        sa.select(WorkOrder.id, WorkOrder.completed_at, WorkOrder.closed_at).where(
            WorkOrder.id.in_(stories)
        )
    )
    for order_id, completed_at, closed_at in rows:
        stories[order_id].ended_at = completed_at or closed_at
