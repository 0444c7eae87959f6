"""Work orders through the pages, with JavaScript off."""

from __future__ import annotations

from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import Dismissal, OrderType, Outcome, State
from tests.doors.conftest import Visit
from tests.plant import Plant


def test_a_suggestion_goes_from_the_night_to_a_finding(
    make: Plant, ann: Actor, tom: Actor, visit: Visit
) -> None:
    order = make.predicted_order(make.equipment(), risk=0.42)
    planner, technician = visit(ann), visit(tom)

    assert planner.send(f"/work-orders/{order}/accept", version=1).status_code == 303
    planner.send(f"/work-orders/{order}/assignment", assignee_id=tom.id, team_id=tom.team_id)
    assert technician.send(f"/work-orders/{order}/start").status_code == 303
    answer = technician.send(
        f"/work-orders/{order}/complete",
        outcome="fault_as_predicted",
        function="degraded",
        activity="replace",
    )

    assert answer.status_code == 303
    assert make.get(WorkOrder, order).state is State.COMPLETED
    assert make.all(Finding)[0].outcome is Outcome.FAULT_AS_PREDICTED


def test_a_predicted_order_asks_at_most_three_picks_in_the_open(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    order = make.predicted_order(make.equipment(), state=State.IN_PROGRESS)

    page = visit(tom).text(f"/work-orders/{order}/complete")

    in_the_open = page.split("<details")[0]
    assert in_the_open.count("<fieldset") == 3


def test_an_incomplete_completion_names_what_is_missing(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    order = make.predicted_order(make.equipment(), state=State.IN_PROGRESS)

    answer = visit(tom).send(f"/work-orders/{order}/complete", function="none")

    assert answer.status_code == 422
    assert 'id="outcome-problem"' in answer.text
    assert make.get(WorkOrder, order).state is State.IN_PROGRESS


def test_a_dismissal_keeps_its_reason(make: Plant, ann: Actor, visit: Visit) -> None:
    order = make.predicted_order(make.equipment())

    visit(ann).send(f"/work-orders/{order}/dismiss", dismissal="sensor_fault")

    assert make.all(Finding)[0].dismissal is Dismissal.SENSOR_FAULT


def test_a_technician_reports_a_problem_as_a_request(make: Plant, tom: Actor, visit: Visit) -> None:
    machine = make.equipment()

    visit(tom).send("/work-orders", equipment_id=machine.id, title="Oil under the pump")

    assert make.all(WorkOrder)[0].state is State.REQUESTED


def test_a_breakdown_is_in_progress_at_once(make: Plant, tom: Actor, visit: Visit) -> None:
    machine = make.equipment()

    answer = visit(tom).send(
        "/work-orders/breakdowns", equipment_id=machine.id, title="Stands still"
    )

    assert answer.status_code == 303
    row = make.all(WorkOrder)[0]
    assert (row.state, row.is_break_in, row.assignee_id) == (State.IN_PROGRESS, True, tom.id)


def test_a_technician_sees_no_button_they_may_not_press(
    make: Plant, tom: Actor, visit: Visit
) -> None:
    order = make.predicted_order(make.equipment())

    page = visit(tom).text(f"/work-orders/{order}")

    assert f"/work-orders/{order}/accept" not in page
    assert f"/work-orders/{order}/assignment" not in page


def test_the_page_of_a_suggestion_shows_its_evidence(make: Plant, ann: Actor, visit: Visit) -> None:
    order = make.predicted_order(make.equipment(), risk=0.42)

    page = visit(ann).text(f"/work-orders/{order}")

    assert "What is likely, and how sure" in page
    assert "42 %" in page


def test_a_technician_reads_frequencies_and_a_planner_percentages(
    make: Plant, ann: Actor, tom: Actor, visit: Visit
) -> None:
    order = make.predicted_order(make.equipment(), risk=0.42)

    assert "about 4 of 10" in visit(tom).text(f"/work-orders/{order}")
    assert "about 4 of 10" not in visit(ann).text(f"/work-orders/{order}")


def test_my_work_lists_mine_before_what_my_team_could_take(
    make: Plant, tom: Actor, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()
    make.order(machine, title="Free for the team", by=ann)
    make.order(machine, title="Mine to do", by=ann, assignee_id=tom.id)

    page = visit(tom).text("/my-work")

    assert page.index("Mine to do") < page.index("Your team could take")
    assert page.index("Your team could take") < page.index("Free for the team")


def test_a_start_on_my_work_leads_back_to_it(make: Plant, tom: Actor, visit: Visit) -> None:
    order = make.order(make.equipment(), assignee_id=tom.id)

    answer = visit(tom).send(f"/work-orders/{order}/start", version=1, next="/my-work")

    assert answer.location == "/my-work"


def test_a_form_never_leads_to_another_site(make: Plant, tom: Actor, visit: Visit) -> None:
    order = make.order(make.equipment(), assignee_id=tom.id)

    answer = visit(tom).send(f"/work-orders/{order}/start", next="//evil.example")

    assert answer.location == f"/work-orders/{order}"


def test_the_list_pages_by_key_and_loses_no_order(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()
    titles = {f"Job number {n:03d}" for n in range(55)}
    for title in sorted(titles):
        make.order(machine, title=title)
    visitor = visit(ann)

    first = visitor.text("/work-orders")
    after = first.split("after=")[1].split('"')[0]
    second = visitor.text(f"/work-orders?after={after}")

    seen = [title for title in titles if title in first or title in second]
    assert len(seen) == 55
    assert not [title for title in titles if title in first and title in second]
    assert "Next page" not in second


def test_htmx_gets_the_rows_alone_and_history_the_whole_page(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    make.order()
    visitor = visit(ann)

    rows = visitor.get("/work-orders", headers={"HX-Request": "true"}).text
    again = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    page = visitor.get("/work-orders", headers=again).text

    assert "<html" not in rows
    assert "Leak at the seal" in rows
    assert "<html" in page


def test_the_type_filter_narrows_the_list(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()
    make.order(machine, title="Corrective job")
    make.order(machine, title="Safety job", type=OrderType.SAFETY.value)

    page = visit(ann).text("/work-orders?type=safety")

    assert "Safety job" in page
    assert "Corrective job" not in page


def test_a_move_that_is_no_longer_possible_says_so_before_anything_is_typed(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    order = make.order()

    page = visit(ann).text(f"/work-orders/{order}/complete")

    assert "Not possible now" in page


def test_unknown_moves_do_not_exist(make: Plant, ann: Actor, visit: Visit) -> None:
    order = make.order()
    visitor = visit(ann)

    assert visitor.send(f"/work-orders/{order}/explode").status_code == 404
    assert visitor.get(f"/work-orders/{order}/accept").status_code == 404
