"""Which sensor a suggestion rests on most: the one to check when its readings are doubted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import SensorRole
from app.db.health import MachineHealth
from app.db.predictions import Forecast
from app.db.sensors import Sensor, SensorAssignment
from app.db.work_orders import OrderEvidence, WorkOrder

ROLE = "role:"


@dataclass(frozen=True, slots=True)
class DoubtedSensor:
    """A sensor, and what was said of it."""

    id: int
    code: str
    name: str
    sentence: str


def doubted_sensor(session: Session, *, work_order_id: int) -> DoubtedSensor | None:
    """The sensor of the strongest reason that is a reading; None when no reading speaks.

    A prediction names it by its newest evidence, an inspection by the night that asked for it.
    """
    order = session.get_one(WorkOrder, work_order_id)
    for role, sentence in _reasons(session, order):
        found = session.execute(_fills(order.equipment_id, role)).first()
        if found is not None:
            return DoubtedSensor(found.id, found.code, found.name, sentence)
    return None


def _reasons(session: Session, order: WorkOrder) -> Iterable[tuple[str, str]]:
    """(role, sentence) of the newest evidence, the strongest first."""
    drivers = session.scalar(
        sa.select(Forecast.drivers)
        .join(OrderEvidence, OrderEvidence.forecast_id == Forecast.id)
        .where(OrderEvidence.work_order_id == order.id)
        .order_by(OrderEvidence.at.desc(), OrderEvidence.id.desc())
        .limit(1)
    )
    if drivers is not None:
        groups = [(str(d.get("group", "")), str(d.get("sentence", ""))) for d in drivers]
        return [(g.removeprefix(ROLE), said) for g, said in groups if g.startswith(ROLE)]
    roles = session.scalar(
        sa.select(MachineHealth.evidence)
        .where(MachineHealth.work_order_id == order.id)
        .order_by(MachineHealth.id.desc())
        .limit(1)
    )
    return [(str(role.get("role", "")), "") for role in roles or ()]


def _fills(equipment_id: int, role: str) -> sa.Select[int, str, str]:
    """The sensor of a machine that fills a role now."""
    return (
        sa.select(Sensor.id, Sensor.code, Sensor.name)
        .join(SensorAssignment, SensorAssignment.sensor_id == Sensor.id)
        .join(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(
            Sensor.equipment_id == equipment_id,
            SensorAssignment.ended_at.is_(None),
            SensorRole.code == role,
        )
        .order_by(Sensor.id)
        .limit(1)
    )
