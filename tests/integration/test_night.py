"""Whole nights over a small real plant: learned, forecast, decided, written, and once only.

Nights that ask about workers run as processes of their own; the others run on the engine without
workers, which is the real night in one process.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import Equipment
from app.db.predictions import Decision, Forecast, PredictorVersion
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.errors import NotFound
from app.domain.instants import HOUR_US, to_micros
from app.domain.work_orders import Priority, State
from app.inputs.work_orders import CompleteWorkOrder, ReportBreakdown
from app.queries.invariants import violations
from app.services import work_orders
from tests.plant import Plant
from tests.small_plants import (
    AS_OF,
    FAN,
    MORNING,
    PUMPS,
    WEARING,
    Installation,
    night,
    pumps,
    pumps_after_a_night,
    settle,
    told,
)

DAY = timedelta(days=1)


@pytest.fixture
def fresh(tmp_path: Path) -> Installation:
    """The plant before its first night."""
    return pumps(tmp_path)


@pytest.fixture
def after(tmp_path: Path) -> Installation:
    """The plant after its first night."""
    return pumps_after_a_night(tmp_path / "after")[0]


def outcomes(database: Database, run_id: int) -> Mapping[str, MachineOutcome]:
    """What a run made of each machine, by tag."""
    with database.reading() as session:
        rows = session.execute(
            sa.select(Equipment.tag, MachineOutcome)
            .join(MachineOutcome, MachineOutcome.equipment_id == Equipment.id)
            .where(MachineOutcome.run_id == run_id)
        )
        return dict(rows.all())


def forecasts(database: Database, run_id: int) -> list[Forecast]:
    with database.reading() as session:
        return list(session.scalars(sa.select(Forecast).where(Forecast.run_id == run_id)))


def orders(database: Database) -> list[WorkOrder]:
    with database.reading() as session:
        return list(session.scalars(sa.select(WorkOrder).order_by(WorkOrder.id)))


def count(database: Database, table: type[Any]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def id_of(database: Database, tag: str) -> int:
    with database.reading() as session:
        return session.scalars(sa.select(Equipment.id).where(Equipment.tag == tag)).one()


# --- the first night


def test_every_machine_has_an_outcome_and_the_report_counts_them(tmp_path: Path) -> None:
    plant, report = pumps_after_a_night(tmp_path)

    made = outcomes(plant.database, report["run_id"])

    assert sorted(made) == sorted((*PUMPS, FAN))
    assert {row.status for row in made.values()} == {MachineStatus.TRAINED}
    assert {made[tag].rung for tag in PUMPS} <= {"class_hazard", "own_level"}
    assert (report["machines"], report["trained"], report["failed"]) == (7, 7, 0)
    assert report["as_of"] == "2026-03-02T02:00:00Z"
    assert report["failures"] == []


def test_a_machine_that_cannot_be_forecast_says_what_is_missing(after: Installation) -> None:
    fan = outcomes(after.database, 1)[FAN]

    assert fan.rung == "health"
    assert "No failure or confirmed fault of class fan is on record" in fan.reason
    assert FAN not in {tag for tag, _ in told(after.database, 1)}


def test_forecasts_are_probabilities_that_only_fall(after: Installation) -> None:
    told = forecasts(after.database, 1)

    assert len(told) == 2 * len(PUMPS)
    for forecast in told:
        curve, risks = forecast.survival, forecast.risks
        assert curve[0] == 1.0
        assert all(0.0 <= later <= earlier for earlier, later in pairwise(curve))
        assert 0.0 <= risks["24"] <= risks["168"] <= risks["336"] <= 1.0
        assert risks["24"] <= forecast.risk <= risks["168"]
        lives = [forecast.rul_p10_hours, forecast.rul_p50_hours, forecast.rul_p90_hours]
        known = [hours for hours in lives if hours is not None]
        assert known == sorted(known)


def test_the_pump_that_wears_out_has_the_only_order_and_its_evidence(after: Installation) -> None:
    (order,) = orders(after.database)

    assert order.title == f"Inspect bearing of {WEARING}"
    assert (order.state, order.priority) == (State.REQUESTED, Priority.URGENT)
    assert (order.risk or 0) > 0.5
    assert "Vibration" in order.description
    assert count(after.database, OrderEvidence) == 1


def test_nothing_is_broken_after_a_night(after: Installation) -> None:
    assert after.violations() == []


def test_both_databases_tell_the_same(
    database: Database, after: Installation, tmp_path: Path
) -> None:
    with database.transaction() as session:
        settle(session)

    report = night(database)

    assert (report.trained, len(report.orders_raised)) == (7, 1)
    assert told(database, report.run_id) == told(after.database, 1)
    with database.reading() as session:
        assert violations(session) == []


# --- again


def test_a_second_night_for_the_same_time_reuses_everything(after: Installation) -> None:
    again = night(after.database)

    assert (again.reused, again.trained, again.orders_raised) == (7, 0, ())
    assert again.orders_updated == 1
    assert len(orders(after.database)) == 1
    assert forecasts(after.database, again.run_id) == []
    assert count(after.database, PredictorVersion) == 7
    assert after.violations() == []


def test_a_forced_refit_on_one_worker_tells_what_two_told(after: Installation) -> None:
    again = after.train("--force", "--jobs", "1")

    assert (again["trained"], again["workers"]) == (7, 1)
    assert told(after.database, again["run_id"]) == told(after.database, 1)
    assert len(orders(after.database)) == 1
    assert after.violations() == []


def test_a_night_without_refit_only_forecasts(after: Installation) -> None:
    report = night(after.database, is_refit=False)

    assert (report.reused, report.trained) == (7, 0)
    assert count(after.database, PredictorVersion) == 7
    assert told(after.database, report.run_id) == told(after.database, 1)
    assert after.violations() == []


def test_only_the_machines_asked_for_are_trained(fresh: Installation) -> None:
    report = night(fresh.database, tags=("P-101",))

    assert list(outcomes(fresh.database, report.run_id)) == ["P-101"]
    assert (report.machines, report.orders_raised) == (1, ())


def test_a_night_for_an_earlier_moment_sees_nothing_later(tmp_path: Path) -> None:
    whole, cut = pumps(tmp_path / "whole"), pumps(tmp_path / "cut")
    earlier = AS_OF - 20 * DAY
    _forget_after(cut.database, earlier)

    informed = night(whole.database, as_of=earlier)
    ignorant = night(cut.database, as_of=earlier)

    assert len(told(whole.database, informed.run_id)) == 2 * len(PUMPS)
    assert told(whole.database, informed.run_id) == told(cut.database, ignorant.run_id)


def test_what_was_found_today_is_a_label_tonight(after: Installation) -> None:
    database = after.database
    _breaks_down(database, FAN, at=MORNING)

    report = night(database, now=MORNING + DAY)

    made = outcomes(database, report.run_id)[FAN]
    assert (made.status, made.rung) == (MachineStatus.TRAINED, "reference")
    assert (FAN, "bearing") in told(after.database, report.run_id)


# --- when something is wrong


def test_a_machine_with_broken_data_fails_alone_and_keeps_what_it_had(after: Installation) -> None:
    database, broken = after.database, id_of(after.database, WEARING)
    _spoil(database, broken, "'not a number'")

    report = night(database, is_forced=True)

    made = outcomes(database, report.run_id)
    assert {tag for tag, row in made.items() if row.status is MachineStatus.FAILED} == {WEARING}
    assert (report.trained, report.failed) == (6, 1)
    assert [failure["tag"] for failure in report.failures] == [WEARING]
    assert "could not convert string to float" in report.failures[0]["reason"]
    (order,) = orders(database)
    assert (order.state, count(database, OrderEvidence)) == (State.REQUESTED, 1)
    assert _current(database, broken).run_id == 1


def test_a_machine_that_failed_is_tried_again_and_the_others_are_not(fresh: Installation) -> None:
    database, broken = fresh.database, id_of(fresh.database, WEARING)
    _spoil(database, broken, "'not a number'")
    first = night(database)
    _spoil(database, broken, "4.0")

    second = night(database)

    assert (first.trained, first.failed) == (6, 1)
    assert (second.trained, second.reused, second.failed) == (1, 6, 0)
    assert _current(database, broken).run_id == second.run_id


def test_a_class_model_that_was_tampered_with_is_not_served(after: Installation) -> None:
    """The next night without refit finds nothing to forecast with; what was good stays in force."""
    database, worn = after.database, id_of(after.database, WEARING)
    tamper = (
        "UPDATE artifact SET content = zeroblob(size)"
        " WHERE digest IN (SELECT artifact_digest FROM class_version)"
    )
    with database.transaction() as session:
        session.execute(sa.text(tamper))

    report = night(database, now=MORNING + DAY, is_refit=False)

    assert (report.reused, report.orders_updated) == (7, 0)
    assert told(database, report.run_id) == {}
    current = _current(database, worn)
    assert current.run_id == 1
    assert current.rung in {"class_hazard", "own_level"}
    assert len(orders(database)) == 1


def test_an_unknown_machine_is_refused_before_anything_is_written(fresh: Installation) -> None:
    with pytest.raises(NotFound, match="P-999"):
        night(fresh.database, tags=("P-101", "P-999"))

    assert count(fresh.database, TrainingRun) == 0


def test_decisions_are_made_of_what_reused_predictors_told_when_they_were_made(
    after: Installation,
) -> None:
    database = after.database
    with database.transaction() as session:
        for table in ("order_evidence", "decision", "work_order_history", "work_order"):
            session.execute(sa.text(f"DELETE FROM {table}"))

    report = night(database)

    assert (report.reused, len(report.orders_raised)) == (7, 1)
    assert count(database, Decision) == 1


# --- helpers


def _current(database: Database, equipment_id: int) -> PredictorVersion:
    with database.reading() as session:
        return session.scalars(
            sa.select(PredictorVersion).where(
                PredictorVersion.equipment_id == equipment_id, PredictorVersion.is_current
            )
        ).one()


def _spoil(database: Database, equipment_id: int, value: str) -> None:
    """Write something else over the newest hour of a machine, as a bad disk would."""
    spoil = (
        f"UPDATE reading_hour SET mean = {value} WHERE (sensor_id, hour) = (SELECT sensor_id,"
        " max(hour) FROM reading_hour WHERE sensor_id ="
        f" (SELECT min(id) FROM sensor WHERE equipment_id = {equipment_id}))"
    )
    with database.transaction() as session:
        session.execute(sa.text(spoil))


def _forget_after(database: Database, at: datetime) -> None:
    """Take out everything that a night for *at* must not know."""
    cut = to_micros(at)
    with database.transaction() as session:
        session.execute(sa.text(f"DELETE FROM sensor_reading WHERE at > {cut}"))
        session.execute(sa.text(f"DELETE FROM reading_hour WHERE hour > {cut // HOUR_US}"))
        for table in ("failure", "service_record"):
            session.execute(sa.text(f"DELETE FROM {table} WHERE at >= :at"), {"at": f"{at:%F %T}"})


def _breaks_down(database: Database, tag: str, *, at: datetime) -> None:
    """Tom finds the machine broken and puts it right within the hour."""
    make = Plant(database, at)
    tom = make.user("tom", "technician", team="mechanics")
    report = ReportBreakdown(equipment_id=id_of(database, tag), title="It stands")
    finding = CompleteWorkOrder(
        function="lost", condition_found="failed", failed_at=at, labour_hours=1
    )
    with database.transaction() as session:
        order_id = work_orders.breakdown(session, report=report, now=at, by=tom)
        work_orders.complete(
            session,
            work_order_id=order_id,
            finding=finding,
            expected_version=None,
            now=at + timedelta(hours=1),
            by=tom,
        )
