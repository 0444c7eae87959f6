"""Absorb, not add; and whose rule it is that asks for an order. Forecasts are written by hand.

The default rule raises an order from a risk of 1 / (0.8 x (25 - 5)) = 0.0625 on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.db import Database
from app.db.equipment import OrderRuleRow
from app.db.predictions import Decision
from app.db.work_orders import Finding, OrderEvidence, WorkOrder, WorkOrderHistory
from app.domain.risk import Verdict
from app.domain.roles import Actor, system
from app.domain.work_orders import Action, OrderType, State
from app.inputs.work_orders import CancelWorkOrder, PlanWorkOrder
from app.queries.invariants import violations
from app.services import work_orders
from tests.forecasts import WrittenNight
from tests.plant import Plant

DAY = timedelta(days=1)
PUMP = ("P-101", "bearing")


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over two pumps of one crew, without a budget; a tenth fail within five days."""
    for tag in ("P-101", "P-102"):
        make.equipment(tag=tag)
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id)
    written.rul_p10_hours = 120.0
    return written


def newest(make: Plant) -> Decision:
    return make.all(Decision)[-1]


def cancel(database: Database, order_id: int, by: Actor, now: datetime) -> None:
    with database.transaction() as session:
        work_orders.cancel(
            session,
            work_order_id=order_id,
            cancellation=CancelWorkOrder(reason="Not now"),
            expected_version=None,
            now=now,
            by=by,
        )


def sound(database: Database) -> bool:
    with database.reading() as session:
        return violations(session) == []


# --- absorbed by open work


@pytest.mark.parametrize("kind", [OrderType.CORRECTIVE, OrderType.INSPECTION, OrderType.PREVENTIVE])
def test_open_work_on_the_component_takes_the_forecast_in(
    database, make, night, kind: OrderType
) -> None:
    host = make.order(type=kind, component_id=make.component("bearing").id)

    done = night({PUMP: 0.41})

    assert (done.raised, done.absorbed, done.held_back) == ((), 1, 0)
    decision = newest(make)
    assert (decision.verdict, decision.work_order_id) == (Verdict.ABSORBED, host)
    assert decision.reason == "WO-00001 (Leak at the seal) does this work already."
    (evidence,) = make.all(OrderEvidence)
    assert (evidence.work_order_id, evidence.risk) == (host, 0.41)
    line = make.all(WorkOrderHistory)[-1]
    assert (line.action, line.from_state, line.to_state) == ("forecast_agrees", "open", "open")
    assert line.note == (
        "A forecast agrees: Bearing, 41.0% in 4 days.\nVibration is 5.1 mm/s, normal is 2.0."
    )
    assert sound(database)


@pytest.mark.parametrize(("outcome", "is_quiet"), [("fault_as_predicted", True), (None, False)])
def test_what_was_found_on_the_work_that_took_it_in_begins_the_cooldown(
    database, make, night, now, outcome: str | None, is_quiet: bool
) -> None:
    host = make.order(type=OrderType.PREVENTIVE, component_id=make.component("bearing").id)
    night({PUMP: 0.41})
    with database.transaction() as session:
        order = session.get_one(WorkOrder, host)
        order.state = State.COMPLETED
        session.add(
            Finding(
                work_order_id=host,
                equipment_id=order.equipment_id,
                at=now,
                outcome=outcome,
                recorded_at=now,
            )
        )

    done = night({PUMP: 0.41}, days=1)

    assert (len(done.raised), done.held_back) == ((0, 1) if is_quiet else (1, 0))


def test_work_on_another_component_or_machine_takes_nothing_in(make, night) -> None:
    make.order(component_id=make.component("seal").id)
    make.order(make.equipment("P-102"), component_id=make.component("bearing").id)
    make.order(type=OrderType.INSPECTION)

    assert len(night({PUMP: 0.4}).raised) == 1


def test_a_service_of_the_whole_machine_takes_every_component_in(database, make, night) -> None:
    host = make.order(type=OrderType.PREVENTIVE)

    done = night({PUMP: 0.2, ("P-101", "seal"): 0.3})

    assert (done.raised, done.absorbed) == ((), 2)
    # One forecast a night stands behind an order: the riskiest.
    assert [(row.work_order_id, row.risk) for row in make.all(OrderEvidence)] == [(host, 0.3)]
    told = [row.note for row in make.all(WorkOrderHistory) if row.action == "forecast_agrees"]
    assert [note.split(",")[0] for note in told] == [
        "A forecast agrees: Seal",
        "A forecast agrees: Bearing",
    ]
    assert sound(database)


def test_the_history_says_it_once_and_the_evidence_every_night(make, night) -> None:
    make.order(component_id=make.component("bearing").id)

    night({PUMP: 0.2})
    night({PUMP: 0.3}, days=1)

    told = [row for row in make.all(WorkOrderHistory) if row.action == "forecast_agrees"]
    assert (len(told), len(make.all(OrderEvidence))) == (1, 2)


def test_an_open_service_that_comes_too_late_takes_nothing_in(make, night) -> None:
    bearing = make.component("bearing").id
    # The lower bound is 7 March 08:00.
    make.order(type=OrderType.PREVENTIVE, component_id=bearing, due_on=date(2026, 3, 7))
    make.order(
        make.equipment("P-102"),
        type=OrderType.PREVENTIVE,
        component_id=bearing,
        due_on=date(2026, 3, 6),
    )

    done = night({PUMP: 0.4, ("P-102", "bearing"): 0.4})

    assert (len(done.raised), done.absorbed) == (1, 1)
    assert make.get(WorkOrder, done.raised[0]).equipment_id == make.equipment("P-101").id


def test_a_plan_counts_more_than_the_due_date(database, make, night, ann: Actor, now) -> None:
    order_id = make.order(
        type=OrderType.PREVENTIVE,
        component_id=make.component("bearing").id,
        due_on=date(2026, 3, 20),
    )
    with database.transaction() as session:
        work_orders.plan(
            session,
            work_order_id=order_id,
            plan=PlanWorkOrder(planned_start_at=now + 2 * DAY),
            expected_version=None,
            now=now,
            by=ann,
        )

    assert night({PUMP: 0.4}).absorbed == 1


def test_a_cancelled_host_lets_the_next_night_raise_it(database, make, night, ann, now) -> None:
    host = make.order(component_id=make.component("bearing").id)
    night({PUMP: 0.4})
    cancel(database, host, ann, now)

    done = night({PUMP: 0.4}, days=1)

    assert (len(done.raised), done.absorbed) == (1, 0)


def test_the_order_a_person_put_it_into_keeps_taking_it_in_until_it_ends(
    database, make, night, ann: Actor, now
) -> None:
    (suggestion,) = night({PUMP: 0.4}).raised
    host = make.order(component_id=make.component("seal").id)
    with database.transaction() as session:
        work_orders.act(
            session,
            action=Action.ABSORB,
            work_order_id=suggestion,
            data={"into_order_id": host},
            expected_version=None,
            now=now,
            by=ann,
        )

    done = night({PUMP: 0.4}, days=1)
    cancel(database, host, ann, now + DAY)
    after = night({PUMP: 0.4}, days=2)

    assert (done.raised, done.absorbed) == ((), 1)
    assert host in {row.work_order_id for row in make.all(Decision)}
    assert len(after.raised) == 1
    assert sound(database)


def test_what_is_withheld_joins_no_work(make, night) -> None:
    make.order(component_id=make.component("bearing").id)

    done = night({PUMP: 0.4}, gate=None)

    assert (done.absorbed, done.withheld, make.all(OrderEvidence)) == (0, 1, [])


def test_absorbed_suggestions_use_no_budget(make, night) -> None:
    night.rule(make.equipment_class().id, weekly_budget=1)
    make.order(component_id=make.component("bearing").id)

    done = night({PUMP: 0.9, ("P-102", "bearing"): 0.1})

    assert (len(done.raised), done.absorbed, done.held_back) == (1, 1, 0)


def test_a_night_decided_twice_absorbs_once(make, night) -> None:
    make.order(component_id=make.component("bearing").id)
    first = night({PUMP: 0.4})

    again = night.decide(newest(make).run_id, ["P-101"])

    assert again == first
    assert (len(make.all(OrderEvidence)), len(make.all(Decision))) == (1, 1)


# --- absorbed by a service that comes round


def test_a_service_due_before_the_bound_is_waited_for(database, make, night) -> None:
    bearing = make.component("bearing").id
    make.schedule(component_id=bearing, starts_on=date(2026, 3, 6))

    done = night({PUMP: 0.4})

    assert (done.raised, done.absorbed) == ((), 1)
    decision = newest(make)
    assert (decision.verdict, decision.work_order_id) == (Verdict.ABSORBED, None)
    assert decision.reason == (
        "The service Grease the bearings falls due on 06 Mar 2026, before the lower bound of the"
        " remaining life, 07 Mar 2026."
    )
    assert sound(database)


@pytest.mark.parametrize(
    "more",
    [
        {"starts_on": date(2026, 3, 7)},
        {"starts_on": date(2026, 3, 6), "is_active": False},
    ],
)
def test_a_service_that_comes_too_late_or_never_is_not(make, night, more) -> None:
    make.schedule(component_id=make.component("bearing").id, **more)

    assert len(night({PUMP: 0.4}).raised) == 1


def test_a_service_of_nothing_in_particular_replaces_no_inspection(make, night) -> None:
    make.schedule(starts_on=date(2026, 3, 5))

    assert len(night({PUMP: 0.4}).raised) == 1


def test_without_a_lower_bound_the_horizon_is_the_bound(make, night) -> None:
    night.rul_p10_hours = None
    bearing = make.component("bearing").id
    make.schedule(component_id=bearing, starts_on=date(2026, 3, 15))
    make.schedule(make.equipment("P-102"), component_id=bearing, starts_on=date(2026, 3, 16))

    done = night({PUMP: 0.4, ("P-102", "bearing"): 0.4})

    # Fourteen days from 2 March.
    assert (len(done.raised), done.absorbed) == (1, 1)


# --- the machine's own rule


def own_rule(database: Database, make: Plant, now: datetime, **more: object) -> None:
    with database.transaction() as session:
        session.add(
            OrderRuleRow(
                equipment_class_id=make.equipment_class().id,
                equipment_id=make.equipment("P-101").id,
                effective_at=now - 10 * DAY,
                weekly_budget=None,
                **more,
            )
        )


def test_a_machines_own_rule_decides_about_it_and_no_other(database, make, night, now) -> None:
    own_rule(database, make, now, inspection_cost=8.0)  # 8 / 16 = 0.5

    done = night({PUMP: 0.4, ("P-102", "bearing"): 0.4})

    (order,) = make.all(WorkOrder)
    assert (order.equipment_id, done.raised) == (make.equipment("P-102").id, (order.id,))


def test_a_machine_that_follows_its_class_again_has_no_rule_of_its_own(
    database, make, night, now
) -> None:
    own_rule(database, make, now, inspection_cost=8.0)
    with database.transaction() as session:
        session.add(
            OrderRuleRow(
                equipment_class_id=make.equipment_class().id,
                equipment_id=make.equipment("P-101").id,
                effective_at=now - DAY,
                follows_class=True,
            )
        )

    assert len(night({PUMP: 0.4}).raised) == 1


def test_another_lead_looks_at_the_risk_in_its_own_window(database, make, night, now) -> None:
    # 6 + 1 days; the written curve falls in a straight line to 1 - 0.1 at 14 days.
    own_rule(database, make, now, lead_hours=144)

    done = night({PUMP: 0.1, ("P-102", "bearing"): 0.06})

    assert done.raised == ()
    own_rule(database, make, now + DAY, lead_hours=288)
    (order_id,) = night({PUMP: 0.1}, days=0.5).raised
    order, (evidence,) = make.get(WorkOrder, order_id), make.all(OrderEvidence)
    # 13 of the 14 days.
    assert order.risk == evidence.risk == pytest.approx(0.1 * 13 / 14)
    assert order.due_on == date(2026, 3, 15)


def test_the_cooldown_is_the_machines_own(database, make, night, now) -> None:
    own_rule(database, make, now, cooldown_hours=24)
    machines = [make.equipment(tag).id for tag in ("P-101", "P-102")]
    with database.transaction() as session:
        for equipment_id in machines:
            dismissed(session, equipment_id, night)

    done = night({PUMP: 0.4, ("P-102", "bearing"): 0.4}, days=2)

    assert (len(done.raised), done.held_back) == (1, 1)


def dismissed(session: Session, equipment_id: int, night: WrittenNight) -> None:
    """A finding on a predicted order of the bearing, now."""
    row = WorkOrder(
        equipment_id=equipment_id,
        mode="bearing",
        type=OrderType.PREDICTIVE,
        source="prediction",
        state=State.CANCELLED,
        closed_at=night.now,
        title="Inspect the bearing",
    )
    work_orders.write_new(session, row, now=night.now, by=system("test"))
    session.add(
        Finding(
            work_order_id=row.id,
            equipment_id=equipment_id,
            at=night.now,
            dismissal="false_alarm",
            recorded_at=night.now,
        )
    )
