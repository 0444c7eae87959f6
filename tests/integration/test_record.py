"""The record of the predictions and the examples of the first look, from real rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.db import Base, Database
from app.db.equipment import Component, Equipment
from app.db.work_orders import Finding, WorkOrder
from app.domain.risk import Gate
from app.domain.roles import EVERYWHERE, Actor, Scope, system
from app.domain.warnings import Met
from app.domain.work_orders import Action, OrderType, Outcome, State
from app.inputs.records import Known, RecordFailure
from app.queries import record
from app.queries.situations import Example, Situation, situations
from app.queries.track_record import track_record
from app.services import records, work_orders
from tests.forecasts import WrittenNight
from tests.plant import Plant
from tests.statements import statements

DAY = timedelta(days=1)
Do = Callable[..., None]
Fail = Callable[..., None]


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over two pumps; an order is raised from a risk of 0.0625 on."""
    for tag in ("P-101", "P-102"):
        make.equipment(tag=tag)
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id)
    return written


@pytest.fixture
def do(database: Database, now: datetime, ann: Actor, tom: Actor) -> Do:
    """Does an action on the only suggestion, days later: what is planned by ann, the rest tom."""

    def done(action: str, days: float, **data: object) -> None:
        by = ann if action in ("accept", "dismiss", "absorb") else tom
        with database.transaction() as session:
            suggested = sa.select(WorkOrder.id).where(WorkOrder.type == OrderType.PREDICTIVE)
            work_orders.act(
                session,
                action=Action(action),
                work_order_id=session.scalars(suggested).one(),
                data=data,
                expected_version=None,
                now=now + days * DAY,
                by=by,
            )

    return done


@pytest.fixture
def fail(database: Database, now: datetime, make: Plant) -> Fail:
    """Records a failure of P-101's bearing, some days later."""

    def failed(days: float, tag: str = "P-101") -> None:
        given = RecordFailure(
            equipment_id=make.equipment(tag=tag).id,
            component_id=make.component().id,
            at=now + days * DAY,
        )
        with database.transaction() as session:
            records.add_failures(
                session,
                failures=[given],
                known=Known.AT,
                now=now + days * DAY,
                by=system("test"),
            )

    return failed


def failures(database: Database, now: datetime, scope: Scope = EVERYWHERE) -> list[Met]:
    with database.reading() as session:
        return [line.met for line in record.failures(session, scope=scope, now=now + 99 * DAY)]


def examples(database: Database, now: datetime) -> dict[Situation, Example]:
    later = now + 99 * DAY
    with database.reading() as session:
        found = situations(
            session,
            scope=EVERYWHERE,
            now=later,
            failures=record.failures(session, scope=EVERYWHERE, now=later),
            findings=record.findings(session, scope=EVERYWHERE, now=later),
        )
    return {example.kind: example for example in found}


# --- failures


def test_a_failure_nobody_spoke_of_is_missed(
    database: Database, now: datetime, night: WrittenNight, fail: Fail
) -> None:
    night({("P-101", "bearing"): 0.01})
    fail(3)

    with database.reading() as session:
        (line,) = record.failures(session, scope=EVERYWHERE, now=now + 9 * DAY)
    assert (line.met, line.risk, line.order_id) == (Met.MISSED, 0.01, None)


def test_a_failure_before_the_first_forecast_is_nobodys_miss(
    database: Database, now: datetime, night: WrittenNight, fail: Fail
) -> None:
    fail(1)
    night({("P-101", "bearing"): 0.01}, days=2)

    assert failures(database, now) == []


def test_an_unanswered_suggestion_is_named_as_such(
    database: Database, now: datetime, night: WrittenNight, fail: Fail
) -> None:
    night({("P-101", "bearing"): 0.4})
    fail(3)

    assert failures(database, now) == [Met.IGNORED]


def test_an_accepted_order_had_warned_even_when_the_machine_was_faster(
    database: Database, now: datetime, night: WrittenNight, fail: Fail, do: Do
) -> None:
    night({("P-101", "bearing"): 0.4})
    do("accept", 1)
    fail(3)

    assert failures(database, now) == [Met.WARNED]


def test_a_dismissed_suggestion_is_named_as_such(
    database: Database, now: datetime, night: WrittenNight, fail: Fail, do: Do
) -> None:
    night({("P-101", "bearing"): 0.4})
    do("dismiss", 1, dismissal="run_to_failure")
    fail(3)

    assert failures(database, now) == [Met.DISMISSED]


def test_a_withheld_prediction_is_named_as_such(
    database: Database, now: datetime, night: WrittenNight, fail: Fail
) -> None:
    night({("P-101", "bearing"): 0.4}, gate=Gate.CLOSED)
    fail(3)

    assert failures(database, now) == [Met.WITHHELD]


def test_an_order_for_another_component_or_machine_is_no_warning(
    database: Database, now: datetime, night: WrittenNight, fail: Fail
) -> None:
    night({("P-101", "seal"): 0.4, ("P-101", "bearing"): 0.01, ("P-102", "bearing"): 0.4})
    fail(3)

    assert failures(database, now) == [Met.MISSED]


def test_nobody_sees_the_record_of_another_site(
    database: Database, now: datetime, night: WrittenNight, fail: Fail, make: Plant
) -> None:
    night({("P-101", "bearing"): 0.01})
    fail(3)
    elsewhere = Scope(frozenset({make.site("south").id}))

    assert failures(database, now, elsewhere) == []


def test_many_failures_are_not_asked_about_one_by_one(
    database: Database, now: datetime, night: WrittenNight, fail: Fail
) -> None:
    def asked() -> int:
        with database.reading() as session, statements(database) as sent:
            record.failures(session, scope=EVERYWHERE, now=now + 99 * DAY)
            record.feedback(session, scope=EVERYWHERE, now=now + 99 * DAY)
        return len(sent)

    night({("P-101", "bearing"): 0.01, ("P-102", "bearing"): 0.01})
    fail(3)
    alone = asked()
    for days in range(4, 12):
        fail(days)
        fail(days, "P-102")

    assert asked() == alone


# --- work that was there already


def test_a_suggestion_that_became_part_of_other_work_had_warned(
    database: Database, now: datetime, night: WrittenNight, fail: Fail, do: Do, make: Plant
) -> None:
    night({("P-101", "bearing"): 0.4})
    host = absorbed_into(make, do, days=1)
    fail(3)

    with database.reading() as session:
        (line,) = record.failures(session, scope=EVERYWHERE, now=now + 9 * DAY)
        told = record.feedback(session, scope=EVERYWHERE, now=now + 9 * DAY)
        answers = record.answers(session, scope=EVERYWHERE, now=now + 9 * DAY)
    assert (line.met, line.lead_hours) == (Met.WARNED, 72.0)
    assert line.order_id != host
    assert (told.dismissals, told.whole.dismissed, answers.rows) == ((), 0, ())


def test_what_its_host_found_is_the_answer(
    database: Database, now: datetime, night: WrittenNight, do: Do, make: Plant, tom: Actor
) -> None:
    night({("P-101", "bearing"): 0.4})
    host = absorbed_into(make, do, days=1)
    with database.transaction() as session:
        order = session.get_one(WorkOrder, host)
        order.state, order.assignee_id = State.IN_PROGRESS, tom.id
        session.add(
            Finding(
                work_order_id=host,
                equipment_id=order.equipment_id,
                at=now + 2 * DAY,
                recorded_at=now + 2 * DAY,
                outcome=Outcome.FAULT_AS_PREDICTED,
            )
        )

    with database.reading() as session:
        (found,) = record.findings(session, scope=EVERYWHERE, now=now + 9 * DAY)
        (answer,) = record.answers(session, scope=EVERYWHERE, now=now + 9 * DAY).rows
        count = track_record(session, equipment_id=found.equipment_id, now=now + 9 * DAY)
    assert (found.order_id, found.risk, found.lead_hours) == (host, 0.4, 48.0)
    assert (answer.order_id, answer.outcome) == (host, Outcome.FAULT_AS_PREDICTED)
    assert (count.raised, count.as_predicted, count.dismissed) == (1, 1, 0)


def test_work_a_forecast_agreed_with_was_in_hand_when_the_machine_failed(
    database: Database, now: datetime, night: WrittenNight, fail: Fail, make: Plant
) -> None:
    host = make.order(make.equipment("P-101"), component_id=make.component().id)
    decided = night({("P-101", "bearing"): 0.4})
    fail(3)

    with database.reading() as session:
        (line,) = record.failures(session, scope=EVERYWHERE, now=now + 9 * DAY)
    assert decided.raised == ()
    assert (line.met, line.order_id, line.lead_hours) == (Met.WARNED, host, 72.0)


def absorbed_into(make: Plant, do: Do, *, days: float) -> int:
    """A person's older order on the same machine takes the only suggestion in; returns it."""
    host = make.order(make.equipment("P-101"), title="Change the oil")
    do("absorb", days, into_order_id=host)
    return host


# --- findings and their sum


def test_a_fault_that_was_found_counts_as_caught_and_one_in_vain_as_that(
    database: Database, now: datetime, night: WrittenNight, do: Do
) -> None:
    night({("P-101", "bearing"): 0.4})
    do("accept", 1)
    do("take", 2)
    do("complete", 3, outcome="fault_as_predicted", function="degraded", activity="replace")

    with database.reading() as session:
        found = record.findings(session, scope=EVERYWHERE, now=now + 9 * DAY)
        total = record.summary((), found)
    assert [(line.risk, line.lead_hours) for line in found] == [(0.4, 72.0)]
    assert (total.caught, total.in_vain, total.missed) == (1, 0, 0)
    assert sum(week.caught for week in total.weeks) == 1


def test_a_failure_that_closed_its_own_order_is_warned_and_not_caught(
    database: Database, now: datetime, night: WrittenNight, do: Do
) -> None:
    night({("P-101", "bearing"): 0.4})
    do("accept", 1)
    do("take", 2)
    failed_at = (now + 2 * DAY).isoformat()
    do("complete", 3, outcome="fault_as_predicted", function="lost", failed_at=failed_at)

    with database.reading() as session:
        failed = record.failures(session, scope=EVERYWHERE, now=now + 9 * DAY)
        found = record.findings(session, scope=EVERYWHERE, now=now + 9 * DAY)
    assert [line.met for line in failed] == [Met.WARNED]
    assert record.summary(failed, found).caught == 0


# --- examples


def test_each_example_names_rows_that_exist(
    database: Database, now: datetime, night: WrittenNight, fail: Fail, make: Plant
) -> None:
    night({("P-101", "bearing"): 0.4, ("P-102", "bearing"): 0.3}, gate=Gate.CLOSED)
    night.rule(make.equipment_class().id, weekly_budget=1)
    night({("P-101", "bearing"): 0.4, ("P-102", "bearing"): 0.3}, days=1)
    fail(20, "P-102")

    found = examples(database, now)

    assert {Situation.RISING, Situation.HELD_BACK, Situation.WITHHELD, Situation.MISSED} <= set(
        found
    )
    with database.reading() as session:
        for example in found.values():
            assert example.sources
            for source in example.sources:
                table = Base.metadata.tables[source.table]
                asked = sa.select(table.c.id).where(table.c.id == source.id)
                assert session.scalar(asked) == source.id


def test_the_order_that_stands_shows_its_own_evidence(
    database: Database, now: datetime, night: WrittenNight, make: Plant
) -> None:
    night({("P-101", "bearing"): 0.2, ("P-102", "bearing"): 0.5})

    rising = examples(database, now)[Situation.RISING]

    (order,) = make.all(WorkOrder, id=rising.order_id)
    assert make.get(Equipment, order.equipment_id).tag == rising.tag == "P-102"
    assert (rising.risk, rising.component) == (0.5, make.all(Component, code="bearing")[0].name)


def test_a_closed_gate_is_shown_even_when_no_risk_was_high_enough(
    database: Database, now: datetime, night: WrittenNight
) -> None:
    night({("P-101", "bearing"): 0.01, ("P-102", "bearing"): 0.02}, gate=Gate.CLOSED)

    withheld = examples(database, now)[Situation.WITHHELD]

    assert (withheld.tag, withheld.risk) == ("P-102", 0.02)
    assert [source.table for source in withheld.sources] == ["class_gate", "forecast"]


def test_an_empty_plant_has_no_examples(database: Database, now: datetime) -> None:
    assert examples(database, now) == {}
