"""How far each class has come: failures, normals, sensors, rungs, and what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db import Database
from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.label_reviews import LabelReview, ReviewState
from app.db.predictions import PredictorVersion
from app.db.records import Failure, ServiceRecord
from app.domain.health import HealthVerdict
from app.domain.ladder import Rung
from app.domain.roles import EVERYWHERE, Scope
from app.domain.work_orders import Condition, Function
from app.queries.class_readiness import ClassReadiness, class_readiness
from tests.hours import write_hours
from tests.plant import Plant

DAY = timedelta(days=1)


def asked(make: Plant, scope: Scope = EVERYWHERE) -> tuple[ClassReadiness, ...]:
    with make.database.reading() as session:
        return class_readiness(session, scope=scope, now=make.now)


def fail(make: Plant, machine: Equipment, component: str, at: datetime) -> None:
    with make.database.transaction() as session:
        session.add(
            Failure(
                equipment_id=machine.id,
                component_id=make.component(component).id,
                at=at,
                recorded_at=at,
            )
        )


def stand_on(make: Plant, machine: Equipment, rung: str) -> None:
    make.forecast(machine, mode="any")
    make.forecast(machine, mode="bearing")
    with make.database.transaction() as session:
        session.execute(sa.update(PredictorVersion).values(rung=rung))
        session.execute(sa.text(f"UPDATE forecast SET rung = '{rung}'"))


def test_an_empty_plant_has_no_class_to_speak_of(make) -> None:
    make.equipment_class()

    assert asked(make) == ()


def test_a_class_without_anything_stands_on_the_ground(make) -> None:
    make.equipment("P-101")

    (pumps,) = asked(make)

    assert (pumps.name, pumps.machines, pumps.rung) == ("Pump", 1, Rung.NOTHING)
    assert (pumps.failures, pumps.history_from, pumps.with_normal) == (0, None, 0)
    assert [machine.tag for machine in pumps.unjudged] == ["P-101"]
    assert [mode.name for mode in pumps.modes] == ["Bearing", "Seal"]


def test_failures_known_say_what_is_missing_and_when_it_comes(make, now) -> None:
    pump = make.equipment("P-101")
    for days in (120, 60, 3):
        fail(make, pump, "bearing", now - days * DAY)
    fail(make, pump, "seal", now + DAY)
    stand_on(make, pump, "reference")

    (pumps,) = asked(make)

    bearing, seal = pumps.modes
    assert (pumps.failures, bearing.failures, seal.failures) == (3, 3, 0)
    assert (bearing.rung, pumps.rung) == (Rung.AGE, Rung.AGE)
    assert bearing.missing is not None
    assert (bearing.missing.rung, bearing.missing.needed) == (Rung.CLASS, 8)
    # Three in 120 days; five more take 200 days.
    assert round(bearing.missing.months or 0, 1) == round(200 / 30.4375, 1)
    assert seal.missing is not None
    assert seal.missing.months is None


def test_a_fault_seen_in_time_counts_beside_the_failures_once(make, now) -> None:
    pump, bearing = make.equipment("P-101"), make.component("bearing")
    fail(make, pump, "bearing", now - 9 * DAY)
    with make.database.transaction() as session:
        for days, planned in ((5, True), (9, True), (2, False)):
            session.add(
                ServiceRecord(
                    equipment_id=pump.id,
                    component_id=bearing.id,
                    at=now - days * DAY,
                    is_planned=planned,
                    condition_found=Condition.DEGRADED,
                    recorded_at=now - days * DAY,
                )
            )

    (pumps,) = asked(make)

    assert (pumps.failures, pumps.confirmed) == (1, 1)


def test_sensors_that_work_normals_and_waiting_labels_are_counted(
    database: Database, make, now
) -> None:
    for tag, values in (("P-101", [20.0 + k % 7 for k in range(90)]), ("P-102", [63.1] * 90)):
        machine = make.equipment(tag)
        moving = [5.0 + k % 3 for k in range(90)]
        write_hours(database, make.sensor(machine, "flow").id, until=now, values=moving)
        write_hours(database, make.sensor(machine, "temperature").id, until=now, values=values)
    look(make, make.equipment("P-101"), score=1.2)
    look(make, make.equipment("P-102"), score=None, reason="12 of 30 days are known.")
    wait_for_a_label(make, make.equipment("P-101"))

    (pumps,) = asked(make)

    assert [(role.name, role.usable, role.faulty) for role in pumps.roles] == [
        ("Flow", 2, 0),
        ("Temperature", 1, 1),
    ]
    assert [fault.tag for fault in pumps.faults] == ["P-102"]
    assert (pumps.with_normal, pumps.deviating, pumps.waiting) == (1, 1, 1)
    assert [(m.tag, m.reason) for m in pumps.unjudged] == [("P-102", "12 of 30 days are known.")]
    assert pumps.history_from == now - timedelta(hours=90)


def test_another_sites_machines_do_not_count(make, now) -> None:
    north, south = make.equipment("P-101"), make.equipment("P-900", site="south")
    fail(make, south, "bearing", now - DAY)

    (pumps,) = asked(make, Scope(frozenset({north.site_id})))

    assert (pumps.machines, pumps.failures) == (1, 0)


def look(make: Plant, machine: Equipment, *, score: float | None, reason: str = "") -> None:
    with make.database.transaction() as session:
        session.add(
            MachineHealth(
                run_id=make.run().id,
                equipment_id=machine.id,
                as_of=make.now,
                recorded_at=make.now,
                score=score,
                is_deviating=score is not None,
                evidence=[],
                verdict=HealthVerdict.UNKNOWN if score is None else HealthVerdict.COVERED,
                reason=reason,
            )
        )


def wait_for_a_label(make: Plant, machine: Equipment) -> None:
    order = make.order(machine)
    with make.database.transaction() as session:
        session.add(
            LabelReview(
                work_order_id=order,
                equipment_id=machine.id,
                proposed_function=Function.LOST,
                confidence=0.5,
                state=ReviewState.WAITING,
                proposed_at=make.now,
            )
        )
