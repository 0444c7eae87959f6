"""A night tells where the readings of a whole class have left what the class has learned."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import Equipment
from app.db.sensors import Sensor
from app.db.training import TrainingRun
from app.domain.instants import HOUR_US, to_micros
from app.domain.roles import EVERYWHERE, Scope, system
from app.queries.class_drift import drift_of_class, drifts_of_run
from app.services import readings
from tests.plant import Plant
from tests.small_plants import AS_OF, MORNING, PUMPS, STEP_HOURS, night, pumps_after_a_night

DAYS = 15
ENTRY = {"machines": 6, "outside": 5, "sentence": "Readings of 5 of 6 machines have left."}


def test_what_moved_in_most_machines_of_a_class_is_told(tmp_path: Path) -> None:
    plant, _ = pumps_after_a_night(tmp_path)
    for tag in PUMPS:
        live_on(plant.database, tag, temperature=140.0 if tag != "P-104" else 50.0)
    then = timedelta(days=DAYS)

    report = night(plant.database, now=MORNING + then, as_of=AS_OF + then, is_refit=False)

    with plant.database.reading() as session:
        run = session.get_one(TrainingRun, report.run_id)
        (told,) = drifts_of_run(session, scope=EVERYWHERE, counts=run.counts, as_of=run.as_of)
        assert drift_of_class(session, scope=EVERYWHERE, class_id=told.class_id) == told
    assert (told.class_name, told.machines, told.outside) == ("Pump", 6, 5)
    assert told.sentence.startswith(
        "Readings of 5 of 6 machines have left what their class learned. Temperature, "
    )
    assert "higher than nearly ever before (PSI " in told.sentence
    assert plant.violations() == []


def test_a_class_that_looks_as_always_is_compared_and_nothing_is_told(tmp_path: Path) -> None:
    plant, report = pumps_after_a_night(tmp_path)

    with plant.database.reading() as session:
        run = session.get_one(TrainingRun, report["run_id"])
        told = drifts_of_run(session, scope=EVERYWHERE, counts=run.counts, as_of=run.as_of)

    ((entry),) = run.counts["class_drift"]  # one fan alone is no class to compare
    assert (entry["machines"], entry["outside"], entry["sentence"]) == (6, 0, "")
    assert told == ()


def test_a_night_of_one_machine_compares_no_class(tmp_path: Path) -> None:
    plant, _ = pumps_after_a_night(tmp_path)

    report = night(plant.database, tags=("P-101",), is_refit=False)

    assert report.class_drift == ()


def test_the_newest_run_that_compared_the_class_speaks(make: Plant) -> None:
    day = timedelta(days=1)
    class_id = make.equipment("P-101").equipment_class_id
    for nights, entries in ((3, [ENTRY | {"sentence": "old"}]), (2, [ENTRY]), (1, [])):
        as_of = make.now - nights * day
        told = [{"class_id": class_id, **entry} for entry in entries]
        make.run(on=as_of.date(), as_of=as_of, counts={"class_drift": told})

    with make.database.reading() as session:
        here = drift_of_class(session, scope=EVERYWHERE, class_id=class_id)
        other = drift_of_class(session, scope=EVERYWHERE, class_id=class_id + 1)
        elsewhere = drift_of_class(session, scope=Scope(frozenset()), class_id=class_id)

    assert here is not None
    assert (here.as_of, here.outside, here.sentence) == (make.now - 2 * day, 5, ENTRY["sentence"])
    assert (other, elsewhere) == (None, None)


def test_a_class_of_another_site_is_not_told(make: Plant) -> None:
    class_id = make.equipment("P-101").equipment_class_id
    counts = {"class_drift": [{"class_id": class_id, **ENTRY}]}

    with make.database.reading() as session:
        told = drifts_of_run(session, scope=Scope(frozenset()), counts=counts, as_of=make.now)

    assert told == ()


def live_on(database: Database, tag: str, *, temperature: float) -> None:
    """Fifteen more days of a pump: it shakes as a new one does, and is this warm."""
    chance = np.random.default_rng(int(tag[-3:]))
    steps = np.arange(DAYS * 24 // STEP_HOURS) + 1
    values = {"vibration": (2.0, 0.1), "temperature": (temperature, 1.0)}
    with database.transaction() as session:
        sensors = session.scalars(
            sa.select(Sensor).join(Equipment).where(Equipment.tag == tag).order_by(Sensor.id)
        )
        for sensor in sensors.all():
            mean, spread = values[sensor.code]
            readings.store(
                session,
                sensor_ids=np.full(len(steps), sensor.id),
                at=to_micros(AS_OF) + steps * STEP_HOURS * HOUR_US,
                values=chance.normal(mean, spread, len(steps)),
                source="test",
                now=MORNING + timedelta(days=DAYS),
                by=system("test"),
            )
