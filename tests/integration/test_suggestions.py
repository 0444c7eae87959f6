"""A planner's deeds on a suggestion: absorb, ask for a look, doubt the sensor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.db.equipment import Equipment
from app.db.predictions import Forecast
from app.db.work_orders import Finding, OrderEvidence, WorkOrder, WorkOrderHistory
from app.domain.errors import InvalidInput, RuleBroken
from app.domain.instants import to_micros
from app.domain.roles import Actor
from app.domain.work_orders import (
    Action,
    Condition,
    Dismissal,
    OrderType,
    Outcome,
    Priority,
    Source,
    State,
)
from app.queries.invariants import violations
from app.queries.training_sets import training_set
from tests.plant import Plant
from tests.suggested import DAY, DRIVER, act, finish, say, suggested


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment()


@pytest.fixture
def order_id(make: Plant, pump: Equipment) -> int:
    """A suggestion for the bearing: 10 % within a week, bound after 100 h, median after 400 h."""
    return suggested(make, pump)


@pytest.fixture(autouse=True)
def _unbroken(make: Plant) -> Iterator[None]:
    yield
    with make.database.reading() as session:
        assert violations(session) == []


# --- absorb into an order


def test_an_open_order_takes_a_suggestion_in_with_its_evidence_and_priority(
    make: Plant, ann: Actor, order_id: int
) -> None:
    host_id = make.order(title="Change the oil", priority="low")

    act(make, order_id, Action.ABSORB, ann, into_order_id=host_id)

    order, host = make.get(WorkOrder, order_id), make.get(WorkOrder, host_id)
    (finding,) = make.all(Finding)
    assert (order.state, order.absorbed_into_id) == (State.CANCELLED, host_id)
    assert (finding.work_order_id, finding.dismissal) == (order_id, Dismissal.DUPLICATE)
    assert (host.state, host.priority) == (State.OPEN, Priority.HIGH)
    assert [row.work_order_id for row in make.all(OrderEvidence)] == [order_id, host_id]
    (line,) = make.all(WorkOrderHistory, work_order_id=host_id, action="absorbed")
    assert line.note == (f"Includes {order.number} now: Inspect the bearing. Priority low -> high.")


def test_a_host_that_heard_the_night_already_keeps_one_line_of_it(
    make: Plant, ann: Actor, pump: Equipment, order_id: int
) -> None:
    host = make.order()
    act(make, order_id, Action.ABSORB, ann, into_order_id=host)
    second = suggested(make, pump, "seal")

    act(make, second, Action.ABSORB, ann, into_order_id=host)

    assert len(make.all(OrderEvidence, work_order_id=host)) == 1


@pytest.mark.parametrize("kind", ["itself", "of another machine", "requested", "finished"])
def test_only_open_work_of_the_machine_takes_a_suggestion_in(
    make: Plant, ann: Actor, tom: Actor, order_id: int, kind: str
) -> None:
    if kind == "itself":
        host = order_id
    elif kind == "of another machine":
        host = make.order(make.equipment("P-102"))
    else:
        host = make.order(by=tom if kind == "requested" else None)
    if kind == "finished":
        act(make, host, Action.CANCEL, ann, reason="not needed")

    with pytest.raises(InvalidInput) as trouble:
        act(make, order_id, Action.ABSORB, ann, into_order_id=host)

    assert set(trouble.value.fields) == {"into_order_id"}
    assert make.get(WorkOrder, order_id).state is State.REQUESTED


def test_a_technician_absorbs_nothing_and_a_persons_order_is_no_suggestion(
    make: Plant, ann: Actor, tom: Actor, order_id: int
) -> None:
    host = make.order()

    with pytest.raises(RuleBroken):
        act(make, order_id, Action.ABSORB, tom, into_order_id=host)
    with pytest.raises(RuleBroken, match="not a suggestion"):
        act(make, make.order(), Action.ABSORB, ann, into_order_id=host)
    with pytest.raises(RuleBroken, match="not suggested by a prediction"):
        act(make, make.order(by=tom), Action.INSPECT, ann)


# --- what the host finds


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ({"condition_found": "degraded"}, Outcome.FAULT_AS_PREDICTED),
        ({"condition_found": "failed"}, Outcome.FAULT_AS_PREDICTED),
        ({"condition_found": "good"}, Outcome.NOTHING_FOUND),
        (
            {"condition_found": "worn", "activity": "replace"},
            Outcome.NOTHING_FOUND_REPLACED,
        ),
        ({"condition_found": "good", "outcome": "other_fault"}, Outcome.OTHER_FAULT),
    ],
)
def test_the_condition_a_host_finds_answers_the_suggestion_and_becomes_a_label(
    make: Plant,
    ann: Actor,
    tom: Actor,
    pump: Equipment,
    order_id: int,
    found: dict[str, str],
    outcome: Outcome,
) -> None:
    host = make.order(type="preventive")
    act(make, order_id, Action.ABSORB, ann, into_order_id=host)

    finish(make, host, tom, **found)

    (finding,) = make.all(Finding, work_order_id=host)
    assert (finding.outcome, finding.component_id) == (outcome, make.component().id)
    with make.database.reading() as session:
        known = training_set(session, equipment_id=pump.id, until=make.now + DAY, is_hourly=True)
    at = to_micros(make.now)
    assert set(known.outcomes) == {
        (at, "bearing", "dismissed:duplicate"),
        (at, "bearing", outcome.value),
    }


def test_a_host_of_another_part_says_nothing_of_the_suggestions_part(
    make: Plant, ann: Actor, tom: Actor, order_id: int
) -> None:
    host = make.order(type="preventive", component_id=make.component("seal").id)
    act(make, order_id, Action.ABSORB, ann, into_order_id=host)

    finish(make, host, tom, condition_found="degraded")

    (finding,) = make.all(Finding, work_order_id=host)
    assert (finding.outcome, finding.condition_found) == (None, Condition.DEGRADED)


# --- inspection


def test_an_inspection_looks_before_the_bound_while_the_suggestion_waits(
    make: Plant, ann: Actor, order_id: int
) -> None:
    say(make, look_first="Play of the shaft")

    act(make, order_id, Action.INSPECT, ann)

    (asked_for,) = make.all(WorkOrder, type=OrderType.INSPECTION)
    order = make.get(WorkOrder, order_id)
    assert (asked_for.source, asked_for.origin_id, asked_for.state, asked_for.mode) == (
        Source.PREDICTION,
        order_id,
        State.OPEN,
        "bearing",
    )
    # The lower bound is 100 h after Monday 8:00: Friday noon.
    assert asked_for.due_on == date(2026, 3, 5)
    assert asked_for.description.endswith("Play of the shaft")
    assert order.state is State.REQUESTED
    assert order.snoozed_until == datetime(2026, 3, 6, 12, tzinfo=UTC)
    with pytest.raises(RuleBroken, match="looks at it already"):
        act(make, order_id, Action.INSPECT, ann)


def test_what_the_inspection_finds_wakes_the_suggestion_and_is_a_label(
    make: Plant, ann: Actor, tom: Actor, pump: Equipment, order_id: int
) -> None:
    act(make, order_id, Action.INSPECT, ann, due_on="2026-03-03")
    (look,) = make.all(WorkOrder, type=OrderType.INSPECTION)
    with pytest.raises(InvalidInput, match="Say what the inspection found"):
        finish(make, look.id, tom, condition_found="degraded")

    act(make, look.id, Action.COMPLETE, tom, outcome="fault_as_predicted", note="Play 0.4 mm")

    order = make.get(WorkOrder, order_id)
    assert (order.state, order.snoozed_until) == (State.REQUESTED, None)
    (line,) = make.all(WorkOrderHistory, work_order_id=order_id, action="inspected")
    assert line.note == f"{look.number}: fault as predicted. Play 0.4 mm"
    with make.database.reading() as session:
        known = training_set(session, equipment_id=pump.id, until=make.now + DAY, is_hourly=True)
    assert known.outcomes == ((to_micros(make.now), "bearing", "fault_as_predicted"),)


def test_an_inspection_is_not_asked_for_yesterday(make: Plant, ann: Actor, order_id: int) -> None:
    with pytest.raises(InvalidInput):
        act(make, order_id, Action.INSPECT, ann, due_on="2026-03-01")


# --- the doubted sensor


def test_a_sensor_fault_has_the_loudest_sensor_checked_once(
    make: Plant, ann: Actor, pump: Equipment, order_id: int
) -> None:
    make.sensor(pump)

    act(make, order_id, Action.DISMISS, ann, dismissal="sensor_fault")
    act(make, suggested_again(make, pump), Action.DISMISS, ann, dismissal="sensor_fault")

    (check,) = make.all(WorkOrder, type=OrderType.CALIBRATION)
    assert check.title == "Check sensor vibration of P-101: Vibration"
    assert (check.origin_id, check.state, check.source) == (order_id, State.OPEN, Source.PERSON)
    assert check.description == DRIVER["sentence"]


def suggested_again(make: Plant, machine: Equipment) -> int:
    run = make.run(on=date(2026, 3, 1))
    made = make.predicted_order(machine, run=run)
    with make.database.transaction() as session:
        session.execute(sa.update(Forecast).values(drivers=[DRIVER]))
    return made


def test_without_a_reading_among_the_reasons_all_sensors_are_checked(
    make: Plant, ann: Actor
) -> None:
    act(make, make.predicted_order(), Action.DISMISS, ann, dismissal="sensor_fault")

    (check,) = make.all(WorkOrder, type=OrderType.CALIBRATION)
    assert check.title == "Check the sensors of P-101"


def test_another_dismissal_has_no_sensor_checked_and_a_sensor_fault_leaves_learning(
    make: Plant, ann: Actor, pump: Equipment, order_id: int
) -> None:
    act(make, order_id, Action.DISMISS, ann, dismissal="watched")
    second = suggested(make, pump, "seal")
    assert make.all(WorkOrder, type=OrderType.CALIBRATION) == []

    act(make, second, Action.DISMISS, ann, dismissal="sensor_fault")

    with make.database.reading() as session:
        known = training_set(session, equipment_id=pump.id, until=make.now + DAY, is_hourly=True)
    assert known.outcomes[-1] == (to_micros(make.now), "seal", "dismissed:sensor_fault")
