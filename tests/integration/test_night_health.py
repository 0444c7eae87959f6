"""Each night compares every machine with its own normal: once, repeatably, and after a kill too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.training import Stage, TrainingRun
from app.services.retraining import Progress
from tests.small_plants import FAN, PUMPS, night, pumps, pumps_after_a_night


def seen(database: Database, run_id: int = 1) -> dict[str, tuple[Any, ...]]:
    """What a run saw of each machine, by tag."""
    with database.reading() as session:
        rows = session.execute(
            sa.select(Equipment.tag, MachineHealth)
            .join(MachineHealth, MachineHealth.equipment_id == Equipment.id)
            .where(MachineHealth.run_id == run_id)
        )
        return {
            tag: (row.as_of, row.score, row.is_deviating, row.since, row.evidence)
            for tag, row in rows
        }


def test_every_machine_of_the_night_is_compared(tmp_path: Path) -> None:
    plant, _ = pumps_after_a_night(tmp_path)

    told = seen(plant.database)

    assert set(told) == {*PUMPS, FAN}
    assert all(score is not None for _, score, *_ in told.values())
    assert all(entry["sentence"] for *_, evidence in told.values() for entry in evidence)
    assert plant.violations() == []


def test_a_night_without_anything_new_repeats_what_was_seen(tmp_path: Path) -> None:
    plant, _ = pumps_after_a_night(tmp_path)

    report = night(plant.database)

    assert report.reused == len(PUMPS) + 1
    assert seen(plant.database, report.run_id) == seen(plant.database)


def test_a_resumed_night_sees_what_an_undisturbed_one_sees(tmp_path: Path) -> None:
    plant, undisturbed = pumps(tmp_path / "killed"), pumps(tmp_path / "undisturbed")
    night(undisturbed.database)

    def die(progress: Progress) -> None:
        if progress.stage is Stage.MACHINES and progress.done == 4:
            raise SystemExit

    with pytest.raises(SystemExit):
        night(plant.database, watch=die)
    with plant.database.transaction() as session:
        row = session.get_one(TrainingRun, 1)
        row.lease_expires_at -= timedelta(hours=1)

    night(plant.database)

    assert seen(plant.database) == seen(undisturbed.database)
