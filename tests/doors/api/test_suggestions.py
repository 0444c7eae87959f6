"""A program answers suggestions and plans stop windows as a planner does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.api.suggestion_answers import WORDS
from app.db.stop_windows import StopWindow
from app.db.work_orders import WorkOrder
from app.domain.deadlines import Certainty
from app.domain.roles import Actor
from app.domain.work_orders import OrderType, State
from tests.doors.api.conftest import Connect
from tests.doors.api.program import Program, problem
from tests.doors.conftest import Visit
from tests.plant import Plant
from tests.suggested import say, suggested


def stop(make: Plant, writer: Program) -> dict[str, object]:
    body = {
        "site_id": make.site().id,
        "title": "Saturday stop",
        "starts_at": "2026-03-07T06:00:00Z",
        "ends_at": "2026-03-07T14:00:00Z",
        "repeat": "weekly",
    }
    made: dict[str, object] = writer.post("/stop-windows", body).json
    return made


def test_a_suggestion_is_planned_into_a_stop_window(make: Plant, writer: Program) -> None:
    order = make.predicted_order()
    window = stop(make, writer)
    body = {"stop_window_id": window["id"], "starts_at": "2026-03-14T06:00:00Z"}

    planned = writer.post(f"/work-orders/{order}/into-window", body).json
    missed = writer.post(
        f"/work-orders/{order}/into-window", body | {"starts_at": "2026-03-13T06:00:00Z"}
    )

    assert (planned["state"], planned["planned_start_at"]) == ("planned", "2026-03-14T06:00:00Z")
    assert missed.status_code == 422
    assert set(problem(missed)["fields"]) == {"stop_window_id"}
    listed = writer.get("/stop-windows").json["items"]
    assert [item["title"] for item in listed] == ["Saturday stop"]
    assert make.get(StopWindow, int(str(window["id"]))).rrule == "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA"


def test_a_suggestion_joins_an_order_or_a_service_and_a_look_is_asked_for(
    make: Plant, writer: Program
) -> None:
    first, second, third = (
        make.predicted_order(make.equipment(tag)) for tag in ("P-1", "P-2", "P-3")
    )
    host = make.order(make.equipment("P-1"))
    service = make.schedule(make.equipment("P-2"))

    joined = writer.post(f"/work-orders/{first}/absorb", {"into_order_id": host}).json
    raised = writer.post(f"/work-orders/{second}/into-service", {"schedule_id": service}).json
    looked = writer.post(f"/work-orders/{third}/inspect", {}).json

    assert joined["state"] == "cancelled"
    assert raised["schedule_id"] == service
    assert make.get(WorkOrder, second).absorbed_into_id == raised["id"]
    assert looked["state"] == "requested"
    assert looked["snoozed_until"] is not None
    (look,) = make.all(WorkOrder, type=OrderType.INSPECTION)
    assert look.origin_id == third


def test_a_service_is_pulled_forward(make: Plant, writer: Program) -> None:
    today = datetime.now(UTC).date()  # programs live by the wall clock
    service = make.schedule(starts_on=today + timedelta(days=30))
    on = (today + timedelta(days=9)).isoformat()

    made = writer.post(f"/schedules/{service}/pull-forward", {"on": on}).json
    both = writer.post(
        f"/schedules/{service}/pull-forward", {"on": on, "starts_at": f"{on}T06:00:00Z"}
    )

    assert (made["due_on"], made["state"]) == (on, State.OPEN)
    assert both.status_code == 422


# --- one suggestion


@pytest.fixture
def now() -> datetime:
    """Programs and pages go by the wall clock."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def test_one_suggestion_says_what_its_page_says(
    make: Plant, ann: Actor, visit: Visit, reader: Program, writer: Program
) -> None:
    order = suggested(make, make.equipment(), risk=0.3)
    say(make, job_hours=4, look_first="Play of the shaft", tools="Puller", parts="6309")
    stop = make.stop_window()
    make.order(title="Change the oil")

    told = reader.get(f"/work-orders/{order}/suggestion").json
    page = visit(ann).text(f"/work-orders/{order}")

    assert (told["order"]["id"], told["forecast"]["risk"]) == (order, 0.3)
    assert "30 %" in page
    (window,) = told["windows"]
    assert (window["window_id"], window["is_proposed"]) == (stop.id, True)
    assert f"{100 * window['risk']:.2g}".rstrip("0").rstrip(".") + " %" in page
    assert told["waiting"]["week"] > told["waiting"]["day"] > 0
    assert f"{told['waiting']['week']:,.0f} in the next week" in page
    assert told["other_work"]["hosts"][0]["title"] == "Change the oil"
    prep = told["preparation"]
    assert [prep[name] for name in ("look_first", "tools", "parts")] == [
        "Play of the shaft",
        "Puller",
        "6309",
    ]
    assert all(prep[name] in page for name in ("look_first", "tools", "parts"))
    (reason,) = told["reasons"]
    assert reason["driver"]["sentence"].startswith("Vibration 5.1 mm/s")
    assert "Vibration 5.1 mm/s" in page
    may = writer.get(f"/work-orders/{order}/suggestion").json["actions"]
    assert (told["actions"], {"accept", "dismiss", "snooze"} <= set(may)) == ([], True)


@pytest.mark.parametrize(
    ("risk", "age_risk", "certainty"),
    [
        (0.02, 0.01, Certainty.BELOW),
        (0.3, 0.25, Certainty.UNSURE),
        (0.3, 0.001, Certainty.DATE),
        (0.3, None, Certainty.UNKNOWN),
    ],
)
def test_the_date_or_why_there_is_none_is_said_in_the_words_of_the_page(
    make: Plant,
    ann: Actor,
    visit: Visit,
    reader: Program,
    risk: float,
    age_risk: float | None,
    certainty: Certainty,
) -> None:
    order = suggested(make, make.equipment(), risk=risk, age_risk=age_risk)

    told = reader.get(f"/work-orders/{order}/suggestion").json["must_start_by"]
    page = visit(ann).text(f"/work-orders/{order}")

    assert (told["certainty"], told["words"]) == (certainty, WORDS[certainty])
    assert (told["at"] is not None) is (certainty is Certainty.DATE)
    if told["at"] is None:
        assert told["words"] in page
    else:
        day = datetime.fromisoformat(told["at"])
        assert f"Start by {day.day} {day:%b}" in page


def test_what_is_no_suggestion_to_begin_has_none(
    make: Plant, connect: Connect, reader: Program
) -> None:
    begun = make.predicted_order(state=State.IN_PROGRESS)
    foreign = make.predicted_order(make.equipment("S-1", site="south"))

    answers = [
        reader.get(f"/work-orders/{order}/suggestion") for order in (make.order(), begun, foreign)
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "no suggestion" in problem(answers[0])["message"]
    assert "There is no work order" in problem(answers[2])["message"]
    everywhere = connect("read", site=None)
    assert everywhere.get(f"/work-orders/{foreign}/suggestion").status_code == 200


def test_a_suggestion_is_told_to_who_may_read_and_to_nobody_else(
    make: Plant, reader: Program, historian: Program
) -> None:
    address = f"/work-orders/{make.predicted_order()}/suggestion"

    statuses = [
        program.get(address).status_code
        for program in (reader, historian, Program(reader.client, None))
    ]

    assert statuses == [200, 403, 401]


def test_both_are_planned_into_a_stop_that_the_suggestion_offers(
    make: Plant, writer: Program
) -> None:
    order = suggested(make, make.equipment(), risk=0.3)
    other = make.order(title="Change the oil")
    make.stop_window()
    told = writer.get(f"/work-orders/{order}/suggestion").json
    (beside,) = told["other_work"]["beside"]
    stop = beside["stops"][0]
    body = {
        "stop_window_id": stop["window_id"],
        "starts_at": stop["starts_at"],
        "other_order_id": beside["id"],
        "other_version": beside["version"],
        "version": told["order"]["version"],
    }

    stale = writer.post(f"/work-orders/{order}/both-into-window", body | {"other_version": 9})
    planned = writer.post(f"/work-orders/{order}/both-into-window", body)

    assert (stale.status_code, planned.status_code) == (409, 200)
    assert planned.json["state"] == "planned"
    assert (
        make.get(WorkOrder, other).planned_start_at == make.get(WorkOrder, order).planned_start_at
    )
