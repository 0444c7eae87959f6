"""A finding as an answer to the suggestions an order includes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.work_orders import WorkOrder
from app.domain.work_orders import CONFIRMED_BY, Outcome
from app.inputs.work_orders import CompleteWorkOrder
from app.services.work_orders.deed import Deed


def absorbed_parts(session: Session, order: WorkOrder) -> tuple[int | None, ...]:
    """The components of the suggestions this order includes, the oldest first."""
    found = session.scalars(
        sa.select(WorkOrder.component_id)
        .where(WorkOrder.absorbed_into_id == order.id)
        .order_by(WorkOrder.id)
    )
    return tuple(found)


def about(
    order: WorkOrder, finding: CompleteWorkOrder, absorbed: tuple[int | None, ...]
) -> int | None:
    """The component the finding is about; a condition without one answers what was suggested."""
    component_id = finding.component_id or order.component_id
    is_answer = finding.condition_found is not None and bool(absorbed)
    return component_id or (absorbed[0] if is_answer else None)


def as_an_answer(
    finding: CompleteWorkOrder,
    component_id: int | None,
    deed: Deed,
    absorbed: tuple[int | None, ...],
) -> CompleteWorkOrder:
    """The finding as an answer to the suggestion the order includes, about the same component.

    Who opened the part says by its condition whether the fault was there: a routine order asks
    for no more, and the suggestion must not go unanswered.
    """
    if finding.outcome is not None or finding.condition_found is None:
        return finding
    if component_id not in absorbed:
        return finding
    outcome = CONFIRMED_BY[finding.condition_found]
    if outcome is Outcome.NOTHING_FOUND and deed.renews(component_id):
        outcome = Outcome.NOTHING_FOUND_REPLACED
    return finding.model_copy(update={"outcome": outcome})
