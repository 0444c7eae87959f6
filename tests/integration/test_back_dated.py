"""What is entered late, of an earlier day, changes no night that did not know it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db import Database
from app.db.equipment import Equipment
from app.db.predictions import ForecastScore
from app.db.training import RunKind
from app.domain.roles import system
from app.inputs.records import Known, RecordEvent, RecordFailure, RecordService
from app.inputs.work_orders import CompleteWorkOrder, ReportBreakdown
from app.services import records, work_orders
from tests.odd_class import (
    DAYS,
    EXCHANGED_UNIT,
    NEVER_FAILED,
    ORDINARY,
    day,
    odd_class_after_a_night,
)
from tests.plant import Plant
from tests.small_plants import AS_OF, MORNING, night
from tests.stored_nights import foretold

LATER = MORNING + timedelta(days=5)
ALARM = "W21"


def test_back_dated_entries_change_no_earlier_night(tmp_path: Path) -> None:
    plant, first = odd_class_after_a_night(tmp_path)
    database = plant.database
    for now in (MORNING + timedelta(days=1), LATER):
        night(database, is_refit=False, now=now, kind=RunKind.NIGHTLY)
    told, judged = foretold(database, first["run_id"]), scores(database)

    enter_late(database)
    again = night(database, as_of=AS_OF, now=LATER, is_forced=True)

    assert (again.trained, again.failed) == (29, 0)
    assert foretold(database, again.run_id) == told
    assert judged
    assert scores(database) == judged
    assert plant.violations() == []


def scores(database: Database) -> list[tuple[Any, ...]]:
    """Every judged forecast of the nights before."""
    columns = (ForecastScore.forecast_id, ForecastScore.hours, ForecastScore.has_failed)
    with database.reading() as session:
        return [tuple(row) for row in session.execute(sa.select(*columns).order_by(*columns[:2]))]


def enter_late(database: Database) -> None:
    """Of days before the first night: failures, a service, an exchange, alarms and an order."""
    ids = machine_ids(database)
    late: dict[str, Any] = {"known": Known.NOW, "now": LATER, "by": system("test")}
    failed = [
        (ids[NEVER_FAILED], 40.0),
        (ids[EXCHANGED_UNIT], DAYS - 1.0),
        (ids[ORDINARY[0]], 84.5),
    ]
    with database.transaction() as session:
        records.add_failures(
            session,
            failures=[RecordFailure(equipment_id=id_, at=day(at)) for id_, at in failed],
            **late,
        )
        records.add_services(
            session,
            services=[RecordService(equipment_id=ids[tag], at=day(85.0)) for tag in ORDINARY[1:3]],
            **late,
        )
        records.add_events(
            session,
            events=[
                RecordEvent(equipment_id=id_, at=day(80.0), code=ALARM) for id_ in ids.values()
            ],
            **late,
        )
    close_an_order(database, ids[ORDINARY[3]])


def close_an_order(database: Database, machine: int) -> None:
    """Tom puts a machine right and says that it had stood since the day before the night."""
    tom = Plant(database, LATER).user("tom", "technician", team="mechanics")
    found = CompleteWorkOrder(
        function="lost",
        condition_found="failed",
        activity="replace",
        failed_at=AS_OF - timedelta(days=1),
        labour_hours=1,
    )
    with database.transaction() as session:
        order = work_orders.breakdown(
            session, report=ReportBreakdown(equipment_id=machine), now=LATER, by=tom
        )
        work_orders.complete(
            session, work_order_id=order, finding=found, expected_version=None, now=LATER, by=tom
        )


def machine_ids(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return dict(session.execute(sa.select(Equipment.tag, Equipment.id)).all())
