"""Which token may call what: every address of the API has a row here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.api import limits
from app.api.access import ANY_TOKEN
from app.db import Database
from app.db.users import ApiToken
from app.domain.roles import Actor, system
from app.domain.tokens import INCLUDES, TokenScope
from app.domain.work_orders import Action
from app.endpoints import UndeclaredEndpoint, check_every_endpoint, rule_of
from app.services import users
from tests.doors.api.conftest import Connect
from tests.doors.api.program import Program, problem
from tests.doors.conftest import Visit
from tests.plant import Plant

READ, INGEST, WRITE = "read", "ingest", "write"

MATRIX = {
    "documents.openapi_json": ANY_TOKEN,
    "equipment.index": READ,
    "equipment.detail": READ,
    "equipment.create": WRITE,
    "equipment.edit": WRITE,
    "equipment.model_card": READ,
    "events.create": INGEST,
    "predictions.index": READ,
    "predictions.ranked": READ,
    "predictions.held_back": READ,
    "predictions.withheld": READ,
    "predictions.missed_failures": READ,
    "readings.index": READ,
    "readings.create": INGEST,
    "record.feedback": READ,
    "record.feedback_machines": READ,
    "register.sites": READ,
    "register.equipment_classes": READ,
    "savings.ledger": READ,
    "savings.lines": READ,
    "schedules.index": READ,
    "sensors.index": READ,
    "sensors.detail": READ,
    "sensors.create": WRITE,
    "stop_windows.index": READ,
    "stop_windows.create": WRITE,
    "suggestions.show": READ,
    "suggestions.into_window": WRITE,
    "suggestions.both_into_window": WRITE,
    "suggestions.into_service": WRITE,
    "suggestions.pull_forward": WRITE,
    "training_runs.index": READ,
    "training_runs.detail": READ,
    "training_runs.create": WRITE,
    "training_runs.cancel": WRITE,
    "work_orders.index": READ,
    "work_orders.detail": READ,
    "work_orders.create": WRITE,
    "work_orders.assign": WRITE,
    "work_orders.comment": WRITE,
    **{f"order_actions.{action}": WRITE for action in Action},
}


def test_every_endpoint_has_a_row_in_the_matrix(api: Flask) -> None:
    assert {name: rule_of(api, name) for name in api.view_functions} == MATRIX


def test_the_api_does_not_start_with_an_endpoint_that_declares_no_scope(api: Flask) -> None:
    api.view_functions["forgotten"] = lambda: "open to all"

    with pytest.raises(UndeclaredEndpoint, match="forgotten"):
        check_every_endpoint(api)


@pytest.mark.parametrize("scope", [None, *TokenScope])
def test_each_address_answers_each_scope_as_the_matrix_says(
    api: Flask, app: Flask, make: Plant, connect: Connect, scope: TokenScope | None
) -> None:
    ids = _a_row_of_each(make)
    program = connect(scope) if scope else Program(app.test_client(), None)

    for rule in api.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = program.send(method, _address(rule.rule, ids))
            wanted = MATRIX[rule.endpoint]
            assert _is_right(answer.status_code, wanted, scope), (method, rule, answer.text)


def _is_right(status: int, rule: str, scope: TokenScope | None) -> bool:
    if scope is None:
        return status == 401
    if rule == ANY_TOKEN or TokenScope(rule) in INCLUDES[scope]:
        # Let in: empty bodies are then refused by what they ask for, not by the door.
        return status in (200, 202, 409, 422)
    return status == 403


def _a_row_of_each(make: Plant) -> dict[str, int]:
    machine = make.equipment()
    return {
        "equipment_id": machine.id,
        "sensor_id": make.sensor(machine).id,
        "work_order_id": make.predicted_order(machine),
        "schedule_id": make.schedule(machine),
        "run_id": make.run().id,
    }


def _address(rule: str, ids: dict[str, int]) -> str:
    for name, value in ids.items():
        rule = rule.replace(f"<id:{name}>", str(value))
    return rule


@pytest.mark.parametrize(
    ("address", "words"),
    [("/equipment", "equipment"), ("/sensors", "sensor"), ("/work-orders", "work order")],
)
def test_another_sites_rows_look_like_missing_ones(
    make: Plant, writer: Program, address: str, words: str
) -> None:
    machine = make.equipment("P-900", site="south")
    ids = {
        "/equipment": machine.id,
        "/sensors": make.sensor(machine).id,
        "/work-orders": make.order(machine),
    }

    foreign = problem(writer.get(f"{address}/{ids[address]}"))
    missing = problem(writer.get(f"{address}/99999"))

    assert missing["message"] == f"There is no {words} 99999."
    assert foreign == {**missing, "message": f"There is no {words} {ids[address]}."}


def test_another_sites_rows_cannot_be_written_either(make: Plant, writer: Program) -> None:
    machine = make.equipment("P-900", site="south")
    order = make.order(machine)
    wishes = [
        ("PATCH", f"/equipment/{machine.id}", {"name": "Mine now"}),
        ("POST", f"/work-orders/{order}/cancel", {"reason": "not mine"}),
        ("POST", f"/work-orders/{order}/comments", {"note": "hello"}),
        ("POST", "/work-orders", {"equipment_id": machine.id, "title": "Not mine"}),
        ("POST", "/sensors", {"equipment_id": machine.id, "code": "x", "name": "x"}),
    ]

    for method, address, body in wishes:
        answer = writer.send(method, address, json=body)
        assert (answer.status_code, problem(answer)["code"]) == (404, "not_found"), address


def test_lists_show_only_the_tokens_site(make: Plant, connect: Connect) -> None:
    for site in ("north", "south"):
        make.sensor(make.equipment(f"P-{site}", site=site))

    def tags(site: str | None, address: str, name: str) -> list[str]:
        return [item[name] for item in connect("read", site).get(address).json["items"]]

    assert tags("north", "/equipment", "tag") == ["P-north"]
    assert tags("south", "/sensors", "equipment") == ["P-south"]
    assert tags(None, "/equipment", "tag") == ["P-north", "P-south"]
    assert tags("south", "/sites", "code") == ["south"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer fw_wrong", "Basic YW5uOnNlY3JldA==", "Token x"]
)
def test_what_is_no_token_is_refused(app: Flask, make: Plant, header: str) -> None:
    program = Program(app.test_client(), None)

    answer = program.send("GET", "/equipment", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_ended_or_was_revoked_is_refused(
    database: Database, connect: Connect, now: datetime
) -> None:
    ended = connect("read", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    revoked = connect("read")
    with database.transaction() as session:
        last = session.scalar(sa.select(sa.func.max(ApiToken.id)))
        users.revoke_token(session, token_id=last, now=now, by=system("test"))

    assert ended.get("/equipment").status_code == 401
    assert revoked.get("/equipment").status_code == 401


def test_an_unknown_address_tells_nothing_without_a_token(app: Flask, reader: Program) -> None:
    assert Program(app.test_client(), None).get("/nowhere").status_code == 401
    assert reader.get("/nowhere").status_code == 404


def test_a_login_opens_no_api_and_a_token_no_page(
    ann: Actor, visit: Visit, writer: Program
) -> None:
    visitor = visit(ann)

    api = visitor.get("/api/v1/equipment")
    page = writer.client.get("/equipment", headers={"Authorization": f"Bearer {writer.token}"})

    assert visitor.get("/equipment").status_code == 200
    assert api.status_code == 401
    assert (page.status_code, page.location) == (303, "/login?next=/equipment")


def test_the_last_use_of_a_token_is_noted_once_a_minute(make: Plant, reader: Program) -> None:
    reader.get("/equipment")
    first = make.all(ApiToken)[0].last_used_at
    reader.get("/equipment")

    assert first is not None
    assert make.all(ApiToken)[0].last_used_at == first


def test_a_token_that_calls_too_often_waits(
    api: Flask, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.extensions[limits.EXTENSION].tokens.most = 2

    answers = [reader.get("/sites") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= limits.WINDOW_SECONDS + 1


def test_guessing_at_tokens_is_slowed_down_and_harms_no_good_token(
    api: Flask, app: Flask, reader: Program
) -> None:
    api.extensions[limits.EXTENSION].failures.most = 2
    guesser = Program(app.test_client(), "fw_guess")

    assert [guesser.get("/sites").status_code for _ in range(3)] == [401, 401, 429]
    assert reader.get("/sites").status_code == 200
