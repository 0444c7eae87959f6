"""Thirty pumps of one class, seven of them odd: made once a session, copied per test.

The others wear out every three or four weeks: vibration or temperature rises for eight days, then
the bearing fails and is replaced. All of them run at two speeds and shake more at the higher one.
On the last day one of them has been wearing for five days; the others are as good as new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.db import Base
from app.db.clock import PlantClock
from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.places import Site, Team
from app.db.sensors import Sensor
from app.domain.equipment import Status
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import system
from app.inputs.records import Known, RecordFailure, RecordService
from app.inputs.sensors import AssignRole
from app.services import readings, records, sensors
from tests.small_plants import AS_OF, MORNING, Installation, added, copied, room, wear

DAYS = 90
STEP_HOURS = 6
STEPS = DAYS * 24 // STEP_HOURS
AT_DAYS = (np.arange(STEPS) + 1) * STEP_HOURS / 24
BEGUN = AS_OF - timedelta(days=DAYS)
BY = system("test")

(
    NEVER_FAILED,
    STUCK_SENSOR,
    NEVER_READ,
    ALWAYS_FAILING,
    EXCHANGED_SENSOR,
    STANDBY,
    EXCHANGED_UNIT,
) = ODD = tuple(f"P-{number}" for number in range(101, 108))
ORDINARY = tuple(f"P-{number}" for number in range(108, 130))
WEARING = "P-130"
MACHINES = (*ODD, *ORDINARY, WEARING)

# Days since the first reading.
STOPPED, NEW_SENSOR, NEW_UNIT = 45.0, 60.0, DAYS - 4.0
ROLES = {"vibration": "mm/s", "temperature": "degC", "speed": "rpm"}
Values = NDArray[np.float64]


@dataclass
class Life:
    """One machine's 90 days: readings by role (steps,), NaN = none; failures in days.

    The unit behind the tag, or the vibration sensor, may have been exchanged on some day.
    """

    told: dict[str, Values]
    failures: list[float]
    new_unit: float | None = None
    new_sensor: float | None = None
    status: Status = Status.IN_SERVICE


def odd_class(folder: Path) -> Installation:
    """The plant before its first night."""
    return copied(_made(), folder)


def odd_class_after_a_night(folder: Path) -> tuple[Installation, dict[str, Any]]:
    """The plant after a night on two workers, and that night's report."""
    template, report = _trained()
    return copied(template, folder), report


def day(number: float) -> datetime:
    """A moment counted in days since the first reading."""
    return BEGUN + timedelta(days=number)


@cache
def _made() -> Installation:
    made = Installation(room() / "odd")
    database = made.database
    Base.metadata.create_all(database.engine)
    with database.transaction() as session:
        _settle(session)
    return made


@cache
def _trained() -> tuple[Installation, dict[str, Any]]:
    made = copied(_made(), room() / "odd-trained")
    return made, made.train("--jobs", "2")


def _settle(session: Session) -> None:
    site = added(session, Site(code="north", name="North", timezone="UTC"))
    crew = added(session, Team(site_id=site, name="mechanics"))
    pump, bearing, roles = _class(session)
    for number, tag in enumerate(MACHINES):
        life = _life(tag, np.random.default_rng(number))
        machine = Equipment(site_id=site, team_id=crew, equipment_class_id=pump, tag=tag, name=tag)
        machine.status = life.status
        added(session, machine)
        _record(session, machine.id, bearing, life)
        _measure(session, machine.id, roles, life)
    session.add(PlantClock(id=1, now_at=MORNING))


def _class(session: Session) -> tuple[int, int, dict[str, int]]:
    """Ids of the class, of its only component and of its roles; it runs above 100 rpm."""
    row = EquipmentClass(
        code="pump",
        name="Pump",
        step_minutes=STEP_HOURS * 60,
        step_label="6 h",
        windows=[4, 12],
        horizons_hours=[24, 168, 336],
        baseline_steps=30,
        running_role="speed",
        running_above=100.0,
    )
    pump = added(session, row)
    bearing = added(session, Component(equipment_class_id=pump, code="bearing", name="Bearing"))
    roles = {
        code: added(
            session,
            SensorRole(
                equipment_class_id=pump,
                code=code,
                name=code.title(),
                unit=unit,
                is_condition=code == "speed",
            ),
        )
        for code, unit in ROLES.items()
    }
    return pump, bearing, roles


def _life(tag: str, chance: np.random.Generator) -> Life:
    """What a machine lives through: an ordinary life, with the oddity that its tag stands for."""
    life = _lived(_failures(tag, chance), chance)
    if tag in ODDITIES:
        ODDITIES[tag](life)
    return life


def _failures(tag: str, chance: np.random.Generator) -> list[float]:
    """The days on which the bearing fails; the newest life ends in three days, or far from now."""
    if tag in DECLARED_FAILURES:
        return list(DECLARED_FAILURES[tag])
    ends = [float(d) for d in np.cumsum(chance.uniform(16, 34, 10)) if d < DAYS - 16]
    return [*ends, DAYS + 3.0] if tag == WEARING else [*ends, DAYS - 6.0]


def _vibration_stuck(life: Life) -> None:
    life.told["vibration"][:] = 2.0


def _nothing_sent(life: Life) -> None:
    for values in life.told.values():
        values[:] = np.nan


def _vibration_sensor_exchanged(life: Life) -> None:
    """The new one reads 5 mm/s more."""
    life.new_sensor = NEW_SENSOR
    life.told["vibration"][AT_DAYS > NEW_SENSOR] += 5.0


def _stopped(life: Life) -> None:
    life.status = Status.STANDBY
    life.failures = [d for d in life.failures if d < STOPPED]
    for role, still in (("vibration", 0.0), ("temperature", 20.0), ("speed", 0.0)):
        life.told[role][AT_DAYS > STOPPED] = still


def _unit_exchanged(life: Life) -> None:
    """The new one shakes 5 mm/s more."""
    life.new_unit = NEW_UNIT
    life.told["vibration"][AT_DAYS > NEW_UNIT] += 5.0


ODDITIES: dict[str, Callable[[Life], None]] = {
    STUCK_SENSOR: _vibration_stuck,
    NEVER_READ: _nothing_sent,
    EXCHANGED_SENSOR: _vibration_sensor_exchanged,
    STANDBY: _stopped,
    EXCHANGED_UNIT: _unit_exchanged,
}
DECLARED_FAILURES: dict[str, Sequence[float]] = {
    NEVER_FAILED: (),
    ALWAYS_FAILING: tuple(float(number) for number in range(2, DAYS, 3)),
}


def _lived(failures: list[float], chance: np.random.Generator) -> Life:
    """Every other life ends hot instead of shaking, so that no single limit sees them all."""
    is_fast = np.repeat(chance.random(STEPS // 10) < 0.4, 10)
    shaking, hot = wear(AT_DAYS, failures[::-2]), wear(AT_DAYS, failures[-2::-2])
    told = {
        "vibration": 2.0 + 4.0 * shaking + is_fast + chance.normal(0.0, 0.1, STEPS),
        "temperature": 50.0 + 30.0 * hot + chance.normal(0.0, 1.0, STEPS),
        "speed": np.where(is_fast, 1500.0, 1000.0) + chance.normal(0.0, 5.0, STEPS),
    }
    return Life(told, [d for d in failures if d < DAYS])


def _record(session: Session, machine: int, bearing: int, life: Life) -> None:
    """Failures, the repairs five hours after them, and the exchange of the unit."""
    failed = [
        RecordFailure(equipment_id=machine, component_id=bearing, at=day(d)) for d in life.failures
    ]
    repaired = [
        RecordService(
            equipment_id=machine,
            component_id=bearing,
            at=f.at + timedelta(hours=5),
            is_planned=False,
        )
        for f in failed
    ]
    exchanged = [] if life.new_unit is None else [day(life.new_unit)]
    renewed = [*repaired, *(RecordService(equipment_id=machine, at=at) for at in exchanged)]
    more: dict[str, Any] = {"known": Known.AT, "now": MORNING, "by": BY}
    if failed:
        records.add_failures(session, failures=failed, **more)
        records.add_services(session, services=renewed, **more)


def _measure(session: Session, machine: int, roles: dict[str, int], life: Life) -> None:
    """A sensor in each role with the readings it sent."""
    at = to_micros(BEGUN) + (np.arange(STEPS) + 1) * STEP_HOURS * HOUR_US
    for code, values in life.told.items():
        sensor = added(
            session, Sensor(equipment_id=machine, code=code, name=code.title(), kind=code)
        )
        _assign(session, sensor, roles[code])
        if code == "vibration" and life.new_sensor is not None:
            _assign(session, sensor, roles[code], serial="B", started_at=day(life.new_sensor))
        sent = np.isfinite(values)
        readings.store(
            session,
            sensor_ids=np.full(sent.sum(), sensor),
            at=at[sent],
            values=values[sent],
            source="test",
            now=MORNING,
            by=BY,
        )


def _assign(session: Session, sensor: int, role: int, **more: Any) -> None:
    given = AssignRole(sensor_id=sensor, sensor_role_id=role, **more)
    sensors.assign_role(session, role=given, now=MORNING, by=BY)
