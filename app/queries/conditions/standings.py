"""How each machine stands against its limits at a moment, by its hourly means while it ran.

The limits, machines, sensors, orders and rules are asked once for all machines; readings seek
sensor by sensor, which is 21 times faster than one range over several (`app.queries.readings`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.conditions import ConditionLimit
from app.db.equipment import Component, Equipment, SensorRole
from app.db.work_orders import ANY_MODE
from app.domain.conditions import Limit, Stretch, is_passed, stretch
from app.domain.instants import to_micros
from app.domain.risk import OrderRule
from app.domain.work_orders import Priority
from app.queries import readings
from app.queries.conditions.facts import Known

# Far enough for the most hours a limit may ask for, at a machine that runs half of the time.
LOOK_BACK = timedelta(days=60)
# What was measured longer ago says nothing of tonight; a long weekend is no gap.
FRESH = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class LimitStanding:
    """One machine against one limit; `found` None: no readings. `quiet_until`: recent work or a
    dismissal keeps the night silent; `own_order_id` came of this limit, `host` looks anyway."""

    limit_id: int
    limit: Limit
    priority: Priority
    equipment_id: int
    tag: str
    team_id: int | None
    component_id: int | None
    mode: str
    role: str
    unit: str
    found: Stretch | None
    rule: OrderRule
    own_order_id: int | None
    host_id: int | None
    quiet_until: datetime | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """A machine and a limit that holds for it."""

    machine: Equipment
    limit: ConditionLimit
    role: SensorRole
    mode: str


def limit_standings(
    session: Session, *, equipment_ids: Collection[int], as_of: datetime
) -> tuple[LimitStanding, ...]:
    """Every active limit of these machines, by tag and limit.

    A machine's own limit replaces that of its class for the same role and side.
    """
    pairs = _pairs(session, equipment_ids)
    machines = {pair.machine.id: pair.machine for pair in pairs}
    known = Known.of(session, machines, as_of)
    return tuple(
        _standing(session, pair, known, as_of)
        for pair in sorted(pairs, key=lambda pair: (pair.machine.tag, pair.limit.id))
    )


def _standing(session: Session, pair: _Pair, known: Known, as_of: datetime) -> LimitStanding:
    machine, row = pair.machine, pair.limit
    limit = Limit(row.side, row.value, row.hours)
    rule = known.rules.at(machine.id, as_of)
    own = known.own.get((machine.id, row.id))
    host = None if own is not None else known.looking.get((machine.id, row.component_id))
    return LimitStanding(
        limit_id=row.id,
        limit=limit,
        priority=row.priority,
        equipment_id=machine.id,
        tag=machine.tag,
        team_id=machine.team_id,
        component_id=row.component_id,
        mode=pair.mode,
        role=pair.role.name,
        unit=pair.role.unit,
        found=_found(session, pair, limit, known, as_of),
        rule=rule,
        own_order_id=own,
        host_id=host,
        quiet_until=_quiet_until(pair, known, rule, as_of),
    )


def _quiet_until(pair: _Pair, known: Known, rule: OrderRule, as_of: datetime) -> datetime | None:
    key = pair.machine.id, pair.limit.id
    worked = (known.ended.get(key), known.renewed.get((key[0], pair.limit.component_id)))
    quiet = [moment + rule.cooldown for moment in worked if moment is not None]
    if key in known.snoozed:
        quiet.append(known.snoozed[key])
    return max((moment for moment in quiet if moment > as_of), default=None)


# --- readings


def _found(
    session: Session, pair: _Pair, limit: Limit, known: Known, as_of: datetime
) -> Stretch | None:
    """The stretch of the role's sensors; of several the one that has passed the limit."""
    ran = _running_hours(session, pair.machine, known, as_of)
    told = [
        _stretch(session, sensor, since, limit, ran, as_of)
        for sensor, since in known.sensors.get((pair.machine.id, pair.role.code), ())
    ]
    return max((one for one in told if one), key=lambda one: is_passed(limit, one), default=None)


def _stretch(
    session: Session,
    sensor_id: int,
    since: int,
    limit: Limit,
    ran: readings.Instants | None,
    as_of: datetime,
) -> Stretch | None:
    start = max(since, to_micros(as_of - LOOK_BACK))
    hours = readings.hours(session, sensor_id=sensor_id, start=start, end=to_micros(as_of))
    kept = np.ones(len(hours.at), bool) if ran is None else np.isin(hours.at, ran)
    ends, means = hours.at[kept], hours.mean[kept]
    if not len(ends) or ends[-1] <= to_micros(as_of - FRESH):
        return None
    return stretch(limit, ends.tolist(), means.tolist())


def _running_hours(
    session: Session, machine: Equipment, known: Known, as_of: datetime
) -> readings.Instants | None:
    """The hours in which the machine ran; None where nothing tells whether it does."""
    rule = known.running.get(machine.equipment_class_id)
    sensors = known.sensors.get((machine.id, rule[0])) if rule else None
    if rule is None or not sensors:
        return None
    start, end = to_micros(as_of - LOOK_BACK), to_micros(as_of)
    told = [readings.hours(session, sensor_id=id_, start=start, end=end) for id_, _ in sensors]
    return np.concatenate([hours.at[hours.mean > rule[1]] for hours in told])


def _pairs(session: Session, equipment_ids: Collection[int]) -> list[_Pair]:
    rows = session.execute(
        sa.select(Equipment, ConditionLimit, SensorRole, Component.code)
        .join(ConditionLimit, ConditionLimit.equipment_class_id == Equipment.equipment_class_id)
        .join(SensorRole, SensorRole.id == ConditionLimit.sensor_role_id)
        .outerjoin(Component, Component.id == ConditionLimit.component_id)
        .where(
            Equipment.id.in_(equipment_ids),
            ConditionLimit.is_active,
            sa.or_(
                ConditionLimit.equipment_id.is_(None), ConditionLimit.equipment_id == Equipment.id
            ),
        )
        .order_by(Equipment.id, ConditionLimit.id)
    )
    found = [_Pair(*row[:3], row[3] or ANY_MODE) for row in rows]
    own = {
        (pair.machine.id, pair.role.id, pair.limit.side)
        for pair in found
        if pair.limit.equipment_id is not None
    }
    return [
        pair
        for pair in found
        if pair.limit.equipment_id is not None
        or (pair.machine.id, pair.role.id, pair.limit.side) not in own
    ]
