"""Invariants of day one: suggested inspections, the health behind them, reviewed labels."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.label_reviews import LabelReview, ReviewState
from app.db.training import MachineOutcome
from app.db.work_orders import WorkOrder, order_number
from app.domain.health import HealthVerdict
from app.domain.work_orders import FINISHED, OrderType, Source

_HAS_AN_ORDER = (HealthVerdict.RAISED, HealthVerdict.UPDATED)
_QUIET = (HealthVerdict.NORMAL, HealthVerdict.UNKNOWN)


def doubled_inspections(session: Session) -> Iterator[str]:
    """Machines with two unfinished suggestions of an inspection."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, sa.func.count())
        .where(WorkOrder.source == Source.DEVIATION, WorkOrder.state.not_in(FINISHED))
        .group_by(WorkOrder.equipment_id)
        .having(sa.func.count() > 1)
        .order_by(WorkOrder.equipment_id)
    )
    for equipment_id, number in rows:
        yield f"equipment {equipment_id}: {number} are open"


def inspections_without_a_deviation(session: Session) -> Iterator[str]:
    """Suggested inspections nothing stands behind, or that are no mere inspection."""
    behind = sa.exists().where(
        MachineHealth.work_order_id == WorkOrder.id,
        MachineHealth.equipment_id == WorkOrder.equipment_id,
        MachineHealth.is_deviating,
    )
    rows = session.scalars(
        sa.select(WorkOrder)
        .where(
            WorkOrder.source == Source.DEVIATION,
            sa.or_(~behind, WorkOrder.type != OrderType.INSPECTION, WorkOrder.risk.is_not(None)),
        )
        .order_by(WorkOrder.id)
    )
    for order in rows:
        yield f"{order_number(order.id)} is no inspection of a machine that deviated"


def unfounded_health(session: Session) -> Iterator[str]:
    """Rows whose verdict does not fit what was seen, or of a machine their run did not look at."""
    took_part = sa.exists().where(
        MachineOutcome.run_id == MachineHealth.run_id,
        MachineOutcome.equipment_id == MachineHealth.equipment_id,
    )
    is_quiet = MachineHealth.verdict.in_(_QUIET)
    has_order = MachineHealth.verdict.in_(_HAS_AN_ORDER)
    rows = session.scalars(
        sa.select(MachineHealth)
        .where(
            sa.or_(
                ~took_part,
                is_quiet == MachineHealth.is_deviating,
                has_order != MachineHealth.work_order_id.is_not(None),
                (MachineHealth.verdict == HealthVerdict.UNKNOWN) != MachineHealth.score.is_(None),
            )
        )
        .order_by(MachineHealth.id)
    )
    for row in rows:
        yield f"health {row.id} of equipment {row.equipment_id} says {row.verdict.value}"


def half_reviewed_labels(session: Session) -> Iterator[str]:
    """Reviews without their moment or their word, or of an order of another machine."""
    is_waiting = LabelReview.state == ReviewState.WAITING
    is_accepted = LabelReview.state == ReviewState.ACCEPTED
    rows = session.scalars(
        sa.select(LabelReview)
        .join(WorkOrder, WorkOrder.id == LabelReview.work_order_id)
        .join(Equipment, Equipment.id == LabelReview.equipment_id)
        .where(
            sa.or_(
                is_waiting != LabelReview.reviewed_at.is_(None),
                sa.and_(is_accepted, LabelReview.function.is_(None)),
                WorkOrder.equipment_id != LabelReview.equipment_id,
            )
        )
        .order_by(LabelReview.id)
    )
    for row in rows:
        yield f"label review {row.id} of {order_number(row.work_order_id)} is {row.state.value}"
