"""What limits need to know of all machines at once: a question each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass, SensorRole
from app.db.records import ServiceRecord
from app.db.sensors import Sensor, SensorAssignment
from app.db.work_orders import Finding, WorkOrder
from app.domain.instants import to_micros
from app.domain.work_orders import FINISHED, OrderType
from app.queries import readings
from app.queries.rules_in_force import RuleBook

# Orders whose work opens or looks at a component anyway.
_LOOKING = (
    OrderType.CORRECTIVE,
    OrderType.PREVENTIVE,
    OrderType.PREDICTIVE,
    OrderType.INSPECTION,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Keys are machines with a role, a limit or a component; `sensors` have (id, since when)."""

    rules: RuleBook
    sensors: Mapping[tuple[int, str], Sequence[tuple[int, int]]]
    running: Mapping[int, tuple[str, float]]
    own: Mapping[tuple[int, int], int]
    looking: Mapping[tuple[int, int | None], int]
    ended: Mapping[tuple[int, int], datetime]
    snoozed: Mapping[tuple[int, int], datetime]
    renewed: Mapping[tuple[int, int | None], datetime]

    @classmethod
    def of(cls, session: Session, machines: Mapping[int, Equipment], as_of: datetime) -> Known:
        """What one question each tells of all the machines."""
        own, looking = _open_orders(session, machines)
        ended, snoozed = _ended(session, machines)
        return cls(
            rules=RuleBook(session, {id_: row.equipment_class_id for id_, row in machines.items()}),
            sensors=_sensors(session, machines, as_of),
            running=_running(session, {row.equipment_class_id for row in machines.values()}),
            own=own,
            looking=looking,
            ended=ended,
            snoozed=snoozed,
            renewed=_renewed(session, machines, as_of),
        )


def _sensors(
    session: Session, ids: Iterable[int], as_of: datetime
) -> dict[tuple[int, str], list[tuple[int, int]]]:
    """Machine and role -> the sensors that fill it at *as_of*, each with the instant since when."""
    rows = session.execute(
        sa.select(Sensor.equipment_id, SensorRole.code, Sensor.id, SensorAssignment.started_at)
        .join(SensorAssignment, SensorAssignment.sensor_id == Sensor.id)
        .join(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(
            Sensor.equipment_id.in_(list(ids)),
            sa.or_(SensorAssignment.started_at.is_(None), SensorAssignment.started_at < as_of),
            sa.or_(SensorAssignment.ended_at.is_(None), SensorAssignment.ended_at >= as_of),
        )
        .order_by(Sensor.id, SensorAssignment.id)
    )
    found: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for machine, role, sensor, since in rows:
        started = to_micros(since) if since is not None else readings.EVER
        found[machine, role].append((sensor, started))
    return found


def _running(session: Session, class_ids: Collection[int]) -> dict[int, tuple[str, float]]:
    rows = session.execute(
        sa.select(
            EquipmentClass.id, EquipmentClass.running_role, EquipmentClass.running_above
        ).where(EquipmentClass.id.in_(class_ids), EquipmentClass.running_role.is_not(None))
    )
    return {
        class_id: (role, above)
        for class_id, role, above in rows
        if role is not None and above is not None
    }


def _open_orders(
    session: Session, ids: Iterable[int]
) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int | None], int]]:
    """Open orders by machine and limit, and the oldest other one by machine and component."""
    rows = session.execute(
        sa.select(
            WorkOrder.equipment_id,
            WorkOrder.component_id,
            WorkOrder.condition_limit_id,
            WorkOrder.id,
        )
        .where(
            WorkOrder.equipment_id.in_(list(ids)),
            WorkOrder.type.in_(_LOOKING),
            WorkOrder.state.not_in(FINISHED),
        )
        .order_by(WorkOrder.id.desc())
    ).all()
    own = {(machine, limit): order for machine, _, limit, order in rows if limit is not None}
    looking = {(machine, component): order for machine, component, _, order in rows}
    return own, looking


def _ended(
    session: Session, ids: Iterable[int]
) -> tuple[dict[tuple[int, int], datetime], dict[tuple[int, int], datetime]]:
    """When the last order of a limit ended, and until when a dismissed one is snoozed."""
    moment = sa.func.coalesce(Finding.at, WorkOrder.completed_at, WorkOrder.closed_at)
    rows = session.execute(
        sa.select(
            WorkOrder.equipment_id,
            WorkOrder.condition_limit_id,
            sa.func.max(moment),
            sa.func.max(WorkOrder.snoozed_until),
        )
        .outerjoin(Finding, Finding.work_order_id == WorkOrder.id)
        .where(
            WorkOrder.equipment_id.in_(list(ids)),
            WorkOrder.condition_limit_id.is_not(None),
            WorkOrder.state.in_(FINISHED),
        )
        .group_by(WorkOrder.equipment_id, WorkOrder.condition_limit_id)
    ).all()
    ended = {
        (machine, limit): at
        for machine, limit, at, _ in rows
        if limit is not None and at is not None
    }
    snoozed = {
        (machine, limit): until
        for machine, limit, _, until in rows
        if limit is not None and until is not None
    }
    return ended, snoozed


def _renewed(
    session: Session, ids: Iterable[int], as_of: datetime
) -> dict[tuple[int, int | None], datetime]:
    """When work on each component was last recorded."""
    rows = session.execute(
        sa.select(
            ServiceRecord.equipment_id, ServiceRecord.component_id, sa.func.max(ServiceRecord.at)
        )
        .where(
            ServiceRecord.equipment_id.in_(list(ids)),
            ServiceRecord.at <= as_of,
            ServiceRecord.recorded_at <= as_of,
        )
        .group_by(ServiceRecord.equipment_id, ServiceRecord.component_id)
    )
    return {(machine, component): at for machine, component, at in rows}
