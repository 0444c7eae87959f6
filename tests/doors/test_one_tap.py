"""What one tap does: closings, symptoms, quick snoozes, the way back, and two people at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.db.records import ServiceRecord
from app.db.work_orders import Finding, WorkOrder, WorkOrderHistory
from app.domain.roles import Actor, system
from app.domain.work_orders import (
    Condition,
    Dismissal,
    Function,
    OrderType,
    Outcome,
    Source,
    State,
)
from app.queries.work_orders import OrderRow
from app.services import schedules
from app.web.closings import closings
from app.web.words.dismissals import CONSEQUENCES
from tests.doors.conftest import Visit
from tests.plant import Plant


def in_hand(make: Plant, who: Actor, kind: str = "corrective") -> int:
    """An order of *who* that is being worked on."""
    order = make.order(type=kind, assignee_id=who.id)
    with make.database.transaction() as session:
        session.get_one(WorkOrder, order).state = State.IN_PROGRESS
    return order


@pytest.mark.parametrize(
    ("closing", "function", "condition"),
    [
        ("lost_repaired", Function.LOST, Condition.FAILED),
        ("lost_replaced", Function.LOST, Condition.FAILED),
        ("worse_repaired", Function.DEGRADED, Condition.DEGRADED),
        ("no_fault", Function.NONE, Condition.GOOD),
    ],
)
def test_a_corrective_order_closes_with_one_tap(
    make: Plant, tom: Actor, visit: Visit, closing: str, function: Function, condition: Condition
) -> None:
    order = in_hand(make, tom)

    answer = visit(tom).send(f"/work-orders/{order}/complete", closing=closing)

    assert answer.status_code == 303
    (found,) = make.all(Finding)
    assert (found.function, found.condition_found) == (function, condition)


@pytest.mark.parametrize(("activity", "renewed"), [("replace", ["replace"]), ("service", [])])
def test_one_tap_on_a_service_does_what_the_page_calls_the_usual(
    make: Plant, tom: Actor, visit: Visit, activity: str, renewed: list[str]
) -> None:
    make.schedule(activity=activity, component_id=make.component("bearing").id)
    with make.database.transaction() as session:
        (order,) = schedules.generate(session, now=make.now, by=system("test")).raised
    technician = visit(tom)
    technician.send(f"/work-orders/{order}/take")
    technician.send(f"/work-orders/{order}/start")

    page = technician.text(f"/work-orders/{order}/complete")
    technician.send(f"/work-orders/{order}/complete", closing="looked_good")

    assert f"What was done, if it was not the usual ({activity})?" in page
    assert [row.activity for row in make.all(ServiceRecord)] == renewed


def test_every_button_of_every_sort_of_order_closes_it(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    technician = visit(tom)
    for number, kind in enumerate((OrderType.PREDICTIVE, OrderType.PREVENTIVE, OrderType.SAFETY)):
        for button in closings(_row(kind)):
            machine = make.equipment(f"P-{number}-{button.code}")
            order = (
                make.predicted_order(machine, state=State.IN_PROGRESS)
                if kind is OrderType.PREDICTIVE
                else make.order(machine, type=kind.value, assignee_id=tom.id)
            )
            technician.send(f"/work-orders/{order}/start")
            answer = technician.send(f"/work-orders/{order}/complete", closing=button.code)
            assert answer.status_code == 303, (kind, button.code, answer.text)


def test_the_button_has_the_last_word_over_what_was_picked(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    order = make.predicted_order(state=State.IN_PROGRESS)

    visit(tom).send(
        f"/work-orders/{order}/complete",
        outcome="other_fault",
        closing="nothing_found",
        note="Dry and quiet",
    )

    (found,) = make.all(Finding)
    assert (found.outcome, found.note) == (Outcome.NOTHING_FOUND, "Dry and quiet")


def test_a_button_that_does_not_exist_is_refused(make: Plant, tom: Actor, visit: Visit) -> None:
    order = in_hand(make, tom)

    answer = visit(tom).send(f"/work-orders/{order}/complete", closing="magic")

    assert answer.status_code == 422
    assert make.get(WorkOrder, order).state is State.IN_PROGRESS


def test_from_my_work_one_comes_back_to_it_with_an_undo(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    order = in_hand(make, tom)
    technician = visit(tom)
    assert 'name="next" value="/my-work"' in technician.text(
        f"/work-orders/{order}/complete?next=/my-work"
    )

    answer = technician.send(f"/work-orders/{order}/complete", closing="no_fault", next="/my-work")
    page = technician.text(answer.location)

    assert answer.location == "/my-work"
    assert f'action="/work-orders/{order}/undo"' in page


def test_the_orders_own_page_says_until_when_it_can_be_taken_back(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    order = in_hand(make, tom)
    technician = visit(tom)
    technician.send(f"/work-orders/{order}/complete", closing="no_fault")

    page = technician.text(f"/work-orders/{order}")

    assert "It can be taken back until" in page
    assert page.count(f'action="/work-orders/{order}/undo"') == 1


def test_a_problem_is_called_by_its_symptom_and_described_in_ones_own_words(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    machine = make.equipment()

    visit(tom).send(
        "/work-orders", equipment_id=machine.id, symptom="It leaks", title="at the flange"
    )

    (order,) = make.all(WorkOrder)
    assert (order.title, order.description) == ("It leaks", "at the flange")


def test_a_refused_breakdown_comes_back_as_a_breakdown(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    answer = visit(tom).send("/work-orders/breakdowns", description="Smoke")

    assert answer.status_code == 422
    assert "It stands still now" in answer.text
    assert "Smoke" in answer.text


def test_a_breakdown_on_a_known_machine_asks_for_the_part(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    machine = make.equipment()

    page = visit(tom).text(f"/work-orders/new?breakdown=1&equipment_id={machine.id}")

    assert "Which part?" in page
    assert "Which part?" not in visit(tom).text("/work-orders/new?breakdown=1")


def test_every_reason_to_dismiss_says_what_follows(make: Plant, ann: Actor, visit: Visit) -> None:
    order = make.predicted_order()

    page = visit(ann).text(f"/work-orders/{order}/dismiss")

    assert set(CONSEQUENCES) == set(Dismissal)
    assert all(str(text) in page for text in CONSEQUENCES.values())


@pytest.mark.parametrize(
    ("sent", "days"), [({"quiet_days": "14"}, 14), ({"snoozed_until": "DAY"}, 5), ({}, None)]
)
def test_a_dismissal_leaves_the_machine_in_peace_for_as_long_as_was_picked(
    make: Plant, ann: Actor, visit: Visit, sent: dict[str, str], days: int | None
) -> None:
    order = make.predicted_order()
    today = datetime.now(UTC).date()
    fields = {k: (today + timedelta(5)).isoformat() if v == "DAY" else v for k, v in sent.items()}

    visit(ann).send(f"/work-orders/{order}/dismiss", dismissal="watched", **fields)

    until = make.get(WorkOrder, order).snoozed_until
    assert (until and (until.date() - today).days) == days


def test_a_suggestion_that_was_put_off_leaves_the_inbox_and_stays_requested(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    order = make.predicted_order()
    planner = visit(ann)
    assert "Inspect the bearing" in planner.text("/work-orders?view=requested")

    planner.send(f"/work-orders/{order}/snooze", quiet_days="7")

    assert make.get(WorkOrder, order).state is State.REQUESTED
    assert "Inspect the bearing" not in planner.text("/work-orders?view=requested")
    assert "snoozed until" in planner.text("/work-orders")
    assert "Put off: snoozed until" in planner.text(f"/work-orders/{order}")


def test_what_was_put_off_until_today_is_asked_again(make: Plant, ann: Actor, visit: Visit) -> None:
    order = make.predicted_order()
    with make.database.transaction() as session:
        noon = datetime.now(UTC).replace(hour=12, minute=0)
        session.get_one(WorkOrder, order).snoozed_until = noon

    assert "Inspect the bearing" in visit(ann).text("/work-orders?view=requested")


def test_the_second_of_two_sees_both_versions_and_may_insist(
    make: Plant, ann: Actor, tom: Actor, adam: Actor, visit: Visit
) -> None:
    order = make.order()
    planner, other = visit(ann), visit(adam)
    other.send(f"/work-orders/{order}/assignment", assignee_id=adam.id, version=1)

    refused = planner.send(f"/work-orders/{order}/assignment", assignee_id=tom.id, version=1)

    assert refused.status_code == 409
    assert '<td class="words">Tom</td><td class="words">Adam</td>' in refused.text
    assert "was changed in the meantime" in refused.text
    assert make.get(WorkOrder, order).assignee_id == adam.id

    planner.send(f"/work-orders/{order}/assignment", assignee_id=tom.id, version=2)

    assert make.get(WorkOrder, order).assignee_id == tom.id


def test_a_finding_on_an_order_that_moved_on_is_shown_beside_it(
    make: Plant, tom: Actor, ann: Actor, visit: Visit
) -> None:
    order = in_hand(make, tom)
    visit(ann).send(f"/work-orders/{order}/cancel", reason="Machine was sold")

    refused = visit(tom).send(
        f"/work-orders/{order}/complete", closing="no_fault", note="All dry", version=1
    )

    assert refused.status_code == 409
    assert "All dry" in refused.text
    assert "Machine was sold" in refused.text
    assert "Do mine all the same" not in refused.text


def test_the_history_says_to_whom_an_order_was_assigned(
    make: Plant, ann: Actor, tom: Actor, visit: Visit
) -> None:
    order = make.order()

    visit(ann).send(f"/work-orders/{order}/assignment", assignee_id=tom.id, team_id=tom.team_id)

    assert make.all(WorkOrderHistory)[-1].note == "To Tom, team mechanics."


def _row(kind: OrderType) -> OrderRow:
    values = dict.fromkeys(OrderRow.__dataclass_fields__)
    return OrderRow(**{**values, "type": kind, "source": Source.PERSON})
