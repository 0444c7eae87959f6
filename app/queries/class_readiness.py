"""How far each class has come: what is known, which rung that reaches, what is missing and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass, SensorRole
from app.db.health import MachineHealth
from app.db.predictions import Forecast, PredictorVersion
from app.db.readings import reading_hour
from app.db.sensors import Sensor, SensorAssignment
from app.db.work_orders import ANY_MODE
from app.domain.equipment import Status
from app.domain.instants import HOUR_US, from_micros, to_micros
from app.domain.ladder import RUNGS, Missing, Rung, height, highest, missing
from app.domain.roles import Scope
from app.queries.known_events import KnownEvents, known_events
from app.queries.machine_health import newest_health
from app.queries.predictions import GateView, gates, newest_forecast, seen
from app.queries.sensor_faults import SensorFault, sensor_faults
from app.queries.typical_lives import ComponentLife, typical_lives

DAY = timedelta(days=1)
# A role counts as usable when a sensor without a fault filled it within this time.
FRESH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RoleReadiness:
    """A sensor role: on how many machines of the class it is filled by a sensor that works."""

    name: str
    unit: str
    usable: int
    faulty: int


@dataclass(frozen=True, slots=True)
class ModeReadiness:
    """A component (or the machine as a whole, name ""): its rung, gate, and what lifts it."""

    name: str
    failures: int
    confirmed: int
    rung: Rung
    gate: GateView | None
    missing: Missing | None
    life: ComponentLife | None


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A machine without a complete normal yet, and what it lacks."""

    equipment_id: int
    tag: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClassReadiness:
    """One class as far as it has come; only machines in sight count."""

    class_id: int
    name: str
    machines: int
    with_normal: int
    deviating: int
    unjudged: tuple[Unjudged, ...]
    history_from: datetime | None
    history_days: float
    failures: int
    confirmed: int
    waiting: int
    rung: Rung
    rungs: tuple[tuple[Rung, int], ...]
    roles: tuple[RoleReadiness, ...]
    faults: tuple[SensorFault, ...]
    modes: tuple[ModeReadiness, ...]


def class_readiness(session: Session, *, scope: Scope, now: datetime) -> tuple[ClassReadiness, ...]:
    """Every class with machines in sight, by name; an empty plant has none."""
    machines = session.scalars(
        sa.select(Equipment)
        .where(seen(Equipment.site_id, scope), Equipment.status != Status.RETIRED)
        .order_by(Equipment.tag, Equipment.id)
    ).all()
    of_class: dict[int, list[Equipment]] = {}
    for machine in machines:
        of_class.setdefault(machine.equipment_class_id, []).append(machine)
    faults = sensor_faults(session, scope=scope, now=now)
    gate_of = {(gate.class_id, gate.mode): gate for gate in gates(session, scope=scope)}
    known = known_events(session, scope=scope, now=now)
    rows = session.scalars(
        sa.select(EquipmentClass)
        .where(EquipmentClass.id.in_(of_class))
        .order_by(EquipmentClass.name, EquipmentClass.id)
    )
    return tuple(
        _class(session, row, of_class[row.id], scope, now, faults, gate_of, known) for row in rows
    )


def _class(
    session: Session,
    row: EquipmentClass,
    machines: Sequence[Equipment],
    scope: Scope,
    now: datetime,
    faults: Sequence[SensorFault],
    gate_of: Mapping[tuple[int, str], GateView],
    known: KnownEvents,
) -> ClassReadiness:
    ids = [machine.id for machine in machines]
    health = newest_health(session, equipment_ids=ids)
    started = _history_from(session, ids, known.first_of(row.id))
    days = 0.0 if started is None else (now - started) / DAY
    rungs = _rungs(session, ids)
    own_faults = tuple(fault for fault in faults if fault.equipment_id in set(ids))
    return ClassReadiness(
        class_id=row.id,
        name=row.name,
        machines=len(machines),
        with_normal=sum(one.score is not None for one in health.values()),
        deviating=sum(one.is_deviating for one in health.values()),
        unjudged=_unjudged(machines, health),
        history_from=started,
        history_days=days,
        failures=known.failures_of(row.id),
        confirmed=known.confirmed_of(row.id),
        waiting=known.waiting.get(row.id, 0),
        rung=highest(rung.value for rung in rungs),
        rungs=tuple(sorted(rungs.items(), key=lambda pair: RUNGS.index(pair[0]))),
        roles=_roles(session, row.id, ids, now, own_faults),
        faults=own_faults,
        modes=_modes(session, row.id, ids, scope, days, gate_of, known),
    )


def _history_from(
    session: Session, ids: Sequence[int], first_event: datetime | None
) -> datetime | None:
    """When the class's readings begin, or its records where they reach back further."""
    first = (
        sa.select(sa.func.min(reading_hour.c.hour))
        .where(reading_hour.c.sensor_id == Sensor.id)
        .correlate(Sensor)
        .scalar_subquery()
    )
    asked = sa.select(first).select_from(Sensor).where(Sensor.equipment_id.in_(ids))
    hours = session.scalars(asked)
    starts = [from_micros((hour - 1) * HOUR_US) for hour in hours if hour is not None]
    return min([*starts, *([first_event] if first_event else [])], default=None)


def _rungs(session: Session, ids: Sequence[int]) -> dict[Rung, int]:
    """How many machines stand on each rung; those no night has looked at stand on the ground."""
    rows = session.scalars(
        sa.select(PredictorVersion.rung).where(
            PredictorVersion.equipment_id.in_(ids), PredictorVersion.is_current
        )
    ).all()
    counts = Counter(highest([code]) for code in rows)
    counts[Rung.NOTHING] += len(ids) - len(rows)
    return {rung: number for rung, number in counts.items() if number}


def _unjudged(
    machines: Sequence[Equipment], health: Mapping[int, MachineHealth]
) -> tuple[Unjudged, ...]:
    found = [(machine, health.get(machine.id)) for machine in machines]
    return tuple(
        Unjudged(machine.id, machine.tag, "" if row is None else row.reason)
        for machine, row in found
        if row is None or row.score is None
    )


def _roles(
    session: Session,
    class_id: int,
    ids: Sequence[int],
    now: datetime,
    faults: Sequence[SensorFault],
) -> tuple[RoleReadiness, ...]:
    newest = (
        sa.select(sa.func.max(reading_hour.c.hour))
        .where(
            reading_hour.c.sensor_id == Sensor.id, reading_hour.c.hour <= to_micros(now) // HOUR_US
        )
        .correlate(Sensor)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(SensorAssignment.sensor_role_id, Sensor.id, Sensor.equipment_id, newest)
        .join(Sensor, Sensor.id == SensorAssignment.sensor_id)
        .where(Sensor.equipment_id.in_(ids), Sensor.is_active, SensorAssignment.ended_at.is_(None))
    ).all()
    faulty = {fault.sensor_id for fault in faults}
    last = max((hour for *_, hour in rows if hour is not None), default=0)
    fresh = last - FRESH // timedelta(hours=1)
    usable = {
        (role, machine)
        for role, sensor, machine, hour in rows
        if hour is not None and hour >= fresh and sensor not in faulty
    }
    broken = {(role, machine) for role, sensor, machine, _ in rows if sensor in faulty}
    working, failing = (Counter(role for role, _ in pairs) for pairs in (usable, broken))
    return tuple(
        RoleReadiness(role.name, role.unit, working[role.id], failing[role.id])
        for role in session.scalars(
            sa.select(SensorRole)
            .where(SensorRole.equipment_class_id == class_id)
            .order_by(SensorRole.name, SensorRole.id)
        )
    )


def _modes(
    session: Session,
    class_id: int,
    ids: Sequence[int],
    scope: Scope,
    days: float,
    gate_of: Mapping[tuple[int, str], GateView],
    known: KnownEvents,
) -> tuple[ModeReadiness, ...]:
    lives = typical_lives(session, scope=scope, class_id=class_id)
    parts: list[tuple[str, str, ComponentLife | None]] = [
        (life.code, life.name, life) for life in lives
    ]
    reached = _mode_rungs(session, ids)
    floor = highest(rung.value for rung in _rungs(session, ids))
    of_class = known.failures_of(class_id) + known.confirmed_of(class_id)
    found = []
    for mode, name, life in parts or [(ANY_MODE, "", None)]:
        events = known.failures[class_id, mode], known.confirmed[class_id, mode]
        # A forecast of a former night may stand higher than anything does by now.
        rung = min(floor, reached.get(mode, Rung.HEALTH), key=RUNGS.index)
        lift = missing(rung, known=sum(events), of_class=of_class, days=days)
        gate = gate_of.get((class_id, mode)) if height(rung) > height(Rung.HEALTH) else None
        found.append(ModeReadiness(name, *events, rung, gate, lift, life))
    return tuple(found)


def _mode_rungs(session: Session, ids: Sequence[int]) -> dict[str, Rung]:
    """Failure mode -> the highest rung a machine's newest forecast of it stands on."""
    runs = (
        sa.select(Forecast.run_id, Forecast.equipment_id)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .where(Equipment.id.in_(ids), Forecast.id == newest_forecast())
        .subquery()
    )
    rows = session.execute(
        sa.select(Forecast.mode, Forecast.rung)
        .join(
            runs,
            sa.and_(Forecast.run_id == runs.c.run_id, Forecast.equipment_id == runs.c.equipment_id),
        )
        .distinct()
    ).all()
    modes = {mode for mode, _ in rows}
    return {mode: highest(rung for other, rung in rows if other == mode) for mode in modes}
