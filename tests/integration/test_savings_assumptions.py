"""What the ledger assumes: in force from a moment on, with its history; inspections' findings."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.work_orders import Finding, WorkOrder
from app.domain.errors import InvalidInput, Stale
from app.domain.roles import EVERYWHERE, Actor
from app.domain.savings import Running
from app.domain.work_orders import Function, OrderType, Outcome, Source, State
from app.inputs.savings import AssumeSavings
from app.queries.savings import Ledger, Origin, SavingsPage, savings_page
from app.services import savings
from tests.integration.test_savings_ledger import assume, close, priced
from tests.plant import Plant
from tests.statements import statements

__all__ = ["priced"]
DAY = timedelta(days=1)


def ask(make: Plant, days: float = 0) -> SavingsPage:
    now = make.now + days * DAY
    with make.database.reading() as session:
        return savings_page(session, scope=EVERYWHERE, now=now, today=now.date(), typed={})


def book(make: Plant, days: float = 0) -> Ledger:
    return ask(make, days).ledger


# --- in force from a moment on


def test_the_system_is_priced_by_the_time_each_cost_was_in_force(
    make: Plant, adam: Actor, now: datetime
) -> None:
    make.forecast(make.equipment())
    first = assume(make, adam, days=-100, system_cost_per_year=365)
    assume(make, adam, days=10, seen=first, system_cost_per_year=730)

    found = book(make, days=30)

    assert found.running == (
        Running(now, now + 10 * DAY, 365.0),
        Running(now + 10 * DAY, now + 30 * DAY, 730.0),
    )
    assert found.total.likely == pytest.approx(-10 - 40)


def test_before_the_first_entry_the_calculators_proposal_counts(make: Plant, adam: Actor) -> None:
    # 2 x the inspection cost of the default rule x 1 machine.
    make.forecast(make.equipment())
    assume(make, adam, days=10, system_cost_per_year=0)

    assert [piece.a_year for piece in book(make, days=30).running] == [2.0, 0.0]


def test_a_finding_keeps_the_share_of_life_that_was_assumed_when_its_order_was_raised(
    database: Database, priced: Plant, tom: Actor, adam: Actor
) -> None:
    order = priced.predicted_order(priced.equipment(), risk=0.4)
    close(database, priced, tom, order, outcome="fault_as_predicted", function="degraded")
    seen = ask(priced).book.entries[-1].id
    assume(priced, adam, days=1, seen=seen, system_cost_per_year=0, life_given_up_percent=50)

    (entry,) = book(priced, days=2).found

    assert entry.likely.life_given_up == pytest.approx(0.1 * 500)
    assert ask(priced, days=2).assumptions.life_given_up_share == 0.5


def test_what_was_left_blank_stays_the_calculators_proposal(make: Plant, adam: Actor) -> None:
    make.equipment()
    assume(make, adam, days=-1, set_up_cost=700)

    page = ask(make)

    own = {number.name: number for number in page.numbers}
    assert (own["set_up_cost"].value, own["set_up_cost"].origin) == (700, Origin.STATED)
    assert own["system_cost_per_year"].origin is Origin.EXAMPLE
    assert own["life_given_up_percent"].value == 10


# --- the history


def test_the_history_says_who_and_why_and_the_log_has_it(make: Plant, adam: Actor) -> None:
    entry_id = assume(make, adam, days=0, system_cost_per_year=365)

    (entry,) = ask(make).book.entries

    assert (entry.by_name, entry.reason, entry.system_cost_per_year) == ("adam", "As agreed.", 365)
    (logged,) = make.all(AuditRow, entity="savings_assumption")
    assert (logged.entity_id, logged.action) == (str(entry_id), "assumed")


def test_of_two_who_change_them_at_once_the_second_is_told(make: Plant, adam: Actor) -> None:
    first = assume(make, adam, days=0, system_cost_per_year=1)
    assume(make, adam, days=0, seen=first, system_cost_per_year=2)

    with pytest.raises(Stale):
        assume(make, adam, days=0, seen=first, system_cost_per_year=3)

    assert len(ask(make).book.entries) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("system_cost_per_year", "-1"),
        ("life_given_up_percent", "101"),
        ("set_up_cost", "nan"),
        ("effective_at", "2026-03-02T08:00"),
        ("reason", "no"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as trouble:
        AssumeSavings.parse({"reason": "Agreed.", name: value})

    assert set(trouble.value.fields) == {name}


def test_from_now_on_means_the_moment_it_was_said(make: Plant, adam: Actor, now: datetime) -> None:
    given = AssumeSavings(reason="Agreed.", system_cost_per_year=5)
    with make.database.transaction() as session:
        savings.assume(session, given=given, expected_id=None, now=now, by=adam)

    assert [entry.effective_at for entry in ask(make).book.entries] == [now]


# --- inspections that a deviation asked for


def inspected(make: Plant, outcome: Outcome, *, risk: float | None = 0.4) -> int:
    """An inspection order with its finding, raised after a forecast of the machine, or none."""
    machine = make.equipment()
    make.forecast(machine, mode="any", risk=risk or 0.1)
    created_at = make.now + DAY if risk is not None else make.now - DAY
    with make.database.transaction() as session:
        order = WorkOrder(
            equipment_id=machine.id,
            type=OrderType.INSPECTION,
            source=Source.DEVIATION,
            state=State.CLOSED,
            title="Look at the pump",
            created_at=created_at,
            completed_at=created_at + DAY,
        )
        session.add(order)
        session.flush()
        session.add(
            Finding(
                work_order_id=order.id,
                equipment_id=machine.id,
                at=created_at + DAY,
                recorded_at=created_at + DAY,
                outcome=outcome,
                function=Function.DEGRADED,
            )
        )
        return order.id


def test_a_fault_an_inspection_found_counts_with_the_forecast_of_its_day(priced: Plant) -> None:
    order = inspected(priced, Outcome.OTHER_FAULT)

    (entry,) = book(priced, days=9).found

    # The forecast falls to 40 % still running at its end.
    assert (entry.line.order_id, entry.line.source) == (order, Source.DEVIATION)
    assert entry.likely.avoided == pytest.approx(0.6 * 2000)


def test_without_a_forecast_it_is_likely_to_have_avoided_nothing(priced: Plant) -> None:
    inspected(priced, Outcome.OTHER_FAULT, risk=None)

    (entry,) = book(priced, days=9).found

    assert entry.chance is not None
    assert (entry.chance.low, entry.chance.likely, entry.chance.high) == (0, 0, 1)
    assert entry.likely.total == pytest.approx(-50)


def test_an_inspection_in_vain_costs_what_it_cost(priced: Plant) -> None:
    inspected(priced, Outcome.NOTHING_FOUND)

    assert book(priced, days=9).total.likely == pytest.approx(-100)


def test_a_look_a_planner_asked_for_costs_its_inspection_when_it_was_in_vain(
    priced: Plant,
) -> None:
    suggestion = priced.predicted_order(priced.equipment())
    order = inspected(priced, Outcome.NOTHING_FOUND)
    with priced.database.transaction() as session:
        row = session.get_one(WorkOrder, order)
        row.source, row.origin_id = Source.PREDICTION, suggestion

    (entry,) = book(priced, days=9).alarms

    assert (entry.line.order_id, entry.likely.total) == (order, -100)


# --- the calculator, and how often it asks


def test_the_ledger_offers_its_own_numbers_to_the_calculator(
    database: Database, priced: Plant, tom: Actor
) -> None:
    for tag, outcome in (("P-101", "fault_as_predicted"), ("P-102", "nothing_found")):
        order = priced.predicted_order(priced.equipment(tag), risk=0.4)
        close(database, priced, tom, order, outcome=outcome, function="none")

    offered = ask(priced, days=73).from_ledger

    # 60 % by the forecast, x (0.8 x 1.2 + 1) / (0.6 + 1) as every second order found nothing.
    assert offered["would_have_failed_percent"] == 73.5
    assert offered["detection_percent"] == 100.0
    # One in 2 machines x a fifth of a year.
    assert offered["false_alarms_per_machine_year"] == 2.5


def test_a_longer_ledger_is_not_asked_about_line_by_line(
    database: Database, priced: Plant, tom: Actor
) -> None:
    def asked() -> int:
        with statements(database) as sent:
            ask(priced, days=9)
        return len(sent)

    def one_more(tag: str) -> None:
        order = priced.predicted_order(priced.equipment(tag), risk=0.4)
        close(database, priced, tom, order, outcome="fault_as_predicted", function="none")

    one_more("P-101")
    alone = asked()
    for n in range(102, 107):
        one_more(f"P-{n}")

    assert asked() == alone
