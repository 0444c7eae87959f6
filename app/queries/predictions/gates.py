"""Which predictions have earned the right to raise orders."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.predictions import ClassGate, ClassVersion
from app.domain.risk import Gate
from app.domain.roles import Scope
from app.queries.predictions.basics import mode_names, seen


@dataclass(frozen=True, slots=True)
class GateView:
    """Whether predictions of one class and mode may raise orders, and why."""

    class_id: int
    class_name: str
    mode: str
    mode_name: str
    gate: Gate
    reason: str
    events: int


def gates(session: Session, *, scope: Scope) -> list[GateView]:
    """The newest gate of every mode of the classes that have machines in sight."""
    classes = sa.select(Equipment.equipment_class_id).where(seen(Equipment.site_id, scope))
    newest = (
        sa.select(sa.func.max(ClassVersion.id))
        .where(ClassVersion.equipment_class_id.in_(classes))
        .group_by(ClassVersion.equipment_class_id)
    )
    found = session.execute(
        sa.select(EquipmentClass.id, EquipmentClass.name, ClassGate)
        .join(ClassVersion, ClassVersion.equipment_class_id == EquipmentClass.id)
        .join(ClassGate, ClassGate.class_version_id == ClassVersion.id)
        .where(ClassVersion.id.in_(newest))
        .order_by(EquipmentClass.name, ClassGate.mode, ClassGate.id)
    ).all()
    names = mode_names(session, {class_id for class_id, _, _ in found})
    return [
        GateView(
            class_id,
            name,
            gate.mode,
            names.get((class_id, gate.mode), ""),
            gate.gate,
            gate.reason,
            gate.events,
        )
        for class_id, name, gate in found
    ]
