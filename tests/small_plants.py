"""A real plant as small as it can be and still learn: made once a session, copied per test.

Six pumps of one class wear out every month or so: their vibration rises for eight days, then the
bearing fails. On the last day P-103 has been wearing for five days. A fan has never failed. The
plant has its own clock (demo mode): it is the morning after the newest night.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.train import artifact_key
from app.db import Base, Database
from app.db.clock import PlantClock
from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.places import Site, Team
from app.db.predictions import Forecast
from app.db.records import Failure, ServiceRecord
from app.db.sensors import Sensor, SensorAssignment
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import system
from app.queries.invariants import Violation, violations
from app.services import readings
from app.services.retraining import NightOrder, NightReport, run_night
from models import engines

AS_OF = datetime(2026, 3, 2, 2, tzinfo=UTC)
MORNING = AS_OF + timedelta(hours=4)
DAYS = 150
STEP_HOURS = 6
WORN_DAYS = 8.0
PUMPS = tuple(f"P-{number}" for number in range(101, 107))
WEARING, FAN = "P-103", "F-201"
SECRET = "k" * 48
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Installation:
    """A data directory with a plant in it, and the shell of whoever runs it."""

    folder: Path

    @property
    def database(self) -> Database:
        """A way to its database, without a pool: the caller has nothing to close."""
        return Database(f"sqlite:///{self.folder / 'forewarn.db'}", pooled=False)

    @property
    def settings(self) -> dict[str, str]:
        """What its processes are told."""
        return {
            "FOREWARN_DATA_DIR": str(self.folder),
            "FOREWARN_SECRET_KEY": SECRET,
            "FOREWARN_DEMO": "1",
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes: nobody else's settings."""
        others = {key: text for key, text in os.environ.items() if not key.startswith("FOREWARN_")}
        return others | self.settings

    def command(self, *words: str) -> list[str]:
        """The command line of `forewarn words...`."""
        return [sys.executable, "-m", "app.cli", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `forewarn words...` to its end."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def train(self, *words: str) -> dict[str, Any]:
        """Run a night in a process of its own and return its report."""
        done = self.run("train", "--json", *words)
        assert done.returncode in (0, 1), done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def violations(self) -> list[Violation]:
        """Every broken invariant."""
        with self.database.reading() as session:
            return violations(session)


def pumps(folder: Path) -> Installation:
    """The plant before its first night."""
    return copied(_pumps(), folder)


def pumps_after_a_night(folder: Path) -> tuple[Installation, dict[str, Any]]:
    """The plant after a night on two workers, and that night's report."""
    template, report = _trained_pumps()
    return copied(template, folder), report


def night(database: Database, *, now: datetime = MORNING, **more: Any) -> NightReport:
    """Run a night in this process, on the engine without workers."""
    order = NightOrder(
        database=database,
        key=artifact_key(SECRET),
        plant_now=lambda: now,
        wall=lambda: datetime.now(UTC),
        engine="serial",
        **more,
    )
    with patch.object(engines, "ENGINES", {"serial": lambda _workers: engines.SerialEngine()}):
        return run_night(order)


def told(database: Database, run_id: int) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What a run has forecast, by tag and mode, to the last bit."""
    with database.reading() as session:
        rows = session.execute(
            sa.select(Equipment.tag, Forecast)
            .join(Forecast, Forecast.equipment_id == Equipment.id)
            .where(Forecast.run_id == run_id)
        )
        return {
            (tag, row.mode): (row.as_of, row.rung, row.risk, row.survival, row.drivers)
            for tag, row in rows
        }


def settle(session: Session) -> None:
    """Write the plant into an empty database."""
    site = added(session, Site(code="north", name="North", timezone="UTC"))
    crew = added(session, Team(site_id=site, name="mechanics"))
    classes = {prefix: _class(session, code) for prefix, code in (("P", "pump"), ("F", "fan"))}
    chance = np.random.default_rng(20260302)
    for tag in (*PUMPS, FAN):
        class_id, role_ids = classes[tag[0]]
        machine = Equipment(
            site_id=site, team_id=crew, equipment_class_id=class_id, tag=tag, name=tag
        )
        added(session, machine)
        _lived(session, machine, role_ids, _failures(tag, chance), chance)
    session.add(PlantClock(id=1, now_at=MORNING))


@cache
def _pumps() -> Installation:
    made = Installation(room() / "pumps")
    database = made.database
    Base.metadata.create_all(database.engine)
    with database.transaction() as session:
        settle(session)
    return made


@cache
def _trained_pumps() -> tuple[Installation, dict[str, Any]]:
    made = copied(_pumps(), room() / "trained")
    return made, made.train("--jobs", "2")


@cache
def room() -> Path:
    """The folder that plants are made in once a session, for tests to copy."""
    made = Path(tempfile.mkdtemp(prefix="forewarn-plants-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def copied(made: Installation, folder: Path) -> Installation:
    """A copy of the database file; what still stands in its log of writes is written back first."""
    with made.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(made.folder / "forewarn.db", folder / "forewarn.db")
    return Installation(folder)


def _class(session: Session, code: str) -> tuple[int, list[int]]:
    """A class with steps of six hours, a bearing and two roles; its id and those of the roles."""
    row = EquipmentClass(
        code=code,
        name=code.title(),
        step_minutes=STEP_HOURS * 60,
        step_label="6 h",
        windows=[4, 12],
        horizons_hours=[24, 168, 336],
        baseline_steps=30,
    )
    class_id = added(session, row)
    session.add(Component(equipment_class_id=class_id, code="bearing", name="Bearing"))
    roles = [("vibration", "Vibration", "mm/s"), ("temperature", "Temperature", "degC")]
    return class_id, [
        added(session, SensorRole(equipment_class_id=class_id, code=role, name=name, unit=unit))
        for role, name, unit in roles
    ]


def _failures(tag: str, chance: np.random.Generator) -> list[float]:
    """The days on which a machine's bearing fails, counted from the first."""
    if tag == FAN:
        return []
    days = np.cumsum(chance.uniform(16, 34, 10))
    lived = [float(day) for day in days if day < DAYS - 1]
    # The newest life: worn for five days, or new again within the week.
    if tag == WEARING:
        return [*(day for day in lived if day < DAYS - 15), DAYS + 3.0]
    return [*(day for day in lived if day < DAYS - 10), DAYS - 5.0]


def _lived(
    session: Session,
    machine: Equipment,
    role_ids: list[int],
    failures: list[float],
    chance: np.random.Generator,
) -> None:
    """The machine's sensors with their readings, its failures and the repairs after them.

    Every other life ends hot instead of shaking, so that no single limit sees them all.
    """
    steps = np.arange(DAYS * 24 // STEP_HOURS) + 1
    begun, days = AS_OF - timedelta(days=DAYS), steps * STEP_HOURS / 24
    shaking, hot = wear(days, failures[::-2]), wear(days, failures[-2::-2])
    values = {
        "vibration": 2.0 + 4.0 * shaking + chance.normal(0.0, 0.1, len(steps)),
        "temperature": 50.0 + 30.0 * hot + chance.normal(0.0, 1.0, len(steps)),
    }
    for role_id, (kind, told) in zip(role_ids, values.items(), strict=True):
        _measured(session, machine.id, role_id, kind, told)
    part = session.scalars(
        sa.select(Component.id).where(Component.equipment_class_id == machine.equipment_class_id)
    ).one()
    for day in failures:
        _failed(session, machine.id, part, begun + timedelta(days=day))


def _measured(
    session: Session, equipment_id: int, role_id: int, kind: str, told: np.ndarray[Any, Any]
) -> None:
    sensor = Sensor(equipment_id=equipment_id, code=kind, name=kind.title(), kind=kind)
    added(session, sensor)
    session.add(SensorAssignment(sensor_id=sensor.id, sensor_role_id=role_id))
    session.flush()
    steps = np.arange(len(told)) + 1
    readings.store(
        session,
        sensor_ids=np.full(len(told), sensor.id),
        at=to_micros(AS_OF - timedelta(days=DAYS)) + steps * STEP_HOURS * HOUR_US,
        values=told,
        source="test",
        now=MORNING,
        by=system("test"),
    )


def wear(days: np.ndarray[Any, Any], failures: list[float]) -> np.ndarray[Any, Any]:
    """0 = as new, 1 = about to fail; rising over the last eight days of a life."""
    worn = np.zeros(len(days))
    for failure in failures:
        left = failure - days
        rising = (left >= 0) & (left < WORN_DAYS)
        worn[rising] = 1.0 - left[rising] / WORN_DAYS
    return worn


def _failed(session: Session, equipment_id: int, part: int, at: datetime) -> None:
    if at > AS_OF:
        return
    known = {"equipment_id": equipment_id, "component_id": part}
    repaired = at + timedelta(hours=5)
    session.add(Failure(at=at, recorded_at=at, mode="BRD", **known))
    session.add(ServiceRecord(at=repaired, recorded_at=repaired, is_planned=False, **known))


def added(session: Session, row: Any) -> int:
    """Write a row and return its id."""
    session.add(row)
    session.flush()
    return int(row.id)
