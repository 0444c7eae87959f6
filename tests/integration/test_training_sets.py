"""What a predictor may know at a moment: the boundaries of knowing, on both databases."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import Database
from app.db.equipment import Component, Equipment, SensorRole
from app.db.records import Failure, MachineEvent, ServiceRecord
from app.db.sensors import Sensor, SensorAssignment
from app.domain.errors import NotFound
from app.domain.instants import to_micros
from app.domain.roles import Actor, system
from app.domain.work_orders import Condition, Dismissal, Outcome, State
from app.inputs.work_orders import CompleteWorkOrder, DismissWorkOrder
from app.queries.training_sets import TrainingSet, training_set
from app.services import work_orders
from tests.hours import measure
from tests.plant import Plant

T = datetime(2026, 3, 2, 2, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BY = system("test")


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment(tag="P-101")


@pytest.fixture
def bearing(make: Plant) -> Component:
    return make.component("bearing")


def known(database: Database, machine: Equipment, until: datetime = T, **more: Any) -> TrainingSet:
    """What is known of the machine, from hours unless told otherwise."""
    given = {"is_hourly": True, **more}
    with database.reading() as session:
        return training_set(session, equipment_id=machine.id, until=until, **given)


def add(database: Database, *rows: Any) -> None:
    with database.transaction() as session:
        session.add_all(rows)


def failure(machine: Equipment, at: datetime, recorded_at: datetime | None = None) -> Failure:
    return Failure(equipment_id=machine.id, at=at, recorded_at=recorded_at or at)


def same(one: TrainingSet, other: TrainingSet) -> bool:
    """Whether two sets are equal to the last bit."""
    return repr(asdict(one)) == repr(asdict(other))


# --- at <= t, at < t, recorded by t


def test_readings_count_up_to_and_with_the_moment(database, make, pump) -> None:
    measure(database, make.sensor(pump), {T - TICK: 1.0, T: 2.0, T + TICK: 3.0})

    raw = known(database, pump, is_hourly=False).roles["vibration"]

    assert raw.at.tolist() == [to_micros(T) - 1, to_micros(T)]
    assert raw.mean.tolist() == [1.0, 2.0]


def test_an_hour_counts_when_it_is_over(database, make, pump) -> None:
    half = timedelta(minutes=30)
    measure(database, make.sensor(pump), {T - half: 1.0, T: 3.0, T + half: 9.0})

    at_the_hour = known(database, pump, T).roles["vibration"]
    within_the_next = known(database, pump, T + half).roles["vibration"]

    assert at_the_hour.at.tolist() == [to_micros(T)]
    assert (at_the_hour.mean[0], at_the_hour.low[0], at_the_hour.high[0]) == (2.0, 1.0, 3.0)
    assert at_the_hour.count.tolist() == [2.0]
    assert within_the_next.at.tolist() == [to_micros(T)]


def test_events_count_with_the_moment_and_records_only_before_it(database, pump, bearing) -> None:
    facts = {"equipment_id": pump.id, "recorded_at": T - DAY}
    for moment in (T - TICK, T, T + TICK):
        add(
            database,
            MachineEvent(at=moment, code="W21", **facts),
            ServiceRecord(at=moment, component_id=bearing.id, **facts),
            Failure(at=moment, component_id=bearing.id, **facts),
        )

    found = known(database, pump)

    assert [at for at, _ in found.events] == [to_micros(T) - 1, to_micros(T)]
    assert [at for at, *_ in found.services] == [to_micros(T) - 1]
    assert found.failures == ((to_micros(T) - 1, "bearing"),)


def test_what_was_recorded_later_is_not_known(database, pump) -> None:
    facts = {"equipment_id": pump.id, "at": T - DAY, "recorded_at": T + TICK}
    add(database, MachineEvent(code="W21", **facts), ServiceRecord(**facts), Failure(**facts))

    before, after = known(database, pump), known(database, pump, T + TICK)

    assert (before.events, before.services, before.failures) == ((), (), ())
    assert (len(after.events), len(after.services), len(after.failures)) == (1, 1, 1)


def test_a_failure_entered_late_leaves_the_earlier_night_as_it_was(database, make, pump) -> None:
    measure(database, make.sensor(pump), {T - 2 * HOUR: 1.0, T - HOUR: 2.0})
    add(database, failure(pump, T - 9 * DAY))
    then = known(database, pump)

    add(database, failure(pump, T - 5 * DAY, recorded_at=T + HOUR))

    assert same(known(database, pump), then)
    assert len(known(database, pump, T + DAY).failures) == 2


def test_a_machine_that_is_gone_is_named(database, make) -> None:
    make.site()

    with database.reading() as session, pytest.raises(NotFound, match="Equipment 99 is gone"):
        training_set(session, equipment_id=99, until=T, is_hourly=True)


def test_one_machine_never_sees_the_records_of_another(database, make, pump) -> None:
    other = make.equipment(tag="P-102")
    measure(database, make.sensor(other), {T - HOUR: 1.0})
    add(
        database,
        failure(other, T - DAY),
        ServiceRecord(equipment_id=other.id, at=T - DAY, recorded_at=T - DAY),
    )

    found = known(database, pump)

    assert (found.roles, found.services, found.failures) == ({}, (), ())


# --- attributes and records as the library takes them


def test_its_make_its_age_and_its_own_facts_are_attributes(database, make) -> None:
    pump = make.equipment(
        make="Halden", model="HC-80", installed_on=(T - 30 * DAY).date(), attributes={"age": 7}
    )

    found = known(database, pump)

    assert found.attributes == {"make": "Halden", "model": "HC-80", "age": 7.0}
    assert found.installed_at == to_micros(datetime(2026, 1, 31, tzinfo=UTC))


def test_only_work_that_renews_begins_a_new_life(database, pump, bearing) -> None:
    facts = {"equipment_id": pump.id, "component_id": bearing.id}
    for days, activity in enumerate(("service", "inspection", "adjust", "replace"), start=1):
        moment = T - days * DAY
        add(
            database,
            ServiceRecord(
                at=moment,
                recorded_at=moment,
                activity=activity,
                is_planned=False,
                condition_found=Condition.WORN,
                **facts,
            ),
        )

    found = known(database, pump)

    assert found.services == ((to_micros(T - 4 * DAY), "bearing", False, "worn"),)


def test_a_record_without_a_component_concerns_the_whole_machine(database, pump) -> None:
    add(
        database,
        failure(pump, T - DAY),
        ServiceRecord(equipment_id=pump.id, at=T - HOUR, recorded_at=T - HOUR),
    )

    found = known(database, pump)

    assert found.failures == ((to_micros(T - DAY), "any"),)
    assert found.services == ((to_micros(T - HOUR), "any", True, ""),)


def test_a_unit_that_was_exchanged_starts_anew_unless_an_order_forgot_the_part(
    database, make, pump
) -> None:
    exchanged = {"equipment_id": pump.id, "activity": "replace"}
    for days, more in ((3, {}), (2, {"work_order_id": make.order(pump)})):
        moment = T - days * DAY
        add(database, ServiceRecord(at=moment, recorded_at=moment, **exchanged, **more))

    assert known(database, pump).exchanges == (to_micros(T - 3 * DAY),)


def test_what_a_technician_found_is_an_outcome(database, make, pump, tom: Actor) -> None:
    order_id = make.predicted_order(pump, mode="bearing", state=State.OPEN)
    done = {"work_order_id": order_id, "expected_version": None, "by": tom}
    found = CompleteWorkOrder(
        outcome=Outcome.NOTHING_FOUND, function="none", condition_found="good", labour_hours=1
    )

    with database.transaction() as session:
        work_orders.take(session, now=T - 2 * HOUR, **done)
        work_orders.complete(session, now=T - HOUR, finding=found, **done)

    assert known(database, pump).outcomes == ((to_micros(T - HOUR), "bearing", "nothing_found"),)
    assert known(database, pump, T - HOUR).outcomes == ()


def test_a_dismissal_is_an_outcome_with_its_reason(database, make, pump, ann: Actor) -> None:
    order_id = make.predicted_order(pump, mode="seal")

    with database.transaction() as session:
        work_orders.dismiss(
            session,
            work_order_id=order_id,
            dismissal=DismissWorkOrder(dismissal=Dismissal.SENSOR_FAULT),
            expected_version=None,
            now=T - HOUR,
            by=ann,
        )

    assert known(database, pump).outcomes == (
        (to_micros(T - HOUR), "seal", "dismissed:sensor_fault"),
    )


# --- who measured, and since when


def test_an_exchanged_sensor_restarts_its_role(database, make, pump) -> None:
    old = make.sensor(pump, "vibration")
    role = make.get(SensorAssignment, 1).sensor_role_id
    new = Sensor(equipment_id=pump.id, code="vibration-2", name="Vibration", kind="vibration")
    add(database, new)
    exchange = T - 10 * HOUR
    with database.transaction() as session:
        session.get_one(SensorAssignment, 1).ended_at = exchange
        session.add(SensorAssignment(sensor_id=new.id, sensor_role_id=role, started_at=exchange))
    measure(database, old, {T - 12 * HOUR: 1.0, exchange: 2.0, T - 8 * HOUR: 99.0})
    measure(database, new, {T - 11 * HOUR: 98.0, T - 9 * HOUR: 3.0})

    role_readings = known(database, pump).roles["vibration"]

    assert role_readings.mean.tolist() == [1.0, 2.0, 3.0]
    assert role_readings.restarts == (to_micros(exchange),)
    assert known(database, pump, exchange).roles["vibration"].restarts == ()


def test_a_sensor_counts_for_a_role_only_while_it_fills_it(database, make, pump) -> None:
    sensor = make.sensor(pump, "vibration")
    spare = SensorRole(
        equipment_class_id=pump.equipment_class_id, code="vibration_nde", name="Non-drive end"
    )
    add(database, spare)
    moved, taken_off = T - 6 * HOUR, T - 3 * HOUR
    with database.transaction() as session:
        session.get_one(SensorAssignment, 1).ended_at = moved
        session.add(
            SensorAssignment(
                sensor_id=sensor.id,
                sensor_role_id=spare.id,
                started_at=moved,
                ended_at=taken_off,
            )
        )
    measure(database, sensor, {T - n * HOUR: float(n) for n in range(1, 9)})

    roles = known(database, pump).roles

    assert roles["vibration"].mean.tolist() == [8.0, 7.0, 6.0]
    assert roles["vibration_nde"].mean.tolist() == [5.0, 4.0, 3.0]
