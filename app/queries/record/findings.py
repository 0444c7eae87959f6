"""What people found on predicted orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.work_orders import Finding, OrderEvidence, WorkOrder
from app.domain.roles import Scope
from app.domain.work_orders import Condition, OrderType, Outcome
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One answered order: what was expected of it, and what was found."""

    finding_id: int
    at: datetime
    order_id: int
    equipment_id: int
    tag: str
    name: str
    component: str
    outcome: Outcome
    condition: Condition | None
    is_failure: bool
    raised_at: datetime
    risk: float
    threshold: float

    @property
    def lead_hours(self) -> float:
        """From the order to what was found."""
        return (self.at - self.raised_at) / timedelta(hours=1)


def findings(
    session: Session, *, scope: Scope, now: datetime, equipment_id: int | None = None
) -> tuple[FindingLine, ...]:
    """Every predicted order that was answered by looking, the newest first."""
    first = (
        sa.select(OrderEvidence.work_order_id, sa.func.min(OrderEvidence.id).label("id"))
        .group_by(OrderEvidence.work_order_id)
        .subquery()
    )
    asked = (
        sa.select(Finding, WorkOrder, Equipment, Component.name, OrderEvidence)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .join(first, first.c.work_order_id == WorkOrder.id)
        .join(OrderEvidence, OrderEvidence.id == first.c.id)
        .outerjoin(
            Component,
            Component.id == sa.func.coalesce(Finding.component_id, WorkOrder.component_id),
        )
        .where(
            seen(Equipment.site_id, scope),
            WorkOrder.type == OrderType.PREDICTIVE,
            Finding.outcome.is_not(None),
            Finding.at <= now,
        )
        .order_by(Finding.at.desc(), Finding.id.desc())
    )
    if equipment_id is not None:
        asked = asked.where(Equipment.id == equipment_id)
    return tuple(_line(*row) for row in session.execute(asked))


def _line(
    finding: Finding,
    order: WorkOrder,
    machine: Equipment,
    component: str | None,
    evidence: OrderEvidence,
) -> FindingLine:
    assert finding.outcome is not None
    return FindingLine(
        finding_id=finding.id,
        at=finding.at,
        order_id=order.id,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        component=component or "",
        outcome=finding.outcome,
        condition=finding.condition_found,
        is_failure=finding.failed_at is not None,
        raised_at=order.created_at,
        risk=evidence.risk,
        threshold=evidence.threshold,
    )
