"""How sure a suggestion is: who says it, what its gate says, and what became of earlier ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.predictions import Forecast
from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import Scope
from app.domain.work_orders import OrderType, Outcome
from app.queries.predictions import GateView, gates, seen

IN_VAIN = (Outcome.NOTHING_FOUND, Outcome.NOTHING_FOUND_REPLACED)


@dataclass(frozen=True, slots=True)
class Sureness:
    """The rung, the gate, and the answers to suggestions of this part on machines of the class."""

    rung: str
    class_name: str
    gate: GateView | None
    as_predicted: int
    other_fault: int
    nothing_found: int
    dismissed: int

    @property
    def looked_at(self) -> int:
        """Suggestions that somebody followed and answered."""
        return self.as_predicted + self.other_fault + self.nothing_found


def sureness(
    session: Session, *, scope: Scope, machine: Equipment, newest: Forecast, now: datetime
) -> Sureness:
    """The record of one failure mode in its class, on the machines in sight."""
    class_id = machine.equipment_class_id
    rows = session.execute(
        sa.select(Finding.outcome, Finding.dismissal)
        # What became part of another order is answered there.
        .join(
            WorkOrder,
            Finding.work_order_id == sa.func.coalesce(WorkOrder.absorbed_into_id, WorkOrder.id),
        )
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(
            seen(Equipment.site_id, scope),
            Equipment.equipment_class_id == class_id,
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.mode == newest.mode,
            Finding.at <= now,
        )
        .order_by(Finding.id)
    ).all()
    found = Counter(outcome for outcome, _ in rows)
    return Sureness(
        rung=newest.rung,
        class_name=session.get_one(EquipmentClass, class_id).name,
        gate=next(
            (
                gate
                for gate in gates(session, scope=scope)
                if gate.class_id == class_id and gate.mode == newest.mode
            ),
            None,
        ),
        as_predicted=found[Outcome.FAULT_AS_PREDICTED],
        other_fault=found[Outcome.OTHER_FAULT],
        nothing_found=sum(found[outcome] for outcome in IN_VAIN),
        dismissed=sum(why is not None for _, why in rows),
    )
