"""A request that is sent again is not done again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app.api import work_orders as view
from app.api.access import wall_clock
from app.db import Database
from app.db.readings import ReadingBatch
from app.db.users import IdempotencyKey
from app.db.work_orders import WorkOrder
from app.services import idempotency
from app.services.idempotency import Answer, Keyed
from tests.doors.api.conftest import Connect
from tests.doors.api.program import Program, problem
from tests.plant import Plant


@pytest.fixture
def leak(make: Plant) -> dict[str, Any]:
    return {"equipment_id": make.equipment().id, "title": "Leak at the seal"}


def test_the_same_request_gets_the_same_answer_and_is_done_once(
    make: Plant, writer: Program, leak: dict[str, Any]
) -> None:
    first = writer.post("/work-orders", leak, key="a-1")
    again = writer.post("/work-orders", leak, key="a-1")

    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"] == "/api/v1/work-orders/1"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(make.all(WorkOrder)) == 1


def test_the_same_key_with_another_request_is_refused(
    make: Plant, writer: Program, leak: dict[str, Any]
) -> None:
    order = writer.post("/work-orders", leak, key="a-1").json["id"]

    other_body = writer.post("/work-orders", {**leak, "title": "Another"}, key="a-1")
    other_address = writer.post(f"/work-orders/{order}/cancel", leak, key="a-1")

    for answer in (other_body, other_address):
        assert answer.status_code == 422
        assert problem(answer)["code"] in ("idempotency_key_reused", "invalid_input")
    assert problem(other_body)["fields"] == {"Idempotency-Key": "was used for another request"}
    assert len(make.all(WorkOrder)) == 1


def test_a_key_belongs_to_its_token(make: Plant, connect: Connect, leak: dict[str, Any]) -> None:
    answers = [connect("write").post("/work-orders", leak, key="a-1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(make.all(WorkOrder)) == 2


def test_without_a_key_a_request_is_done_each_time(
    make: Plant, writer: Program, leak: dict[str, Any]
) -> None:
    writer.post("/work-orders", leak)
    writer.post("/work-orders", leak)

    assert len(make.all(WorkOrder)) == 2
    assert make.all(IdempotencyKey) == []


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "é"])
def test_a_key_is_visible_ascii(writer: Program, leak: dict[str, Any], key: str) -> None:
    answer = writer.post("/work-orders", leak, key=key)

    assert "Idempotency-Key" in problem(answer)["fields"]


def test_what_was_refused_leaves_no_key_and_may_be_sent_again(
    make: Plant, writer: Program, leak: dict[str, Any]
) -> None:
    order = writer.post("/work-orders", leak).json["id"]
    resume = f"/work-orders/{order}/resume"
    assert writer.post(resume, key="a-2").status_code == 409

    make_it_possible = [
        ("assignment", {"assignee_id": make.user("tom", "technician").id}),
        ("start", {}),
        ("hold", {"hold": "parts"}),
    ]
    for action, body in make_it_possible:
        assert writer.post(f"/work-orders/{order}/{action}", body).status_code == 200

    assert writer.post(resume, key="a-2").status_code == 200


def test_a_crash_before_the_commit_leaves_neither_the_order_nor_the_key(
    make: Plant, writer: Program, leak: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise KeyError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(view, "order_detail", crash)
        assert writer.post("/work-orders", leak, key="a-1").status_code == 500
    assert (make.all(WorkOrder), make.all(IdempotencyKey)) == ([], [])

    assert writer.post("/work-orders", leak, key="a-1").status_code == 201
    assert len(make.all(WorkOrder)) == 1


def test_many_at_once_are_one(
    app: Flask, make: Plant, connect: Connect, leak: dict[str, Any]
) -> None:
    token, crowd = connect("write").token, 8
    start = Barrier(crowd)

    def send(_: int) -> tuple[int, bytes]:
        program = Program(app.test_client(), token)
        start.wait()
        answer = program.post("/work-orders", leak, key="a-1")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(crowd) as pool:
        answers = set(pool.map(send, range(crowd)))

    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert len(make.all(WorkOrder)) == 1
    assert len(make.all(IdempotencyKey)) == 1


def test_a_historian_that_resends_a_delivery_gets_the_first_counts(
    make: Plant, historian: Program
) -> None:
    sensor = make.sensor(make.equipment())
    reading = {"sensor": sensor.id, "at": "2026-03-02T00:00:00Z", "value": 2.5}

    first = historian.post("/readings", {"readings": [reading]}, key="2026-03-02T00")
    again = historian.post("/readings", {"readings": [reading]}, key="2026-03-02T00")

    assert first.json["accepted"] == again.json["accepted"] == 1
    assert len(make.all(ReadingBatch)) == 1


def test_old_keys_are_swept_now_and_then(database: Database, make: Plant) -> None:
    moment = wall_clock()
    swept = idempotency.SWEEPING + "0" * 62
    long_ago = moment - idempotency.KEPT_FOR - timedelta(seconds=1)

    for key, digest, at in (("old", "f" * 64, long_ago), ("new", swept, moment)):
        asked = Keyed("token 1", key, digest)
        with database.transaction() as session:
            assert idempotency.claim(session, asked=asked, now=at) is None
            idempotency.keep(session, asked=asked, answer=Answer(200, "{}"), now=at)

    assert [row.key for row in make.all(IdempotencyKey)] == ["new"]
