"""One machine against its own normal and its sister machines, as its page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.work_orders import WorkOrder
from app.domain.equipment import Status
from app.domain.health import HealthVerdict, RoleHealth, on_scale, told

_ROLE_FIELDS = tuple(field.name for field in fields(RoleHealth))


@dataclass(frozen=True, slots=True)
class RolePicture:
    """One role with where its marks stand in a picture: 0..1, the normal in the middle."""

    role: RoleHealth
    at: float | None
    sisters_at: float | None
    band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class HealthView:
    """What the newest night said of a machine; `score` 1 is its own limit, None = not known."""

    run_id: int
    as_of: datetime
    score: float | None
    is_deviating: bool
    since: datetime | None
    alarms_per_year: float | None
    verdict: HealthVerdict
    reason: str
    roles: tuple[RolePicture, ...]
    told: tuple[str, ...]
    order_id: int | None
    sister_machines: int


def machine_health(session: Session, *, machine: Equipment) -> HealthView | None:
    """The machine's newest health; None before a night has looked at it."""
    row = session.scalar(
        sa.select(MachineHealth)
        .where(MachineHealth.equipment_id == machine.id)
        .order_by(MachineHealth.as_of.desc(), MachineHealth.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    roles = tuple(stored_role(entry) for entry in row.evidence)
    return HealthView(
        run_id=row.run_id,
        as_of=row.as_of,
        score=row.score,
        is_deviating=row.is_deviating,
        since=row.since,
        alarms_per_year=row.alarms_per_year,
        verdict=row.verdict,
        reason=row.reason,
        roles=tuple(_picture(role) for role in roles),
        told=told(roles),
        order_id=row.work_order_id or _order_held_for(session, row),
        sister_machines=_sister_machines(session, machine),
    )


def newest_health(session: Session, *, equipment_ids: Iterable[int]) -> Mapping[int, MachineHealth]:
    """Machine -> the newest row of its health; one index seek a machine."""
    newest = (
        sa.select(MachineHealth.id)
        .where(MachineHealth.equipment_id == Equipment.id)
        .order_by(MachineHealth.as_of.desc(), MachineHealth.id.desc())
        .limit(1)
        .correlate(Equipment)
        .scalar_subquery()
    )
    rows = session.scalars(
        sa.select(MachineHealth)
        .join(Equipment, Equipment.id == MachineHealth.equipment_id)
        .where(Equipment.id.in_(list(equipment_ids)), MachineHealth.id == newest)
        .order_by(MachineHealth.id)
    )
    return {row.equipment_id: row for row in rows}


def stored_role(entry: Mapping[str, Any]) -> RoleHealth:
    """A role as it was stored; what an older night did not know of is not known."""
    known: dict[str, Any] = {name: entry.get(name) for name in _ROLE_FIELDS}
    known |= {name: str(known[name] or "") for name in ("role", "name", "unit", "sentence")}
    known["sister_count"] = int(known["sister_count"] or 0)
    return RoleHealth(**known)


def _picture(role: RoleHealth) -> RolePicture:
    low, high = on_scale(-(role.limit or 0), role.limit), on_scale(role.limit, role.limit)
    return RolePicture(
        role=role,
        at=on_scale(role.deviation, role.limit),
        sisters_at=on_scale(role.sisters, role.limit),
        band=None if low is None or high is None else (low, high),
    )


def _order_held_for(session: Session, row: MachineHealth) -> int | None:
    """The open inspection the machine was suggested for on another night."""
    return session.scalar(
        sa.select(WorkOrder.id)
        .join(MachineHealth, MachineHealth.work_order_id == WorkOrder.id)
        .where(WorkOrder.equipment_id == row.equipment_id, WorkOrder.closed_at.is_(None))
        .where(WorkOrder.completed_at.is_(None))
        .order_by(WorkOrder.id.desc())
        .limit(1)
    )


def _sister_machines(session: Session, machine: Equipment) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count()).where(
                Equipment.equipment_class_id == machine.equipment_class_id,
                Equipment.site_id == machine.site_id,
                Equipment.id != machine.id,
                Equipment.status != Status.RETIRED,
            )
        )
        or 0
    )
