"""A program answers suggestions and plans stop windows as a planner does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.db.stop_windows import StopWindow
from app.db.work_orders import WorkOrder
from app.domain.work_orders import OrderType, State
from tests.doors.api.program import Program, problem
from tests.plant import Plant


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
