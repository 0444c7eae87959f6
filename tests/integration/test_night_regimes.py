"""Machines that run at two speeds: found once by a night that learns, kept by those that do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from app.cli.train import artifact_key
from app.db import Database
from app.db.equipment import Equipment, EquipmentClass, SensorRole
from app.db.health import MachineHealth
from app.db.predictions import Artifact, ClassVersion
from app.db.sensors import Sensor, SensorAssignment
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import system
from app.services import readings
from models import ClassModel, Regimes, artifacts
from tests.small_plants import AS_OF, DAYS, MORNING, PUMPS, SECRET, STEP_HOURS, night, pumps, told

SLOW, FAST = 1000.0, 1500.0
QUIET, LOUD = 60.0, 80.0
KINDS = {"speed": "speed", "sound": "other"}


@pytest.fixture
def plant(tmp_path: Path) -> Database:
    """The six pumps, each at one of two speeds for days at a time, louder at the higher one."""
    database = pumps(tmp_path).database
    with database.transaction() as session:
        pump = session.scalars(sa.select(EquipmentClass).where(EquipmentClass.code == "pump")).one()
        speed = SensorRole(equipment_class_id=pump.id, code="speed", name="Speed")
        sound = SensorRole(equipment_class_id=pump.id, code="sound", name="Sound", unit="dB")
        speed.is_condition = True
        session.add_all([speed, sound])
        session.flush()
        chance = np.random.default_rng(5)
        for machine in session.scalars(sa.select(Equipment).where(Equipment.tag.in_(PUMPS))):
            steps = DAYS * 24 // STEP_HOURS
            fast = np.repeat(chance.random(steps // 10) < 0.4, 10)
            heard = np.where(fast, LOUD, QUIET) + chance.normal(0.0, 0.5, steps)
            turned = np.where(fast, FAST, SLOW) + chance.normal(0.0, 5.0, steps)
            _measure(session, machine, speed, turned)
            _measure(session, machine, sound, heard)
    return database


def _measure(session: Any, machine: Equipment, role: SensorRole, values: np.ndarray) -> None:
    sensor = Sensor(equipment_id=machine.id, code=role.code, name=role.name, kind=KINDS[role.code])
    session.add(sensor)
    session.flush()
    session.add(SensorAssignment(sensor_id=sensor.id, sensor_role_id=role.id))
    session.flush()
    steps = np.arange(len(values)) + 1
    readings.store(
        session,
        sensor_ids=np.full(len(values), sensor.id),
        at=to_micros(AS_OF) - (DAYS * 24 - steps * STEP_HOURS) * HOUR_US,
        values=values,
        source="test",
        now=MORNING,
        by=system("test"),
    )


def learned(database: Database, code: str) -> list[Regimes | None]:
    """The regimes of every stored version of a class, oldest first."""
    asked = (
        sa.select(Artifact.content)
        .join(ClassVersion, ClassVersion.artifact_digest == Artifact.digest)
        .join(EquipmentClass, EquipmentClass.id == ClassVersion.equipment_class_id)
        .where(EquipmentClass.code == code)
        .order_by(ClassVersion.id)
    )
    with database.reading() as session:
        contents = list(session.scalars(asked))
    stored = [
        artifacts.unpack(c, key=artifact_key(SECRET), expect={"code": code}) for c in contents
    ]
    return [ClassModel.from_parts(s.manifest, s.arrays, s.blobs).regimes for s in stored]


def sound_of(database: Database, run_id: int) -> dict[int, dict[str, Any]]:
    """What a run saw of each pump's sound, by machine."""
    asked = sa.select(MachineHealth).where(MachineHealth.run_id == run_id)
    with database.reading() as session:
        return {
            row.equipment_id: entry
            for row in session.scalars(asked)
            for entry in row.evidence
            if entry["role"] == "sound"
        }


def test_a_night_that_does_not_learn_sees_machines_in_the_regimes_of_the_one_that_did(
    plant: Database,
) -> None:
    learning = night(plant)
    serving = night(plant, is_refit=False)

    (regimes,) = learned(plant, "pump")
    assert regimes is not None
    speeds = np.array(regimes.points)[:, 0] * regimes.scale + np.array(regimes.middle)
    assert speeds == pytest.approx([SLOW, FAST], abs=3.0)
    sound = next(role for role in regimes.roles if role.code == "sound")
    assert np.diff(sound.centers) == pytest.approx([LOUD - QUIET], abs=0.3)
    seen = sound_of(plant, learning.run_id)
    assert len(seen) == len(PUMPS)
    assert all(entry["spread"] == pytest.approx(0.5, rel=0.4) for entry in seen.values())
    assert sound_of(plant, serving.run_id) == seen
    assert told(plant, serving.run_id) == told(plant, learning.run_id)


def test_a_class_without_a_role_that_tells_how_it_runs_has_none(plant: Database) -> None:
    night(plant)

    assert learned(plant, "fan") == [None]
