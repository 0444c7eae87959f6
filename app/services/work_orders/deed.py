"""What was done on an order, and to which part: as told, else what its schedule says is done."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder
from app.domain.activities import RENEWING, Activity
from app.domain.work_orders import Outcome
from app.inputs.work_orders import CompleteWorkOrder


@dataclass(frozen=True, slots=True)
class Deed:
    """One activity on one component; without a component it was done to the whole machine."""

    activity: Activity
    component_id: int | None

    @property
    def is_renewal(self) -> bool:
        """Whether a life begins anew with it."""
        return self.activity in RENEWING

    def renews(self, component_id: int | None) -> bool:
        """Whether this component's life begins anew with it."""
        return self.is_renewal and self.component_id in (None, component_id)


def deed_of(
    session: Session, order: WorkOrder, finding: CompleteWorkOrder, component_id: int | None
) -> Deed:
    """What was done; *component_id* is the component the finding is about.

    1. What the finding names.
    2. A part replaced without a finding says it by itself.
    3. What was not inspected was not worked on, either.
    4. An order of a schedule: what the schedule says is done, to its own component, even where
       the finding is about another one.
    5. Any other order: somebody looked.
    """
    if finding.activity is not None:
        return Deed(finding.activity, component_id)
    if finding.outcome is Outcome.NOTHING_FOUND_REPLACED:
        return Deed(Activity.REPLACE, component_id)
    if finding.outcome is Outcome.NOT_INSPECTED or order.schedule_id is None:
        return Deed(Activity.CHECK, component_id)
    # Only the column: the schedule itself is loaded later, when it is locked.
    usual = session.scalars(
        sa.select(PreventiveSchedule.activity).where(PreventiveSchedule.id == order.schedule_id)
    ).one()
    return Deed(usual, order.component_id or finding.component_id)
