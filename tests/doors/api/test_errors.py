"""Whatever is sent, the answer is JSON with a code, and nothing is a fault of ours."""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import Any

import pytest
import sqlalchemy.exc as sql
from flask import Flask

from app.api import register
from app.db.work_orders import WorkOrder
from tests.doors.api.program import Program, problem
from tests.plant import Plant

ORDER = {"equipment_id": 1, "title": "Leak at the seal"}
BODIES: dict[str, tuple[bytes, int]] = {
    "empty": (b"", 422),
    "truncated": (b'{"title": "Le', 400),
    "trailing comma": (b'{"title": "Leak",}', 400),
    "a name twice": (b'{"title": "Leak", "title": "Seal"}', 400),
    "a name twice, deep": (b'{"title": {"a": 1, "a": 2}}', 400),
    "nested 100,000 deep": (b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "NaN": (b'{"estimated_hours": NaN}', 400),
    "Infinity": (b'{"estimated_hours": -Infinity}', 400),
    "400 digits": (b'{"equipment_id": ' + b"9" * 400 + b"}", 400),
    "2^63": (b'{"equipment_id": 9223372036854775808, "title": "Leak"}', 400),
    "too large a float": (b'{"equipment_id": 1, "title": "Leak", "estimated_hours": 1e999}', 422),
    "half a character": (b'{"equipment_id": 1, "title": "Leak \\ud800"}', 422),
    "NUL": (b'{"equipment_id": 1, "title": "Leak \\u0000"}', 422),
    "NUL as a name": (b'{"equipment_id": 1, "title": "Leak", "\\u0000": 1}', 422),
    "a bare control character": (b'{"title": "Le\x01ak"}', 400),
    "UTF-8 with a mark": (b"\xef\xbb\xbf" + json.dumps(ORDER).encode(), 400),
    "UTF-16": (json.dumps(ORDER).encode("utf-16"), 400),
    "not UTF-8": (b'{"title": "Le\xe4k"}', 400),
    "a list": (b"[]", 422),
    "a number": (b"1", 422),
    "null": (b"null", 422),
    "a field nobody knows": (b'{"equipment_id": 1, "title": "Leak", "colour": 1}', 422),
    "a float for a whole number": (b'{"equipment_id": 1.5, "title": "Leak"}', 422),
    "text for a number": (b'{"equipment_id": "one", "title": "Leak"}', 422),
    "a list for text": (b'{"equipment_id": 1, "title": ["Leak"]}', 422),
    "null for each": (b'{"equipment_id": null, "title": null}', 422),
    "10 kB of title": (b'{"equipment_id": 1, "title": "' + b"x" * 10_000 + b'"}', 422),
    "5 MB": (b'{"title": "' + b"x" * 5_000_000 + b'"}', 413),
}


def test_each_bad_body_has_its_verdict(make: Plant, writer: Program) -> None:
    make.equipment()

    for name, (body, status) in BODIES.items():
        answer = writer.raw(body, address="/work-orders")
        assert answer.status_code == status, (name, answer.text)
        assert set(problem(answer)) == {"code", "message", "fields"}, name
    assert make.all(WorkOrder) == []


@pytest.mark.parametrize("number", [2**31, 2**63 - 1])
def test_an_id_no_row_can_have_finds_nothing(writer: Program, number: int) -> None:
    answer = writer.post("/work-orders", {"equipment_id": number, "title": "Leak"})

    # SQLite looks and finds nothing; PostgreSQL refuses to look.
    assert answer.status_code in (404, 422)


def test_a_body_that_does_not_say_json_is_refused(writer: Program) -> None:
    body = json.dumps(ORDER).encode()

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
        answer = writer.raw(body, address="/work-orders", content_type=kind)
        assert (answer.status_code, problem(answer)["code"]) == (415, "unsupported_media_type")


def test_a_packed_body_is_refused(writer: Program) -> None:
    answer = writer.raw(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 415


HIDDEN = {
    "id": 7,
    "number": "WO-00007",
    "state": "closed",
    "source": "prediction",
    "mode": "bearing",
    "risk": 0.9,
    "created_at": "2020-01-01T00:00:00Z",
    "created_by_id": 1,
    "closed_at": "2020-01-01T00:00:00Z",
    "schedule_id": 1,
    "is_break_in": True,
    "version": 9,
}


def test_what_nobody_may_set_is_refused_by_name(make: Plant, writer: Program) -> None:
    order = {"equipment_id": make.equipment().id, "title": "Leak"}

    for name, value in HIDDEN.items():
        answer = writer.post("/work-orders", {**order, name: value})
        assert (answer.status_code, set(problem(answer)["fields"])) == (422, {name})
    assert make.all(WorkOrder) == []


def test_each_bad_query_is_refused_by_name(reader: Program) -> None:
    bad: list[tuple[dict[str, Any], str]] = [
        ({"after": "zzz"}, "after"),
        ({"after": "W" * 490}, "after"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_000}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"offset": 3}, "offset"),
        ({"sort": "password_hash"}, "sort"),
        ({"status": "melted"}, "status"),
        ({"text": "a\0b"}, "text"),
        ({"class": "x"}, "class"),
        ({"status": ["standby", "retired"]}, "status"),
    ]

    for query, field in bad:
        answer = reader.get("/equipment", **query)
        assert (answer.status_code, set(problem(answer)["fields"])) == (422, {field}), query


def test_any_text_is_only_text(make: Plant, reader: Program) -> None:
    make.order(make.equipment())
    odd = ["' OR 1=1 --", "%", "_", "\\", "{{7*7}}", "<script>", "é" * 100, "\u202e", "1e999"]

    for text in odd:
        for address in ("/equipment", "/work-orders"):
            answer = reader.get(address, text=text)
            assert (answer.status_code, answer.json["items"]) == (200, []), (address, text)


@pytest.mark.parametrize(
    "address", ["/work-orders/0", "/work-orders/-1", f"/equipment/{2**31}", f"/sensors/{10**40}"]
)
def test_a_number_no_row_can_have_is_no_address(reader: Program, address: str) -> None:
    answer = reader.get(address)

    assert (answer.status_code, problem(answer)["code"]) == (404, "not_found")


def test_a_wrong_method_names_the_right_ones(writer: Program) -> None:
    answer = writer.send("DELETE", "/equipment")
    overridden = writer.send("POST", "/sites", headers={"X-HTTP-Method-Override": "GET"})

    assert (answer.status_code, problem(answer)["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert overridden.status_code == 405


def test_slashes_are_not_guessed_away(reader: Program) -> None:
    for address in ("", "/", "/equipment/", "/sensors//1", "/Equipment"):
        assert reader.get(address).status_code == 404, address


def test_every_answer_has_a_number_that_its_error_repeats(reader: Program) -> None:
    good, bad = reader.get("/sites"), reader.get("/nowhere")

    assert bad.json["error"]["request_id"] == bad.headers["X-Request-Id"]
    assert good.headers["X-Request-Id"] != bad.headers["X-Request-Id"]
    for answer in (good, bad):
        assert answer.mimetype == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


TROUBLE = {
    503: sql.OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")),
    409: sql.IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")),
    422: OverflowError("Python int too large"),
    500: KeyError("a secret detail"),
}


@pytest.mark.parametrize("status", TROUBLE)
def test_trouble_below_is_told_without_its_words(
    api: Flask,
    reader: Program,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TROUBLE[status]

    monkeypatch.setattr(register.registry, "sites", fail)
    with caplog.at_level(logging.INFO):
        answer = reader.get("/sites")

    assert answer.status_code == status
    assert "secret" not in answer.text
    assert "SELECT" not in answer.text
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)
    assert answer.headers["X-Request-Id"] in caplog.text


def test_nothing_is_written_before_a_scope_is_refused(make: Plant, reader: Program) -> None:
    body = {"equipment_id": make.equipment().id, "title": "Leak"}

    answer = reader.post("/work-orders", body, key="a-1")

    assert (answer.status_code, problem(answer)["code"]) == (403, "scope_missing")
    assert make.all(WorkOrder) == []
