"""From forecasts to orders: the night's last word, on forecasts written by hand.

The default rule raises an order from a risk of 1 / (0.8 x (25 - 5)) = 0.0625 on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import Equipment
from app.db.outbox import OutboxMessage
from app.db.predictions import Decision, Forecast
from app.db.work_orders import OrderEvidence, WorkOrder, WorkOrderHistory
from app.domain.risk import Gate, Verdict
from app.domain.work_orders import OrderType, Source, State
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


# --- raising


def test_a_risk_at_the_threshold_becomes_an_order_with_everything_behind_it(
    make: Plant, night: WrittenNight, now: datetime
) -> None:
    done = night({PUMP: 0.0625})

    (order,) = make.all(WorkOrder)
    assert (order.type, order.source) == (OrderType.PREDICTIVE, Source.PREDICTION)
    assert (order.title, order.mode) == ("Inspect bearing of P-101", "bearing")
    assert order.description == "Vibration is 5.1 mm/s, normal is 2.0."
    # Three days' lead and one review later.
    assert (order.risk, order.due_on) == (0.0625, date(2026, 3, 6))
    assert order.team_id == make.team().id
    assert done.raised == (order.id,)
    assert (done.updated, done.held_back, done.withheld) == (0, 0, 0)


def test_a_risk_just_below_the_threshold_becomes_nothing(make, night) -> None:
    night({PUMP: 0.0624})

    assert orders(make) == verdicts(make) == []


def test_the_order_its_evidence_history_audit_and_message_are_one(make, night, now) -> None:
    (order_id,) = night({PUMP: 0.2}).raised

    (evidence,), (line,) = make.all(OrderEvidence), make.all(WorkOrderHistory)
    (audited,) = make.all(AuditRow, entity="work_order")
    (message,), (decision,) = make.all(OutboxMessage), make.all(Decision)
    (forecast,) = make.all(Forecast)
    assert (evidence.work_order_id, evidence.forecast_id) == (order_id, forecast.id)
    assert (evidence.risk, evidence.threshold, evidence.at) == (0.2, 0.0625, now)
    assert (line.action, line.by_name, line.to_state) == ("raised", "night", "requested")
    assert (audited.entity_id, audited.action) == (str(order_id), "raised")
    assert (message.kind, message.payload["number"]) == ("order_raised", "WO-00001")
    assert (decision.verdict, decision.work_order_id) == (Verdict.RAISED, order_id)
    # 0.0625, rounded to even.
    assert decision.reason == "Risk 20.0% reached the threshold of 6.2%."
    assert line.note == "Suggested by the forecast of 02 Mar 2026."


@pytest.mark.parametrize(
    ("approve_first", "gate", "state"),
    [
        (True, Gate.OPEN, State.REQUESTED),
        (True, Gate.UNPROVEN, State.REQUESTED),
        (False, Gate.OPEN, State.OPEN),
        (False, Gate.UNPROVEN, State.REQUESTED),
    ],
)
def test_an_order_is_open_at_once_only_when_automatic_and_proven(
    make, night, approve_first: bool, gate: Gate, state: State
) -> None:
    night.rule(make.equipment_class().id, approve_first=approve_first)

    night({PUMP: 0.2}, gate=gate)

    assert [row.state for row in make.all(WorkOrder)] == [state]


# --- nothing twice


def test_the_same_run_decides_once(make, night) -> None:
    first = night({PUMP: 0.2})

    again = night.decide(make.all(Decision)[0].run_id, ["P-101"])

    assert again == first
    assert len(make.all(WorkOrder)) == len(make.all(Decision)) == 1
    assert len(make.all(OutboxMessage)) == 1


def test_another_run_for_the_same_time_updates_instead_of_raising(make, night) -> None:
    first = night({PUMP: 0.2})

    again = night({PUMP: 0.2})

    assert (len(first.raised), again.raised, again.updated) == (1, (), 1)
    assert orders(make) == [PUMP]
    assert len(make.all(OrderEvidence)) == 2


def test_each_mode_of_a_machine_has_an_order_of_its_own(make, night) -> None:
    night({PUMP: 0.2, ("P-101", "seal"): 0.3})

    assert sorted(orders(make)) == [("P-101", "bearing"), ("P-101", "seal")]


def test_the_risk_of_the_machine_as_a_whole_raises_nothing_beside_its_modes(make, night) -> None:
    night({PUMP: 0.2, ("P-101", "any"): 0.9})

    assert orders(make) == [PUMP]


# --- withheld


@pytest.mark.parametrize(
    ("rung", "gate", "reason"),
    [
        ("class_hazard", Gate.CLOSED, "The gate is closed."),
        ("class_hazard", None, "No gate was decided."),
        ("reference", Gate.OPEN, "Only age is known to matter so far; a calendar knows as much."),
        ("not_enough_data", Gate.OPEN, "Not enough data for a prediction yet."),
    ],
)
def test_a_predictor_that_has_not_earned_it_raises_nothing_and_says_why(
    make, night, rung: str, gate: Gate | None, reason: str
) -> None:
    done = night({PUMP: 0.9}, gate=gate, rung=rung)

    assert (orders(make), done.withheld) == ([], 1)
    assert (verdicts(make), reasons(make)) == ([Verdict.WITHHELD], [reason])


def test_a_machine_that_stands_raises_nothing(make, night) -> None:
    night({PUMP: 0.9}, standing=["P-101"])

    assert orders(make) == verdicts(make) == []


# --- the crew's budget


def test_the_budget_goes_to_the_highest_expected_savings(make, night) -> None:
    night.rule(make.equipment_class().id, weekly_budget=2)

    done = night({("P-101", "bearing"): 0.2, ("P-102", "bearing"): 0.4, ("P-103", "seal"): 0.3})

    assert orders(make) == [("P-102", "bearing"), ("P-103", "seal")]
    assert (len(done.raised), done.held_back) == (2, 1)
    assert verdicts(make)[-1] is Verdict.HELD_BUDGET
    assert reasons(make)[-1] == ("The crew's budget of 2 new predicted orders a week is used up.")


def test_a_dear_breakdown_goes_before_a_likely_one(make, night, now) -> None:
    make.equipment(tag="C-201", class_code="compressor")
    # 0.2 x 0.8 x 995 - 1 = 158 against 0.9 x 0.8 x 20 - 1 = 13.
    night.rule(make.equipment_class("compressor").id, weekly_budget=1, unplanned_cost=1000)
    night.rule(make.equipment_class().id, weekly_budget=1)

    night({("C-201", "bearing"): 0.2, PUMP: 0.9})

    assert orders(make) == [("C-201", "bearing")]


def test_each_crew_has_a_budget_of_its_own(make, night) -> None:
    make.equipment(tag="P-201", team="electricians")
    night.rule(make.equipment_class().id, weekly_budget=1)

    night({PUMP: 0.2, ("P-102", "bearing"): 0.3, ("P-201", "bearing"): 0.1})

    assert sorted(orders(make)) == [("P-102", "bearing"), ("P-201", "bearing")]


def test_the_budget_is_free_again_after_a_week(make, night) -> None:
    night.rule(make.equipment_class().id, weekly_budget=1)
    night({PUMP: 0.2})

    within = night({("P-102", "bearing"): 0.2}, days=6.9)
    after = night({("P-102", "bearing"): 0.2}, days=7)

    assert (within.raised, within.held_back) == ((), 1)
    assert len(after.raised) == 1


def test_without_a_budget_every_wanted_order_is_raised(make, night) -> None:
    risks = {(tag, mode): 0.2 for tag in ("P-101", "P-102") for mode in ("bearing", "seal")}

    assert len(night(risks).raised) == 4


def test_the_order_of_arrival_changes_nothing(make, night) -> None:
    night.rule(make.equipment_class().id, weekly_budget=2)
    risks = {(tag, "bearing"): 0.2 for tag in ("P-103", "P-101", "P-102")}

    night(risks, is_in_order=False)

    # Equal savings: by tag, whoever was trained first.
    assert orders(make) == [("P-101", "bearing"), ("P-102", "bearing")]


# --- whose words count


def test_a_machine_that_gets_no_forecast_tonight_is_not_judged_by_an_older_one(
    make, night, now
) -> None:
    night({PUMP: 0.2}, gate=Gate.CLOSED)
    run_id = night.tell(
        {PUMP: 0.2},
        gate=Gate.OPEN,
        rung="not_enough_data",
        days=1,
        without=[],
        standing=[],
        is_in_order=True,
    )
    with night.database.transaction() as session:
        session.query(Forecast).filter_by(run_id=run_id).delete()

    done = night.decide(run_id, ["P-101"], days=1)

    assert (done.raised, done.withheld, orders(make)) == ((), 0, [])


def test_only_the_machines_of_the_night_are_decided(make, night) -> None:
    run_id = night.tell(
        {PUMP: 0.2, ("P-102", "bearing"): 0.2},
        gate=Gate.OPEN,
        rung="class_hazard",
        days=0,
        without=[],
        standing=[],
        is_in_order=True,
    )

    night.decide(run_id, ["P-102"])

    assert orders(make) == [("P-102", "bearing")]
