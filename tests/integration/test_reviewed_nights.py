"""What a night passes on to later ones: the gate between its reviews, and forecasts to judge."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from app.db import Database
from app.db.equipment import EquipmentClass
from app.db.predictions import ClassGate, ClassVersion, ForecastScore
from app.db.training import RunKind
from app.domain.risk import Gate
from app.queries.invariants import violations
from tests.small_plants import AS_OF, MORNING, night, pumps_after_a_night

DAY = timedelta(days=1)
BEARING = "bearing"


def test_between_reviews_the_gate_stands_and_after_a_week_it_is_reviewed(tmp_path: Path) -> None:
    plant = pumps_after_a_night(tmp_path)[0].database
    told = _gates(plant)[-1]
    # As if the first review had let it in, whatever tonight's back-test says.
    _say(plant, gate=Gate.OPEN, judged=Gate.CLOSED, reason="Open, by hand.", events=20)

    night(plant, now=MORNING + DAY, is_forced=True)
    night(plant, now=MORNING + 7 * DAY, is_forced=True)

    first, kept, reviewed = _gates(plant)
    assert (kept.gate, kept.reason, kept.reviewed_at) == (Gate.OPEN, first.reason, AS_OF)
    assert reviewed.reviewed_at == AS_OF + 7 * DAY
    assert reviewed.judged.value == told.judged.value
    assert reviewed.gate is (Gate.OPEN if told.judged is Gate.OPEN else Gate.CLOSED)


def test_a_night_judges_what_former_nights_foretold(tmp_path: Path) -> None:
    plant = pumps_after_a_night(tmp_path)[0].database
    night(plant, is_refit=False, now=MORNING + DAY, kind=RunKind.NIGHTLY)

    night(plant, is_refit=False, now=MORNING + 5 * DAY, kind=RunKind.NIGHTLY)

    judged = _scores(plant)
    assert {row.hours for row in judged} == {24.0}
    assert {row.as_of for row in judged} == {AS_OF, AS_OF + DAY}
    assert {row.as_of for row in judged if row.is_punctual} == {AS_OF + DAY}
    with plant.reading() as session:
        assert violations(session) == []


def _gates(database: Database) -> list[ClassGate]:
    """The gates of the pumps' bearing, oldest version first."""
    with database.reading() as session:
        asked = (
            sa.select(ClassGate)
            .join(ClassVersion, ClassVersion.id == ClassGate.class_version_id)
            .join(EquipmentClass, EquipmentClass.id == ClassVersion.equipment_class_id)
            .where(ClassGate.mode == BEARING, EquipmentClass.code == "pump")
            .order_by(ClassVersion.as_of, ClassGate.id)
        )
        return list(session.scalars(asked))


def _say(database: Database, **values: object) -> None:
    with database.transaction() as session:
        session.execute(sa.update(ClassGate).where(ClassGate.mode == BEARING).values(**values))


def _scores(database: Database) -> list[ForecastScore]:
    with database.reading() as session:
        return list(session.scalars(sa.select(ForecastScore).order_by(ForecastScore.id)))
