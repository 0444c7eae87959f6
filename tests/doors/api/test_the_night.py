"""Predictions, training runs and schedules, as a program reads them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.db.training import MachineStatus, RunState, TrainingRequest
from tests.doors.api.program import Program, problem
from tests.plant import Plant

FIXED = ("equipment", "as_of", "horizon_hours", "risk", "component", "rung")


def test_a_prediction_has_the_names_other_programs_rely_on(make: Plant, reader: Program) -> None:
    pump = make.equipment("P-101")
    make.forecast(pump, mode="any", risk=0.5)
    make.forecast(pump, mode="bearing", risk=0.4)

    items = reader.get("/predictions").json["items"]

    assert [tuple(item[name] for name in FIXED) for item in items] == [
        ("P-101", "2026-03-02T08:00:00Z", 24.0, 0.125, None, "age"),
        ("P-101", "2026-03-02T08:00:00Z", 168.0, 0.5, None, "age"),
        ("P-101", "2026-03-02T08:00:00Z", 336.0, 0.75, None, "age"),
        ("P-101", "2026-03-02T08:00:00Z", 24.0, 0.1, "bearing", "age"),
        ("P-101", "2026-03-02T08:00:00Z", 168.0, 0.4, "bearing", "age"),
        ("P-101", "2026-03-02T08:00:00Z", 336.0, 0.6000000000000001, "bearing", "age"),
    ]
    assert items[0]["rul_hours"] == {"p10": 100.0, "p50": 400.0, "p90": 900.0}
    assert len(items[0]["drivers"]) == 1


def test_only_the_newest_night_speaks(make: Plant, reader: Program) -> None:
    pump = make.equipment("P-101")
    make.forecast(pump, mode="any", risk=0.5)
    tomorrow = make.now + timedelta(days=1)
    later = make.run(on=tomorrow.date(), as_of=tomorrow)
    make.forecast(pump, mode="any", risk=0.2, run=later)

    items = reader.get("/predictions", horizon_hours=168).json["items"]

    assert [item["risk"] for item in items] == [0.2]


def test_predictions_are_narrowed_and_paged(make: Plant, reader: Program) -> None:
    for tag in ("P-1", "P-2", "P-3"):
        for mode in ("any", "bearing"):
            make.forecast(make.equipment(tag), mode=mode)
    make.forecast(make.equipment("P-9", site="south"), mode="any")

    def pages(limit: int, **query: Any) -> list[tuple[str, str | None, float]]:
        found, after = [], None
        while True:
            more = {} if after is None else {"after": after}
            page = reader.get("/predictions", limit=limit, **query, **more).json
            assert len(page["items"]) <= limit
            items = page["items"]
            found += [(i["equipment"], i["component"], i["horizon_hours"]) for i in items]
            if (after := page["after"]) is None:
                return found

    whole = pages(200)
    assert len(whole) == 18
    assert pages(1) == pages(4) == pages(7) == whole
    assert pages(1, horizon_hours=168) == [row for row in whole if row[2] == 168]
    assert pages(2, component="any") == [row for row in whole if row[1] is None]
    assert pages(2, horizon_hours=5) == []
    machine = make.equipment("P-2").id
    assert pages(5, equipment=machine) == [row for row in whole if row[0] == "P-2"]


def test_runs_are_listed_with_their_machines(make: Plant, reader: Program) -> None:
    for tag in ("P-1", "P-2"):
        make.forecast(make.equipment(tag), mode="any")

    listed = reader.get("/training-runs").json["items"]
    found = reader.get(f"/training-runs/{listed[0]['id']}").json
    failed = reader.get(f"/training-runs/{listed[0]['id']}", status=MachineStatus.FAILED).json

    assert [(run["state"], run["outcomes"]) for run in listed] == [("finished", {"trained": 2})]
    assert [row["tag"] for row in found["machines"]["items"]] == ["P-1", "P-2"]
    assert failed["machines"]["items"] == []


def test_another_sites_run_looks_like_a_missing_one(make: Plant, reader: Program) -> None:
    foreign = make.run(site="south").id

    hidden, missing = (reader.get(f"/training-runs/{run}") for run in (foreign, 99999))

    assert hidden.status_code == missing.status_code == 404
    assert problem(hidden)["message"].replace(str(foreign), "99999") == problem(missing)["message"]


def test_a_run_is_asked_for_once(make: Plant, writer: Program) -> None:
    first = writer.post("/training-runs")
    second = writer.post("/training-runs", {"kind": "run_now"})
    odd = writer.post("/training-runs", {"kind": "cancel"})

    assert (first.status_code, first.json) == (202, {"request_id": 1, "kind": "run_now"})
    assert second.json == first.json
    assert odd.status_code == 422
    assert len(make.all(TrainingRequest)) == 1


def test_only_a_run_at_work_is_cancelled(make: Plant, writer: Program) -> None:
    done = make.run()
    at_work = make.run(on=date(2026, 3, 3), state=RunState.RUNNING)

    assert writer.post(f"/training-runs/{done.id}/cancel").status_code == 409
    assert writer.post(f"/training-runs/{at_work.id}/cancel").json["kind"] == "cancel"


def test_schedules_come_with_the_reason_for_their_date(make: Plant, reader: Program) -> None:
    machine = make.equipment()
    make.schedule(machine)
    make.schedule(make.equipment("P-900", site="south", team=None))

    found = reader.get("/schedules").json["items"]

    assert [(row["title"], row["activity"], row["next_due_on"]) for row in found] == [
        ("Grease the bearings", "service", "2026-03-05")
    ]
    assert reader.get("/schedules", equipment=4711).json["items"] == []
    assert len(reader.get("/schedules", active="true").json["items"]) == 1
