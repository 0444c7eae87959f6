"""The pages of a suggestion and of stop windows, as a planner and a technician meet them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.equipment import Component
from app.db.stop_windows import StopWindow
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import OrderType, State
from tests.doors.conftest import Visit
from tests.plant import Plant

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
WEEK = timedelta(days=7)


@pytest.fixture
def now() -> datetime:
    """Pages go by the wall clock."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def order_id(make: Plant) -> int:
    return make.predicted_order(risk=0.3)


def test_the_page_says_what_when_why_and_with_what(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    make.stop_window()
    make.order(title="Change the oil")
    make.schedule(title="Grease", starts_on=(make.now + WEEK).date())

    page = visit(ann).text(f"/work-orders/{order_id}")

    for heading in ("What is likely, and how sure", "When to do it", "Do it with other work"):
        assert heading in page
    for word in ("Saturday stop", "Proposed", "Change the oil", "Grease", "Nobody has followed"):
        assert word in page
    assert "Waiting costs about" in page


def test_one_tap_plans_it_into_the_window(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    stop = make.stop_window()

    answer = visit(ann).send(
        f"/work-orders/{order_id}/into-window",
        stop_window_id=str(stop.id),
        starts_at=stop.starts_at.isoformat(),
        version="1",
    )

    order = make.get(WorkOrder, order_id)
    assert answer.status_code == 303
    assert (order.state, order.planned_start_at) == (State.PLANNED, stop.starts_at)


def test_a_window_that_is_gone_is_named_on_the_page_and_a_moved_order_shows_both_versions(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    stop = make.stop_window()
    planner = visit(ann)
    given = {"stop_window_id": str(stop.id), "starts_at": make.now.isoformat()}

    gone = planner.send(f"/work-orders/{order_id}/into-window", **given, version="1")
    moved = planner.send(f"/work-orders/{order_id}/into-window", **given, version="7")

    assert (gone.status_code, moved.status_code) == (422, 409)
    assert "no such stop window" in gone.text


def test_one_tap_joins_it_to_an_order_or_a_service(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    host = make.order()
    service = make.schedule(starts_on=(make.now + WEEK).date())
    second = make.predicted_order(make.equipment(), mode="seal")
    planner = visit(ann)

    joined = planner.send(f"/work-orders/{order_id}/absorb", into_order_id=str(host))
    raised = planner.send(f"/work-orders/{second}/into-service", schedule_id=str(service))

    assert (joined.status_code, raised.status_code) == (303, 303)
    assert make.get(WorkOrder, order_id).absorbed_into_id == host
    assert "It includes the suggestion" in planner.text(raised.location)
    assert "Its work is part of" in planner.text(f"/work-orders/{order_id}")


def test_the_form_of_joining_lists_the_open_orders_and_keeps_what_was_picked(
    make: Plant, ann: Actor, tom: Actor, visit: Visit, order_id: int
) -> None:
    host = make.order(title="Change the oil")
    make.order(title="A mere request", by=tom)
    planner = visit(ann)

    form = planner.text(f"/work-orders/{order_id}/absorb")
    refused = planner.send(f"/work-orders/{order_id}/absorb")

    assert "Change the oil" in form
    assert f'value="{host}"' in form
    assert "A mere request" not in form
    assert refused.status_code == 422


def test_one_tap_asks_for_a_look_and_the_order_names_it(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    planner = visit(ann)
    assert f'action="/work-orders/{order_id}/inspect"' in planner.text(f"/work-orders/{order_id}")

    answer = planner.send(f"/work-orders/{order_id}/inspect", version="1")

    (look,) = make.all(WorkOrder, type=OrderType.INSPECTION)
    page = planner.text(answer.location)
    assert "It asked for" in page
    assert look.number in page
    assert "By when?" in planner.text(f"/work-orders/{make.predicted_order(mode='seal')}/inspect")


def test_the_look_is_answered_with_one_tap(
    make: Plant, ann: Actor, tom: Actor, visit: Visit, order_id: int
) -> None:
    visit(ann).send(f"/work-orders/{order_id}/inspect", version="1")
    (look,) = make.all(WorkOrder, type=OrderType.INSPECTION)
    technician = visit(tom)
    technician.send(f"/work-orders/{look.id}/take")

    form = technician.text(f"/work-orders/{look.id}/complete")
    answer = technician.send(f"/work-orders/{look.id}/complete", closing="nothing_found")

    assert "As predicted: part replaced" in form
    assert answer.status_code == 303
    assert "Somebody looked" in technician.text(f"/work-orders/{order_id}")


def test_a_service_is_pulled_forward_from_the_page(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    stop = make.stop_window()
    service = make.schedule(starts_on=(make.now + 2 * WEEK).date())
    planner = visit(ann)
    assert f'action="/schedules/{service}/pull-forward"' not in planner.text(
        f"/work-orders/{order_id}"
    )  # of the whole machine: it joins instead

    answer = planner.send(
        f"/schedules/{service}/pull-forward",
        starts_at=stop.starts_at.isoformat(),
        next=f"/work-orders/{order_id}",
    )

    (raised,) = make.all(WorkOrder, schedule_id=service)
    assert answer.location == f"/work-orders/{order_id}"
    assert raised.planned_start_at == stop.starts_at


def test_a_technician_reads_frequencies_and_has_no_taps_of_a_planner(
    make: Plant, ann: Actor, tom: Actor, visit: Visit, order_id: int
) -> None:
    make.stop_window()

    page = visit(tom).text(f"/work-orders/{order_id}")

    assert "about 1 of" in page
    assert "into-window" not in page
    assert "Waiting costs" not in page
    assert visit(tom).send(f"/work-orders/{order_id}/into-window").status_code == 403


def test_why_the_withdrawal_was_proposed_stands_on_the_page(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    from app.domain.roles import system
    from app.services.work_orders import remember

    told = "Risk fell from 41.0% to 12.0%: vibration back at normal since 03 Dec 2026."
    with make.database.transaction() as session:
        order = session.get_one(WorkOrder, order_id)
        order.withdrawal_proposed_at = make.now
        remember(
            session,
            order,
            "withdrawal_proposed",
            was=order.state,
            note=told,
            now=make.now,
            by=system("night"),
        )

    page = visit(ann).text(f"/work-orders/{order_id}")

    assert page.count("Risk fell from 41 % to 12 %: vibration back at normal since 3 Dec") == 2


def test_a_failure_soon_after_work_is_linked_from_both_orders_and_the_machine(
    make: Plant, ann: Actor, tom: Actor, visit: Visit
) -> None:
    technician = visit(tom)
    first = make.order(assignee_id=tom.id)
    technician.send(f"/work-orders/{first}/start")
    technician.send(f"/work-orders/{first}/complete", closing="no_fault")
    with make.database.transaction() as session:
        session.get_one(WorkOrder, first).completed_at = make.now - timedelta(days=5)
    second = make.order(assignee_id=tom.id)
    technician.send(f"/work-orders/{second}/start")
    technician.send(f"/work-orders/{second}/complete", closing="lost_repaired")

    machine = make.equipment()
    pages = [
        technician.text(address)
        for address in (
            f"/work-orders/{first}",
            f"/work-orders/{second}",
            f"/equipment/{machine.id}",
        )
    ]

    assert ["After work" in page for page in pages] == [True, True, True]
    assert f"/work-orders/{second}" in pages[0]
    assert f"/work-orders/{first}" in pages[1]


def test_what_a_job_takes_is_entered_with_the_class(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    class_id = make.equipment_class().id
    planner = visit(ann)

    saved = planner.send(
        f"/first-run/classes/{class_id}/jobs",
        component="bearing",
        job_hours="4,5",
        part_lead_hours="48",
        look_first="Play of the shaft",
        tools="Puller",
    )
    wrong = planner.send(
        f"/first-run/classes/{class_id}/jobs", component="bearing", job_hours="long"
    )
    foreign = planner.send(f"/first-run/classes/{class_id}/jobs", component="belt")

    row = make.get(Component, make.component().id)
    assert (saved.status_code, wrong.status_code, foreign.status_code) == (303, 422, 422)
    assert (row.job_hours, row.part_lead_hours, row.look_first, row.parts) == (
        4.5,
        48.0,
        "Play of the shaft",
        "",
    )
    assert "Play of the shaft" in planner.text(f"/work-orders/{order_id}")


# --- stop windows


def test_a_window_is_planned_changed_and_ended(make: Plant, ann: Actor, visit: Visit) -> None:
    place = f"{make.site().id}.0.0"
    planner = visit(ann)
    typed = {
        "place": place,
        "title": "Saturday stop",
        "starts_at": "2027-03-06T06:00",
        "ends_at": "2027-03-06T14:00",
        "repeat": "weekly",
        "every": "2",
    }

    planner.send("/stop-windows", **typed)
    (row,) = make.all(StopWindow)
    form = planner.text(f"/stop-windows/{row.id}/edit")
    planner.send(f"/stop-windows/{row.id}", **typed | {"title": "Long stop"}, version="1")
    listed = planner.text("/stop-windows")
    ended = planner.send(f"/stop-windows/{row.id}/end", version="2")

    assert 'value="2027-03-06T06:00"' in form
    assert row.rrule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"
    assert "Long stop" in listed
    assert "every 2 weeks" in listed
    assert ended.status_code == 303
    assert not make.get(StopWindow, row.id).is_active


def test_a_window_without_a_place_or_an_end_is_drawn_again(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    typed = {"title": "Stop", "starts_at": "2027-03-06T06:00", "ends_at": "2027-03-06T05:00"}
    planner = visit(ann)

    nowhere = planner.send("/stop-windows", **typed)
    backwards = planner.send("/stop-windows", **typed, place=f"{make.site().id}.0.0")

    assert (nowhere.status_code, backwards.status_code) == (422, 422)
    assert "Choose a place." in nowhere.text
    assert "It must end after it begins." in backwards.text
    assert 'value="Stop"' in backwards.text


CALENDAR = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
SUMMARY:Shutdown
DTSTART:20270301T060000Z
DTEND:20270301T180000Z
END:VEVENT
END:VCALENDAR
"""


def sent(name: str, content: bytes) -> Any:
    return (io.BytesIO(content), name)


def test_a_calendar_file_is_taken_in_and_a_bad_one_is_explained(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    place = f"{make.site().id}.0.{make.equipment().id}"
    planner = visit(ann)

    taken = planner.send("/stop-windows/calendar", place=place, file=sent("a.ics", CALENDAR))
    said = planner.text(taken.location)
    bad = planner.send(
        "/stop-windows/calendar",
        place=place,
        file=sent("b.ics", CALENDAR.replace(b"UID:1\n", b"")),
    )
    none = planner.send("/stop-windows/calendar", place=place)
    binary = planner.send("/stop-windows/calendar", place=place, file=sent("c.ics", b"\xff\xfe"))

    assert "1 new" in said
    assert [answer.status_code for answer in (bad, none, binary)] == [422, 422, 422]
    assert "Entry 1 (Shutdown): it has no UID" in bad.text
    assert [row.title for row in make.all(StopWindow)] == ["Shutdown"]


def test_who_only_looks_sees_the_windows_and_changes_none(
    make: Plant, eve: Actor, visit: Visit
) -> None:
    stop = make.stop_window()
    viewer = visit(eve)

    page = viewer.text("/stop-windows")

    assert "Saturday stop" in page
    assert "/stop-windows/new" not in page
    assert viewer.get("/stop-windows/new").status_code == 403
    assert viewer.send(f"/stop-windows/{stop.id}/end").status_code == 403
