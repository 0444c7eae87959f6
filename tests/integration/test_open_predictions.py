"""What a night does about orders that are open, and when it keeps quiet: by hand, as before.

The default rule raises an order from a risk of 1 / (0.8 x (25 - 5)) = 0.0625 on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.equipment import Equipment
from app.db.predictions import Decision
from app.db.records import ServiceRecord
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.risk import Gate, Verdict
from app.domain.roles import Actor
from app.domain.work_orders import Dismissal, Outcome, Priority, State
from app.inputs.work_orders import CompleteWorkOrder, DismissWorkOrder
from app.queries.invariants import violations
from app.services import work_orders
from tests.forecasts import WrittenNight
from tests.plant import Plant

DAY = timedelta(days=1)
PUMP = ("P-101", "bearing")


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over three pumps of one crew, without a budget unless a test sets one."""
    for tag in ("P-101", "P-102", "P-103"):
        make.equipment(tag=tag)
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id)
    return written


def verdicts(make: Plant) -> list[Verdict]:
    return [row.verdict for row in make.all(Decision)]


def reasons(make: Plant) -> list[str]:
    return [row.reason for row in make.all(Decision)]


def orders(make: Plant) -> list[tuple[str, str]]:
    """Tag and mode of every order, oldest first."""
    return [(make.get(Equipment, row.equipment_id).tag, row.mode) for row in make.all(WorkOrder)]


# --- quiet times


def dismiss(
    database: Database, order_id: int, by: Actor, at: datetime, until: datetime | None = None
) -> None:
    with database.transaction() as session:
        work_orders.dismiss(
            session,
            work_order_id=order_id,
            dismissal=DismissWorkOrder(dismissal=Dismissal.FALSE_ALARM, snoozed_until=until),
            expected_version=None,
            now=at,
            by=by,
        )


def complete(database: Database, order_id: int, tom: Actor, at: datetime) -> None:
    done = {"work_order_id": order_id, "expected_version": None, "now": at, "by": tom}
    found = CompleteWorkOrder(
        outcome=Outcome.NOTHING_FOUND, function="none", condition_found="good", labour_hours=1
    )
    with database.transaction() as session:
        work_orders.take(session, **done)
        work_orders.complete(session, finding=found, **done)


def test_work_on_the_same_mode_is_followed_by_seven_quiet_days(
    database, make, night, tom: Actor, now
) -> None:
    night.rule(make.equipment_class().id, approve_first=False)
    (order_id,) = night({PUMP: 0.2}).raised
    complete(database, order_id, tom, now + DAY)

    within = night({PUMP: 0.3, ("P-101", "seal"): 0.3}, days=7.9)
    after = night({PUMP: 0.3}, days=8)

    assert (len(within.raised), within.held_back) == (1, 1)
    assert orders(make) == [PUMP, ("P-101", "seal"), PUMP]
    assert len(after.raised) == 1
    assert "quiet until 10 Mar 2026" in next(r for r in reasons(make) if "quiet" in r)


def test_an_exchanged_component_is_quiet_too_whoever_recorded_it(
    database, make, night, now
) -> None:
    with database.transaction() as session:
        session.add(
            ServiceRecord(
                equipment_id=make.equipment().id,
                component_id=make.component("bearing").id,
                at=now - DAY,
                recorded_at=now - DAY,
            )
        )

    night({PUMP: 0.3, ("P-102", "bearing"): 0.3})

    assert orders(make) == [("P-102", "bearing")]
    assert Verdict.HELD_COOLDOWN in verdicts(make)


def test_a_snooze_holds_until_its_end(database, make, night, ann: Actor, now) -> None:
    (order_id,) = night({PUMP: 0.2}).raised
    dismiss(database, order_id, ann, at=now, until=now + 30 * DAY)

    within = night({PUMP: 0.9}, days=29.9)
    after = night({PUMP: 0.9}, days=30)

    assert (within.raised, within.held_back, len(after.raised)) == ((), 1, 1)
    assert verdicts(make)[1] is Verdict.HELD_SNOOZED
    assert reasons(make)[1] == "Snoozed until 01 Apr 2026 08:00 UTC."


# --- orders that are open already


def test_a_risk_that_grew_escalates_the_order(make, night) -> None:
    night({PUMP: 0.07})

    night({PUMP: 0.6}, days=1)

    (order,) = make.all(WorkOrder)
    assert (order.priority, order.risk) == (Priority.URGENT, 0.6)
    assert [line.action for line in make.all(WorkOrderHistory)] == ["raised", "escalated"]
    assert reasons(make)[-1] == "Risk 7.0% -> 60.0%."
    assert make.all(WorkOrderHistory)[-1].note.endswith("priority normal -> urgent.")


def test_a_risk_that_fell_a_little_never_lowers_the_priority(make, night) -> None:
    night({PUMP: 0.6})

    night({PUMP: 0.07}, days=1)

    (order,) = make.all(WorkOrder)
    assert (order.priority, order.risk) == (Priority.URGENT, 0.07)
    assert verdicts(make)[-1] is Verdict.UPDATED


def test_a_priority_that_a_planner_lowered_stays_unless_the_risk_grows(
    database, make, night
) -> None:
    (order_id,) = night({PUMP: 0.6}).raised
    with database.transaction() as session:
        session.get_one(WorkOrder, order_id).priority = Priority.LOW

    night({PUMP: 0.6}, days=1)
    left = make.get(WorkOrder, order_id).priority
    night({PUMP: 0.7}, days=2)

    assert left is Priority.LOW
    assert make.get(WorkOrder, order_id).priority is Priority.URGENT


def test_a_risk_that_is_over_proposes_withdrawal_and_closes_nothing(make, night, now) -> None:
    night({PUMP: 0.2})

    for days in (1, 2):
        night({PUMP: 0.03}, days=days)

    (order,) = make.all(WorkOrder)
    assert order.state is State.REQUESTED
    assert order.withdrawal_proposed_at == now + DAY
    assert verdicts(make) == [Verdict.RAISED, Verdict.WITHDRAWAL, Verdict.WITHDRAWAL]
    assert [line.action for line in make.all(WorkOrderHistory)] == [
        "raised",
        "withdrawal_proposed",
    ]


def vibration(value: float) -> dict[str, object]:
    """A stored driver: normal is 2.0 +- 0.5."""
    return {
        "group": "role:vibration",
        "name": "Vibration",
        "unit": "mm/s",
        "value": value,
        "normal": 2.0,
        "spread": 0.5,
        "sentence": f"Vibration {value} mm/s, normal 2",
    }


def test_a_risk_that_grew_says_why_in_the_orders_history(make, night) -> None:
    night.drivers = [vibration(2.5)]
    night({PUMP: 0.07})
    night.drivers = [vibration(3.6)]

    night({PUMP: 0.6}, days=1)

    assert make.all(WorkOrderHistory)[-1].note == (
        "Risk grew from 7.0% to 60.0%: vibration left its normal: 3.6 mm/s, normal 2;"
        " priority normal -> urgent."
    )


def test_a_withdrawal_says_what_is_back_at_normal_since_when(make, night) -> None:
    night.drivers = [vibration(4.0)]
    night({PUMP: 0.2})
    night({PUMP: 0.41}, days=1)
    night.drivers = [vibration(2.2)]
    night({PUMP: 0.05}, days=2)

    night({PUMP: 0.03}, days=3)

    assert make.all(WorkOrderHistory)[-1].note == (
        "Risk fell from 41.0% to 3.0%: vibration back at normal since 04 Mar 2026."
        " Withdrawal proposed."
    )
    assert reasons(make)[-1].startswith("Risk fell from 5.0% to 3.0%: vibration back at normal")


def test_a_risk_that_comes_back_takes_the_proposal_back(make, night) -> None:
    night({PUMP: 0.2})
    night({PUMP: 0.03}, days=1)

    night({PUMP: 0.2}, days=2)

    assert [row.withdrawal_proposed_at for row in make.all(WorkOrder)] == [None]


def test_work_in_hand_is_not_reprioritised(database, make, night, tom: Actor, now) -> None:
    night.rule(make.equipment_class().id, approve_first=False)
    (order_id,) = night({PUMP: 0.07}).raised
    with database.transaction() as session:
        work_orders.take(session, work_order_id=order_id, expected_version=None, now=now, by=tom)

    night({PUMP: 0.6}, days=1)
    night({PUMP: 0.01}, days=2)

    order = make.get(WorkOrder, order_id)
    assert (order.state, order.priority) == (State.IN_PROGRESS, Priority.NORMAL)
    assert (order.withdrawal_proposed_at, order.risk) == (None, 0.01)


def test_a_gate_that_closed_leaves_the_open_order_alone(make, night) -> None:
    night({PUMP: 0.2})

    night({PUMP: 0.3}, gate=Gate.CLOSED, days=1)

    assert [(row.state, row.risk) for row in make.all(WorkOrder)] == [(State.REQUESTED, 0.3)]


def test_a_machine_without_an_outcome_keeps_its_order_as_it_is(make, night) -> None:
    night({PUMP: 0.2})
    before = make.all(WorkOrder)[0].version

    done = night({PUMP: 0.9, ("P-102", "bearing"): 0.2}, days=1, without=["P-101"])

    (kept, fresh) = make.all(WorkOrder)
    assert (kept.risk, kept.version, fresh.mode) == (0.2, before, "bearing")
    assert (done.updated, len(done.raised)) == (0, 1)


def test_after_all_this_every_invariant_of_orders_holds(
    database, make, night, ann: Actor, tom: Actor, now
) -> None:
    night({PUMP: 0.2, ("P-102", "seal"): 0.7})
    dismiss(database, 1, ann, at=now)
    night({PUMP: 0.9, ("P-102", "seal"): 0.01}, days=9)

    with database.reading() as session:
        assert violations(session) == []
