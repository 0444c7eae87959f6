"""What people found on predicted orders, and on inspections that a deviation asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import Finding, OrderEvidence, WorkOrder
from app.domain.feedback import IN_VAIN
from app.domain.roles import Scope
from app.domain.work_orders import Condition, OrderType, Outcome, Source
from app.queries.predictions import seen


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One answered order: what was expected of it, and what was found.

    `forecast_id` is the forecast as issued when the order was raised. An inspection order claims
    no risk: its figures are those of that forecast, 0 where there was none.
    """

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
    forecast_id: int | None = None
    source: Source = Source.PREDICTION
    class_id: int = 0

    @property
    def lead_hours(self) -> float:
        """From the order to what was found."""
        return (self.at - self.raised_at) / timedelta(hours=1)


def findings(
    session: Session, *, scope: Scope, now: datetime, equipment_id: int | None = None
) -> tuple[FindingLine, ...]:
    """Every predicted order that was answered by looking, the newest first; where its work became
    part of another order, that one has the answer."""
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
            (WorkOrder.type == OrderType.PREDICTIVE) | WorkOrder.id.in_(hosts()),
            Finding.outcome.is_not(None),
            Finding.at <= now,
        )
        .order_by(Finding.at.desc(), Finding.id.desc())
    )
    if equipment_id is not None:
        asked = asked.where(Equipment.id == equipment_id)
    return tuple(_line(*row) for row in session.execute(asked))


def inspections(session: Session, *, scope: Scope, now: datetime) -> tuple[FindingLine, ...]:
    """Every inspection that a deviation asked for and somebody answered by looking, the newest
    first; never a prediction, but its finding is a label and its cost is real.

    A look that a planner asked for before deciding on a suggestion counts where it was in vain;
    what it found is told by the suggestion's own order.
    """
    asked = (
        sa.select(Finding, WorkOrder, Equipment, Component.name, Forecast.id, Forecast.risk)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(
            Component,
            Component.id == sa.func.coalesce(Finding.component_id, WorkOrder.component_id),
        )
        .outerjoin(Forecast, Forecast.id == _known_then())
        .where(
            seen(Equipment.site_id, scope),
            (WorkOrder.source == Source.DEVIATION) | _was_vain_look(),
            Finding.outcome.is_not(None),
            Finding.at <= now,
        )
        .order_by(Finding.at.desc(), Finding.id.desc())
    )
    return tuple(_inspection(*row) for row in session.execute(asked))


def hosts() -> sa.Select[int | None]:
    """The orders that suggestions became part of."""
    absorbed = aliased(WorkOrder)
    return sa.select(absorbed.absorbed_into_id).where(absorbed.absorbed_into_id.is_not(None))


def _was_vain_look() -> sa.ColumnElement[bool]:
    return sa.and_(
        WorkOrder.type == OrderType.INSPECTION,
        WorkOrder.origin_id.is_not(None),
        Finding.outcome.in_(sorted(IN_VAIN)),
    )


def _known_then() -> sa.ScalarSelect[int]:
    """One index seek an order: the newest forecast of its component, or machine, by then."""
    return (
        sa.select(Forecast.id)
        .where(
            Forecast.equipment_id == WorkOrder.equipment_id,
            Forecast.mode == WorkOrder.mode,
            Forecast.as_of <= WorkOrder.created_at,
        )
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
        .correlate(WorkOrder)
        .scalar_subquery()
    )


def _inspection(
    finding: Finding,
    order: WorkOrder,
    machine: Equipment,
    component: str | None,
    forecast_id: int | None,
    risk: float | None,
) -> FindingLine:
    known = OrderEvidence(
        risk=risk or 0.0, threshold=0.0, forecast_id=forecast_id, at=order.created_at
    )
    return replace(_line(finding, order, machine, component, known), source=order.source)


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
        # An order that a suggestion became part of may be much older than the suggestion.
        raised_at=order.created_at if order.type is OrderType.PREDICTIVE else evidence.at,
        risk=evidence.risk,
        threshold=evidence.threshold,
        forecast_id=evidence.forecast_id,
        class_id=machine.equipment_class_id,
    )
