"""Each invariant is broken on purpose, and found: a check that cannot fail is a defect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.label_reviews import LabelReview, ReviewState
from app.db.predictions import Artifact, Forecast, ForecastScore, PredictorVersion
from app.db.readings import reading_hour, sensor_reading
from app.db.records import Failure
from app.db.training import Stage, TrainingRun
from app.db.work_orders import OrderEvidence, WorkOrder, WorkOrderHistory
from app.domain.health import HealthVerdict
from app.domain.instants import HOUR_US
from app.domain.roles import system
from app.domain.work_orders import Function, OrderType, Source, State
from app.queries.invariants import CHECKS, MOST_PER_CHECK, violations
from app.services import schedules
from app.services.work_orders import ledger
from tests.plant import Plant
from tests.policy_breakers import POLICY_BREAKERS

Breaker = Callable[[Session], None]
BREAKERS: dict[str, Breaker] = dict(POLICY_BREAKERS)
CONTENT = b"a predictor"


def breaks(name: str) -> Callable[[Breaker], Breaker]:
    """The decorated function breaks this invariant, inside a transaction that is rolled back."""

    def keep(function: Breaker) -> Breaker:
        BREAKERS[name] = function
        return function

    return keep


@pytest.fixture
def lived(database: Database, make: Plant, now: datetime) -> Iterator[Session]:
    """A session on a plant with one of everything; what the test does is rolled back."""
    pump = make.equipment()
    make.team("others", site="south")
    make.equipment("P-102")
    make.predicted_order(pump)
    make.predicted_order(pump, mode="seal")
    make.schedule(pump)
    _deviates(make, pump)
    with database.transaction() as session:
        schedules.generate(session, now=now, by=system("test"))
        digest = hashlib.sha256(CONTENT).hexdigest()
        session.add(Artifact(digest=digest, size=len(CONTENT), content=CONTENT))
        session.flush()
        session.execute(sa.update(PredictorVersion).values(artifact_digest=digest))
        session.execute(sa.update(TrainingRun).values(counts={"trained": 1, "failed": 0}))
        session.add(Failure(equipment_id=pump.id, at=now, work_order_id=1, recorded_at=now))
    _readings(database, make.sensor(pump).id)
    with database.transaction() as session:
        yield session
        session.rollback()


def _deviates(make: Plant, machine: Equipment) -> None:
    """The machine was looked at in the night of its forecasts, and an inspection suggested."""
    run = make.run()
    with make.database.transaction() as session:
        order = WorkOrder(
            equipment_id=machine.id,
            type=OrderType.INSPECTION,
            source=Source.DEVIATION,
            state=State.REQUESTED,
            title="Inspect P-101: vibration away from its normal",
        )
        ledger.write_new(session, order, now=make.now, by=system("night"))
        session.add(
            MachineHealth(
                run_id=run.id,
                equipment_id=machine.id,
                work_order_id=order.id,
                as_of=make.now,
                recorded_at=make.now,
                score=1.5,
                is_deviating=True,
                evidence=[],
                verdict=HealthVerdict.RAISED,
            )
        )
        session.add(
            LabelReview(
                work_order_id=order.id,
                equipment_id=machine.id,
                proposed_function=Function.LOST,
                confidence=0.5,
                state=ReviewState.WAITING,
                proposed_at=make.now,
            )
        )


def _readings(database: Database, sensor_id: int) -> None:
    """Two hours with two readings each: 1 and 3, 5 and 7."""
    instants = [HOUR_US * 10 + 1, HOUR_US * 11, HOUR_US * 11 + 1, HOUR_US * 12]
    values = [1.0, 3.0, 5.0, 7.0]
    with database.transaction() as session:
        session.execute(
            sa.insert(sensor_reading),
            [
                {"sensor_id": sensor_id, "at": at, "value": value}
                for at, value in zip(instants, values, strict=True)
            ],
        )
        session.execute(
            sa.insert(reading_hour),
            [
                {
                    "sensor_id": sensor_id,
                    "hour": hour,
                    "n": 2,
                    "mean": low + 1,
                    "low": low,
                    "high": low + 2,
                    "last": low + 2,
                    "last_at": hour * HOUR_US,
                }
                for hour, low in ((11, 1.0), (12, 5.0))
            ],
        )


def test_a_plant_that_lived_properly_breaks_nothing(lived: Session) -> None:
    assert violations(lived) == []


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_broken_invariant_is_found(lived: Session, name: str) -> None:
    BREAKERS[name](lived)
    lived.flush()

    found = {violation.invariant for violation in violations(lived)}

    assert name in found


def test_a_flood_of_violations_is_cut_short(lived: Session) -> None:
    before = lived.scalars(sa.select(WorkOrderHistory.id)).all()
    lived.add_all(
        WorkOrder(
            equipment_id=1,
            type="corrective",
            source="person",
            state="open",
            title="Smuggled in",
            created_at=datetime.fromisoformat("2026-03-02T08:00Z"),
        )
        for _ in range(MOST_PER_CHECK + 5)
    )
    lived.flush()

    found = [v for v in violations(lived) if v.invariant == "an order's history leads to its state"]

    assert before
    assert len(found) == MOST_PER_CHECK


@breaks("the database file is whole")
def _nonsense_state(session: Session) -> None:
    _sqlite_only(session)
    session.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
    session.execute(sa.text("UPDATE equipment SET status = 'lost' WHERE id = 2"))
    session.execute(sa.text("PRAGMA ignore_check_constraints = OFF"))


@breaks("every reference leads somewhere")
def _orphan(session: Session) -> None:
    _sqlite_only(session)
    session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
    session.execute(sa.text("UPDATE failure SET equipment_id = 999"))


@breaks("the audit chain is unbroken")
def _tampered(session: Session) -> None:
    session.execute(sa.update(AuditRow).where(AuditRow.id == 1).values(action="nothing"))


@breaks("one open predictive order per machine and mode")
def _second_prediction(session: Session) -> None:
    _drop_index(session, "uq_work_order_open_predictive")
    session.execute(sa.update(WorkOrder).values(mode="bearing"))


@breaks("one order per schedule and occurrence")
def _second_occurrence(session: Session) -> None:
    order = session.scalars(sa.select(WorkOrder).where(WorkOrder.schedule_id.is_not(None))).one()
    _without_constraint(session, WorkOrder.__table__, "uq_work_order_schedule_id_occurrence_on")
    session.execute(
        sa.update(WorkOrder).values(
            schedule_id=order.schedule_id, occurrence_on=order.occurrence_on
        )
    )


@breaks("a predictive order has its forecast")
def _unsupported(session: Session) -> None:
    session.execute(sa.delete(OrderEvidence).where(OrderEvidence.work_order_id == 1))


@breaks("one open suggested inspection per machine")
def _second_inspection(session: Session) -> None:
    _drop_index(session, "uq_work_order_open_deviation")
    order = session.scalars(sa.select(WorkOrder).where(WorkOrder.source == "deviation")).one()
    session.add(_copy(order))


@breaks("a suggested inspection has its deviation")
def _groundless(session: Session) -> None:
    session.execute(sa.update(MachineHealth).values(work_order_id=None))


@breaks("a health verdict fits what was seen")
def _contradiction(session: Session) -> None:
    session.execute(sa.update(MachineHealth).values(verdict=HealthVerdict.NORMAL))


@breaks("a label review is whole")
def _unreviewed(session: Session) -> None:
    session.execute(sa.update(LabelReview).values(state=ReviewState.ACCEPTED))


@breaks("an order's moments fit its state")
def _timeless(session: Session) -> None:
    session.execute(sa.update(WorkOrder).values(state=State.COMPLETED))


@breaks("an order stays within its site")
def _abroad(session: Session) -> None:
    session.execute(
        sa.text("UPDATE work_order SET team_id = (SELECT id FROM team WHERE name = 'others')")
    )


@breaks("what an order found belongs to its machine")
def _misfiled(session: Session) -> None:
    session.execute(sa.update(Failure).values(equipment_id=2))


@breaks("an order's history leads to its state")
def _unexplained(session: Session) -> None:
    session.execute(sa.update(WorkOrder).where(WorkOrder.id == 1).values(state=State.OPEN))


@breaks("history and audit match one to one")
def _unaudited(session: Session) -> None:
    line = sa.select(WorkOrderHistory).where(WorkOrderHistory.id == 1)
    row = session.scalars(line).one()
    session.add(
        WorkOrderHistory(
            work_order_id=row.work_order_id,
            at=row.at,
            by_name="nobody",
            action="commented",
            from_state=row.to_state,
            to_state=row.to_state,
        )
    )


@breaks("one current predictor per machine")
def _two_predictors(session: Session) -> None:
    _drop_index(session, "uq_predictor_version_current")
    current = session.scalars(sa.select(PredictorVersion)).first()
    assert current is not None
    session.add(
        _copy(current, run_id=_other_run(session)),
    )


@breaks("a current predictor has its artifact")
def _bit_flip(session: Session) -> None:
    session.execute(sa.update(Artifact).values(content=b"A predictor"))


@breaks("one night per site and date")
def _second_night(session: Session) -> None:
    _drop_index(session, "uq_training_run_night")
    run = session.scalars(sa.select(TrainingRun)).one()
    session.add(_copy(run))


@breaks("a finished run is done and adds up")
def _miscounted(session: Session) -> None:
    session.execute(sa.update(TrainingRun).values(counts={"trained": 7}))


@breaks("a forecast belongs to a machine of its run")
def _stray(session: Session) -> None:
    forecast = session.scalars(sa.select(Forecast)).first()
    assert forecast is not None
    session.add(_copy(forecast, equipment_id=2))


@breaks("a risk is a probability")
def _impossible(session: Session) -> None:
    session.execute(sa.update(Forecast).values(risk=1.01))


@breaks("a judged forecast says what was issued")
def _judged_for_another(session: Session) -> None:
    _judge(session, hours=0.0, mode="gearbox")


@breaks("no forecast is judged before its time")
def _judged_at_once(session: Session) -> None:
    _judge(session, hours=1.0)


def _judge(session: Session, **more: object) -> None:
    told = session.scalars(sa.select(Forecast).order_by(Forecast.id).limit(1)).one()
    same = {n: getattr(told, n) for n in ("equipment_id", "mode", "as_of", "risk", "run_id")}
    facts = {"forecast_id": told.id, "is_punctual": True, "scored_at": told.as_of}
    session.execute(sa.insert(ForecastScore).values(**(same | facts | more)))


@breaks("every reading has its sensor")
def _reading_of_nobody(session: Session) -> None:
    row = {"sensor_id": 999, "at": HOUR_US, "value": 1.0, "quality": 0}
    session.execute(sa.insert(sensor_reading).values(**row))


@breaks("hours equal the readings in them")
def _wrong_mean(session: Session) -> None:
    session.execute(sa.update(reading_hour).where(reading_hour.c.hour == 12).values(mean=6.1))


def test_an_unfinished_stage_of_a_finished_run_is_found(lived: Session) -> None:
    lived.execute(sa.update(TrainingRun).values(stage=Stage.MACHINES))

    assert [v.what for v in violations(lived)] == ["run 1 is finished but stands at machines"]


def test_a_missing_hour_is_found(lived: Session) -> None:
    lived.execute(sa.delete(reading_hour).where(reading_hour.c.hour == 12))

    assert [v.what for v in violations(lived)] == [
        "sensor 1, hour 12: None is not (2, 6.0, 5.0, 7.0)"
    ]


def test_hours_whose_raw_rows_have_been_cleared_away_stand_alone(lived: Session) -> None:
    lived.execute(sa.delete(sensor_reading).where(sensor_reading.c.at <= 11 * HOUR_US))

    assert violations(lived) == []


def test_every_invariant_has_something_that_breaks_it() -> None:
    assert set(BREAKERS) == set(CHECKS)


def _sqlite_only(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL does not let anybody break this")


def _drop_index(session: Session, name: str) -> None:
    session.execute(sa.text(f"DROP INDEX {name}"))


def _without_constraint(session: Session, table: Any, name: str) -> None:
    """SQLite drops no constraint of a table: the test's rows would have to be copied."""
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite lets nobody break this")
    session.execute(sa.text(f"ALTER TABLE {table.name} DROP CONSTRAINT {name}"))


def _other_run(session: Session) -> int:
    run = _copy(session.scalars(sa.select(TrainingRun)).one(), kind="manual")
    session.add(run)
    session.flush()
    return int(run.id)


def _copy(row: Any, **changes: Any) -> Any:
    """The same row again under a new id."""
    kind = type(row)
    values = {
        column.key: getattr(row, column.key)
        for column in sa.inspect(kind).columns
        if column.key != "id"
    }
    return kind(**{**values, **changes})
