"""Invariants of work orders as they stand."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.places import Team
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import Finding, OrderEvidence, WorkOrder, order_number
from app.domain.work_orders import FINISHED, OrderType, State

# What a state cannot be without.
_MOMENTS: dict[State, tuple[str, ...]] = {
    State.PLANNED: ("planned_start_at",),
    State.IN_PROGRESS: ("started_at",),
    State.ON_HOLD: ("started_at", "hold"),
    State.COMPLETED: ("started_at", "completed_at"),
    State.CLOSED: ("started_at", "completed_at", "closed_at"),
    State.CANCELLED: ("closed_at",),
}


def doubled_predictions(session: Session) -> Iterator[str]:
    """Machines with two unfinished predictive orders of one mode."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.mode, sa.func.count())
        .where(WorkOrder.type == OrderType.PREDICTIVE, WorkOrder.state.not_in(FINISHED))
        .group_by(WorkOrder.equipment_id, WorkOrder.mode)
        .having(sa.func.count() > 1)
        .order_by(WorkOrder.equipment_id, WorkOrder.mode)
    )
    for equipment_id, mode, number in rows:
        yield f"equipment {equipment_id}, mode {mode}: {number} are open"


def doubled_occurrences(session: Session) -> Iterator[str]:
    """Occurrences of a schedule that were raised twice."""
    rows = session.execute(
        sa.select(WorkOrder.schedule_id, WorkOrder.occurrence_on, sa.func.count())
        .where(WorkOrder.schedule_id.is_not(None))
        .group_by(WorkOrder.schedule_id, WorkOrder.occurrence_on)
        .having(sa.func.count() > 1)
        .order_by(WorkOrder.schedule_id, WorkOrder.occurrence_on)
    )
    for schedule_id, day, number in rows:
        yield f"schedule {schedule_id}, {day}: {number} orders"


def predictions_without_evidence(session: Session) -> Iterator[str]:
    """Predictive orders no forecast stands behind, or with a forecast of another machine."""
    supported = sa.select(OrderEvidence.work_order_id)
    rows = session.scalars(
        sa.select(WorkOrder.id)
        .where(WorkOrder.type == OrderType.PREDICTIVE, WorkOrder.id.not_in(supported))
        .order_by(WorkOrder.id)
    )
    for order_id in rows:
        yield f"{order_number(order_id)} has no evidence"


def missing_moments(session: Session) -> Iterator[str]:
    """Orders in a state they cannot have reached: completed without a time, on hold without why."""
    for state, names in _MOMENTS.items():
        for name in names:
            column = getattr(WorkOrder, name)
            rows = session.scalars(
                sa.select(WorkOrder.id)
                .where(WorkOrder.state == state, column.is_(None))
                .order_by(WorkOrder.id)
            )
            for order_id in rows:
                yield f"{order_number(order_id)} is {state.value} without {name}"


def foreign_teams(session: Session) -> Iterator[str]:
    """Orders given to a team of another site than the machine's."""
    rows = session.scalars(
        sa.select(WorkOrder.id)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .join(Team, Team.id == WorkOrder.team_id)
        .where(Team.site_id != Equipment.site_id)
        .order_by(WorkOrder.id)
    )
    for order_id in rows:
        yield f"{order_number(order_id)} is with a team of another site"


def foreign_records(session: Session) -> Iterator[str]:
    """Findings, failures and services that name an order of another machine."""
    for table in (Finding, Failure, ServiceRecord):
        rows = session.execute(
            sa.select(table.id, WorkOrder.id)
            .join(WorkOrder, WorkOrder.id == table.work_order_id)
            .where(WorkOrder.equipment_id != table.equipment_id)
            .order_by(table.id)
        )
        for row_id, order_id in rows:
            yield f"{table.__tablename__} {row_id} is not of {order_number(order_id)}'s machine"
