"""The plant's own numbers and its record in money."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.work_orders import WorkOrder
from app.domain.roles import EVERYWHERE, Actor, Scope
from app.domain.work_orders import Action, State
from app.inputs.equipment import SetOrderRule
from app.inputs.records import Known, RecordFailure
from app.inputs.savings import AssumeSavings
from app.queries.savings import Origin, SavingsPage, savings_page
from app.services import classes, records, savings, work_orders
from tests.plant import Plant


@pytest.fixture
def priced(database: Database, make: Plant, now: datetime, adam: Actor) -> Plant:
    """A plant whose pumps cost 100 to inspect, 500 planned and 2500 unplanned."""
    rule = SetOrderRule(
        equipment_class_id=make.equipment_class().id,
        inspection_cost=100,
        planned_cost=500,
        unplanned_cost=2500,
    )
    with database.transaction() as session:
        classes.set_order_rule(session, rule=rule, now=now - timedelta(days=90), by=adam)
    assume(make, adam, days=-90, system_cost_per_year=0, life_given_up_percent=10)
    return make


def assume(make: Plant, by: Actor, *, days: float, seen: int | None = None, **terms: float) -> int:
    """Enters assumptions that are in force from some days from now on."""
    effective_at = make.now + timedelta(days=days)
    given = AssumeSavings(effective_at=effective_at, reason="As agreed.", **terms)
    with make.database.transaction() as session:
        return savings.assume(session, given=given, expected_id=seen, now=make.now, by=by)


def ask(database: Database, now: datetime, scope: Scope = EVERYWHERE, **typed: str) -> SavingsPage:
    with database.reading() as session:
        return savings_page(session, scope=scope, now=now, today=now.date(), typed=typed)


def close(database: Database, make: Plant, tom: Actor, order_id: int, **finding: object) -> None:
    """Accepts the suggestion, does it and writes down what was found."""
    with database.transaction() as session:
        order = session.get_one(WorkOrder, order_id)
        order.state, order.assignee_id = State.IN_PROGRESS, tom.id
        session.flush()
        work_orders.act(
            session,
            action=Action.COMPLETE,
            work_order_id=order_id,
            data=finding,
            expected_version=None,
            now=make.now,
            by=tom,
        )


def test_a_fault_found_counts_with_its_chance_of_a_breakdown(
    database: Database, priced: Plant, tom: Actor, now: datetime
) -> None:
    # The forecast falls to 1 - 1.5 x 0.4 = 40 % still running at its end; no stop is planned.
    order = priced.predicted_order(priced.equipment(), risk=0.4)
    close(database, priced, tom, order, outcome="fault_as_predicted", function="degraded")

    book = ask(database, now).ledger

    (entry,) = book.found
    assert entry.line.order_id == order
    assert (entry.chance.low, entry.chance.high) == (0.4, 1.0) if entry.chance else False
    assert entry.likely.avoided == pytest.approx(0.6 * 2000)
    assert entry.likely.life_given_up == pytest.approx(50)
    assert (book.total.low, book.total.likely, book.total.high) == pytest.approx(
        (0.4 * 2000 - 50, 0.6 * 2000 - 50, 2000 - 50)
    )


def test_the_chance_ends_at_the_next_planned_stop(
    database: Database, priced: Plant, tom: Actor, now: datetime
) -> None:
    machine = priced.equipment()
    order = priced.predicted_order(machine, risk=0.4)
    priced.schedule(machine, starts_on=(now + timedelta(days=1)).date())
    close(database, priced, tom, order, outcome="fault_as_predicted", function="none")

    (entry,) = ask(database, now).ledger.found

    assert entry.likely.avoided == pytest.approx(0.1 * 2000)


def test_the_chance_ends_at_the_horizon_of_the_rule(
    database: Database, priced: Plant, adam: Actor, tom: Actor, now: datetime
) -> None:
    week = SetOrderRule(
        equipment_class_id=priced.equipment_class().id,
        inspection_cost=100,
        planned_cost=500,
        unplanned_cost=2500,
        horizon_hours=168,
    )
    with database.transaction() as session:
        classes.set_order_rule(session, rule=week, now=now - timedelta(days=60), by=adam)
    order = priced.predicted_order(priced.equipment(), risk=0.4)
    close(database, priced, tom, order, outcome="fault_as_predicted", function="none")

    (entry,) = ask(database, now).ledger.found

    assert entry.likely.avoided == pytest.approx(0.4 * 2000)


def test_planned_work_on_another_component_ends_nothing(
    database: Database, priced: Plant, tom: Actor, now: datetime
) -> None:
    machine = priced.equipment()
    order = priced.predicted_order(machine, risk=0.4)
    tomorrow = (now + timedelta(days=1)).date()
    priced.schedule(machine, component_id=priced.component("seal").id, starts_on=tomorrow)
    close(database, priced, tom, order, outcome="fault_as_predicted", function="none")

    (entry,) = ask(database, now).ledger.found

    assert entry.likely.avoided == pytest.approx(0.6 * 2000)


def test_where_others_found_nothing_a_fault_is_the_likelier_breakdown(
    database: Database, priced: Plant, tom: Actor, now: datetime
) -> None:
    for number in range(6):
        order = priced.predicted_order(priced.equipment(f"P-10{number}"), risk=0.4)
        outcome = "fault_as_predicted" if number < 3 else "nothing_found"
        close(database, priced, tom, order, outcome=outcome, function="none")

    book = ask(database, now).ledger

    # Of six times 0.6 expected, looking finds 0.8; three found share them (and one each added).
    chance = 0.6 * (0.8 * 3.6 + 1) / (1.8 + 1)
    assert [entry.chance.likely for entry in book.found if entry.chance] == pytest.approx(
        [chance] * 3
    )
    assert all(entry.chance.low == 0.4 for entry in book.found if entry.chance)


@pytest.mark.parametrize(
    ("outcome", "cost"), [("nothing_found", 100), ("nothing_found_replaced", 600)]
)
def test_a_false_alarm_costs_what_was_done_for_nothing(
    database: Database, priced: Plant, tom: Actor, now: datetime, outcome: str, cost: float
) -> None:
    order = priced.predicted_order(priced.equipment())
    close(database, priced, tom, order, outcome=outcome, function="none")

    book = ask(database, now).ledger

    assert [entry.line.order_id for entry in book.alarms] == [order]
    assert book.total.likely == -cost


def test_an_order_that_came_too_late_avoided_nothing(
    database: Database, priced: Plant, tom: Actor, now: datetime
) -> None:
    order = priced.predicted_order(priced.equipment())
    finding = {"outcome": "fault_as_predicted", "function": "lost", "failed_at": now}
    close(database, priced, tom, order, **finding)

    book = ask(database, now).ledger

    assert [line.order_id for line in book.too_late] == [order]
    assert (book.found, book.total.likely) == ((), 0)


def test_a_failure_is_listed_with_its_cost_and_not_subtracted(
    database: Database, priced: Plant, adam: Actor, now: datetime
) -> None:
    machine = priced.equipment()
    priced.forecast(machine)
    later = now + timedelta(days=2)
    failed = RecordFailure(equipment_id=machine.id, at=now + timedelta(days=1))
    with database.transaction() as session:
        records.add_failures(session, failures=[failed], known=Known.AT, now=later, by=adam)

    book = ask(database, later).ledger

    assert [(missed.line.tag, missed.cost) for missed in book.failures] == [("P-101", 2500)]
    assert book.total.likely == 0


def test_the_calculator_starts_with_what_the_plant_knows(
    database: Database, priced: Plant, now: datetime
) -> None:
    priced.equipment("P-101", downtime_cost_per_hour=200.0)
    priced.equipment("P-102", downtime_cost_per_hour=300.0)

    page = ask(database, now)

    own = {number.name: number for number in page.numbers}
    assert (own["machines"].value, own["machines"].origin) == (2, Origin.MACHINES)
    hour = own["downtime_cost_per_hour"]
    assert (hour.value, hour.origin, hour.n) == (250.0, Origin.EQUIPMENT, 2)
    assert own["planned_repair_cost"].value == 500
    assert own["set_up_cost"].origin is Origin.EXAMPLE
    # 8 h at 250 and the repair add up to what the order rule says a failure costs.
    assert page.assumptions.prices.unplanned == 2500


def test_an_empty_plant_gets_examples_and_no_ledger(database: Database, now: datetime) -> None:
    page = ask(database, now)

    assert page.ledger.since is None
    assert page.refused == frozenset()
    assert page.assumptions.machines == 1


def test_what_was_typed_replaces_the_plants_own(
    database: Database, priced: Plant, now: datetime
) -> None:
    page = ask(database, now, machines="30", detection_percent="25")

    assert (page.assumptions.machines, page.assumptions.detection_share) == (30, 0.25)


@pytest.mark.parametrize("text", ["", "-1", "101", "nan", "many"])
def test_a_number_that_cannot_be_is_named(
    database: Database, priced: Plant, now: datetime, text: str
) -> None:
    assert ask(database, now, detection_percent=text).refused == {"detection_percent"}


def test_another_sites_record_is_not_in_sight(
    database: Database, priced: Plant, tom: Actor, now: datetime
) -> None:
    order = priced.predicted_order(priced.equipment())
    close(database, priced, tom, order, outcome="nothing_found", function="none")
    elsewhere = Scope(frozenset({priced.site("south").id}))

    page = ask(database, now, elsewhere)

    assert (page.ledger.since, page.ledger.alarms) == (None, ())
