"""Everything a run has stored, as plain values that can be compared from run to run."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Base, Database
from app.db.back_tests import BackTest
from app.db.health import MachineHealth
from app.db.predictions import (
    ClassGate,
    ClassRecipe,
    ClassVersion,
    Decision,
    Forecast,
    PredictorVersion,
)
from app.db.training import MachineOutcome
from app.db.work_orders import WorkOrder

Rows = list[dict[str, Any]]
# Ids follow the order of arrival, seconds the load of the machine, bytes of an artifact the moment.
PASSING = frozenset(
    {
        "id",
        "run_id",
        "class_version_id",
        "forecast_id",
        "predictor_version_id",
        "work_order_id",
        "artifact_digest",
        "seconds",
        "cpu_seconds",
    }
)
# When it was done, which is another day for a night that is run again later.
DATED = frozenset({"issued_at", "recorded_at"})


def stored(database: Database, run_id: int) -> dict[str, Rows]:
    """What a run stored, by table; orders, recipes and back-tests are those of the whole
    plant."""
    of_run = (ClassVersion, Decision, Forecast, MachineHealth, MachineOutcome, PredictorVersion)
    with database.reading() as session:
        told = {table.__tablename__: _of_run(session, table, run_id) for table in of_run}
        told["class_gate"] = _gates(session, run_id)
        told["back_test"] = _rows(session, BackTest)
        told["class_recipe"] = _rows(session, ClassRecipe)
        told["work_order"] = _rows(session, WorkOrder)
    return told


def foretold(database: Database, run_id: int) -> dict[str, Rows]:
    """What a run said of its as-of, whenever it was run: forecasts, deviations, gates."""
    with database.reading() as session:
        return {
            "forecast": _of_run(session, Forecast, run_id, DATED),
            "machine_health": _of_run(
                session, MachineHealth, run_id, DATED | {"verdict", "reason"}
            ),
            "class_gate": _gates(session, run_id),
        }


def _of_run(
    session: Session, table: Any, run_id: int, without: frozenset[str] = frozenset()
) -> Rows:
    return _rows(session, table, table.run_id == run_id, without=without)


def _gates(session: Session, run_id: int) -> Rows:
    versions = sa.select(ClassVersion.id).where(ClassVersion.run_id == run_id)
    return _rows(session, ClassGate, ClassGate.class_version_id.in_(versions))


def _rows(
    session: Session,
    table: type[Base],
    *conditions: sa.ColumnElement[bool],
    without: frozenset[str] = frozenset(),
) -> Rows:
    columns = [c.key for c in sa.inspect(table).columns if c.key not in PASSING | without]
    found = session.scalars(sa.select(table).where(*conditions))
    rows = [{key: _timeless(getattr(row, key)) for key in columns} for row in found]
    return sorted(rows, key=repr)


def _timeless(said: Any) -> Any:
    """Stored JSON without the seconds it took, however deep they stand."""
    if isinstance(said, dict):
        return {key: _timeless(value) for key, value in said.items() if key not in PASSING}
    return [_timeless(value) for value in said] if isinstance(said, list) else said
