"""Work orders, moved by a program through the same table of states as by people."""

from __future__ import annotations

from typing import Any

from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.work_orders import State
from app.inputs.work_orders import INPUTS
from tests.doors.api.program import Program, problem
from tests.plant import Plant

FIXED = (
    "number",
    "equipment",
    "component",
    "type",
    "state",
    "created_at",
    "due_on",
    "source",
    "risk",
    "outcome",
)


def test_an_order_has_the_names_other_programs_rely_on(make: Plant, reader: Program) -> None:
    order = make.predicted_order(make.equipment("P-101"))

    item = reader.get("/work-orders").json["items"][0]

    assert {name: item[name] for name in FIXED} == {
        "number": "WO-00001",
        "equipment": "P-101",
        "component": "bearing",
        "type": "predictive",
        "state": "requested",
        "created_at": "2026-03-02T08:00:00Z",
        "due_on": None,
        "source": "prediction",
        "risk": 0.4,
        "outcome": None,
    }
    assert (item["id"], item["version"]) == (order, 1)


def test_an_order_lives_from_request_to_close(make: Plant, writer: Program) -> None:
    tom = make.user("tom", "technician")
    new = {"equipment_id": make.equipment().id, "title": "Leak at the seal", "priority": "high"}
    order = writer.post("/work-orders", new).json
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("assignment", {"assignee_id": tom.id}, "open"),
        ("start", {}, "in_progress"),
        ("hold", {"hold": "parts"}, "on_hold"),
        ("resume", {}, "in_progress"),
        ("comments", {"note": "The seal was dry."}, "in_progress"),
        ("complete", {"function": "none", "condition_found": "worn"}, "completed"),
        ("close", {}, "closed"),
    ]

    for step, body, state in steps:
        seen = {} if step == "comments" else {"version": order["version"]}
        answer = writer.post(f"/work-orders/{order['id']}/{step}", {**body, **seen})
        assert answer.status_code == 200, (step, answer.text)
        order = answer.json
        assert order["state"] == state

    assert order["finding"]["condition_found"] == "worn"
    assert order["actions"] == []
    assert [line["by_name"] for line in order["history"]] == ["token write 1"] * 8
    assert make.get(WorkOrder, order["id"]).state is State.CLOSED


def test_the_second_of_two_moves_is_told(make: Plant, writer: Program) -> None:
    order = make.order()
    address = f"/work-orders/{order}/cancel"

    first = writer.post(address, {"reason": "no longer", "version": 1})
    second = writer.post(address, {"reason": "no longer", "version": 1})

    assert (first.status_code, second.status_code) == (200, 409)
    assert problem(second)["code"] == "stale"


def test_a_move_the_table_does_not_have_is_refused_and_writes_nothing(
    make: Plant, writer: Program
) -> None:
    order = make.order()
    lines = len(make.all(WorkOrderHistory))

    refused = writer.post(f"/work-orders/{order}/resume")
    incomplete = writer.post(f"/work-orders/{order}/hold")
    unknown = writer.post(f"/work-orders/{order}/explode")

    assert (refused.status_code, problem(refused)["code"]) == (409, "rule_broken")
    assert (incomplete.status_code, set(problem(incomplete)["fields"])) == (422, {"hold"})
    assert unknown.status_code == 404
    assert len(make.all(WorkOrderHistory)) == lines


def test_a_token_is_nobody_and_takes_no_order(make: Plant, writer: Program) -> None:
    assert writer.post(f"/work-orders/{make.order()}/take").status_code == 409


def test_every_action_has_its_address(writer: Program) -> None:
    paths = writer.get("/openapi.json").json["paths"]

    assert {f"/work-orders/{{work_order_id}}/{action}" for action in INPUTS} <= set(paths)


def test_a_predicted_order_shows_its_evidence_and_what_it_teaches(
    make: Plant, writer: Program
) -> None:
    order = make.predicted_order()

    found = writer.get(f"/work-orders/{order}").json
    body = {"dismissal": "known_cause", "note": "Alignment is booked."}
    dismissed = writer.post(f"/work-orders/{order}/dismiss", body).json

    assert found["evidence"][0]["risk"] == 0.4
    assert "dismiss" in found["actions"]
    assert (dismissed["state"], dismissed["finding"]["dismissal"]) == ("cancelled", "known_cause")


def test_orders_are_narrowed_like_on_the_page(make: Plant, reader: Program) -> None:
    pump, fan = make.equipment("P-101"), make.equipment("F-1", class_code="fan")
    make.predicted_order(pump)
    make.order(fan, title="Belt squeaks", due_on="2020-01-01")

    def numbers(**query: Any) -> list[str]:
        return [item["number"] for item in reader.get("/work-orders", **query).json["items"]]

    assert numbers() == ["WO-00002", "WO-00001"]
    assert numbers(view="predicted") == ["WO-00001"]
    assert numbers(view="overdue") == ["WO-00002"]
    assert numbers(equipment=fan.id) == ["WO-00002"]
    assert numbers(type="predictive", state="requested", source="prediction") == ["WO-00001"]
    assert numbers(text="belt") == ["WO-00002"]
    assert numbers(priority="urgent") == []
