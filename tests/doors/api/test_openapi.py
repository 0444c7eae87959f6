"""The document describes the API that is there: each address, no other, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.api import openapi
from app.endpoints import rule_of
from tests.doors.api.program import Program
from tests.plant import Plant

METHODS = {"get", "post", "put", "patch", "delete"}
PARAMETER_PLACES = {"path", "query", "header", "cookie"}
TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}
COMPONENT = re.compile(r"^[a-zA-Z0-9.\-_]+$")
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def document(reader: Program) -> dict[str, Any]:
    found: dict[str, Any] = reader.get("/openapi.json").json
    return found


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    waiting = [part]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def test_every_address_is_described_and_no_other(api: Flask, document: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in api.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(path, method) for path, method, _ in operations(document)} == served


def test_the_document_is_well_formed(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(document["info"])
    assert document["servers"] == [{"url": "/api/v1"}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]
    for kind in ("schemas", "responses"):
        assert all(COMPONENT.match(name) for name in document["components"][kind])
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_operation_says_what_it_takes_and_answers(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert method in METHODS
        assert operation["summary"].endswith("."), where
        assert operation["security"][0].keys() == {"token"}, where
        assert any(status.startswith("2") for status in operation["responses"]), where
        assert {"401", "429", "503"} <= set(operation["responses"]), where
        parameters = operation["parameters"]
        assert {p["in"] for p in parameters} <= PARAMETER_PLACES
        assert all(p["schema"] for p in parameters), where
        in_path = {p["name"] for p in parameters if p["in"] == "path" and p["required"]}
        assert in_path == set(re.findall(r"{(\w+)}", path)), where
        keyed = any(p["name"] == "Idempotency-Key" for p in parameters)
        assert keyed is (method == "post"), where
        assert ("requestBody" in operation) is (method in ("post", "patch")), where


def test_every_answer_and_body_has_a_schema(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for part in [*bodies, *operation["responses"].values()]:
            held = _resolved(document, part)
            assert held["content"]["application/json"]["schema"], (path, method)


def test_every_reference_leads_somewhere_and_every_type_is_one(document: dict[str, Any]) -> None:
    for part in walk(document):
        if isinstance(part.get("$ref"), str):
            assert _resolved(document, part) is not None
        if isinstance(part.get("type"), str) and "scheme" not in part:
            assert part["type"] in TYPES, part
        if isinstance(part.get("required"), list):
            assert set(part["required"]) <= set(part["properties"]), part


def test_the_scopes_are_those_the_endpoints_ask_for(api: Flask, document: dict[str, Any]) -> None:
    for endpoint in openapi.endpoints(api):
        said = document["paths"][endpoint.path][endpoint.method.lower()]["security"][0]["token"]
        assert said == [scope for scope in [rule_of(api, endpoint.name)] if scope != "any"]


def test_what_is_answered_has_the_fields_that_are_described(
    make: Plant, writer: Program, document: dict[str, Any]
) -> None:
    machine = make.equipment()
    make.sensor(machine)
    make.schedule(machine)
    order = make.predicted_order(machine)
    run = make.run()

    for address, path in (
        ("/equipment", None),
        (f"/equipment/{machine.id}", "/equipment/{equipment_id}"),
        ("/sensors", None),
        ("/schedules", None),
        ("/predictions", None),
        ("/predictions/ranking", None),
        ("/work-orders", None),
        (f"/work-orders/{order}", "/work-orders/{work_order_id}"),
        (f"/work-orders/{order}/suggestion", "/work-orders/{work_order_id}/suggestion"),
        ("/record/feedback", None),
        ("/record/feedback/machines", None),
        ("/savings/ledger", None),
        ("/savings/ledger/lines", None),
        ("/training-runs", None),
        (f"/training-runs/{run.id}", "/training-runs/{run_id}"),
    ):
        ok = document["paths"][path or address]["get"]["responses"]["200"]
        schema = ok["content"]["application/json"]["schema"]
        _compare(document, schema, writer.get(address).json, address)


def _compare(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> None:
    schema = _resolved(document, schema)
    if "properties" in schema:
        assert set(schema["properties"]) == set(value), where
        for name, part in schema["properties"].items():
            _compare(document, part, value[name], f"{where}.{name}")
    elif schema.get("type") == "array":
        for item in value:
            _compare(document, schema["items"], item, where)


def _resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return _resolved(document, found)
