"""The OpenAPI 3.1 document, made from the contracts on the endpoints: nothing is written twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel, TypeAdapter, create_model
from werkzeug.routing import Rule

from app.api.access import ANY_TOKEN
from app.api.bodies import JSON, KEY, LONGEST_KEY
from app.api.contracts import CONTRACT, REPLAYED, Contract, NoQuery
from app.endpoints import rule_of

VERSION = "1"
SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"
_PLACEHOLDER = re.compile(r"<(?:(?P<converter>\w+)[^:>]*:)?(?P<name>\w+)>")
_INTRODUCTION = (
    "Readings in; machines, work orders, predictions and training runs in and out. Moments are"
    " ISO 8601 with an offset from UTC. Lists are pages: ask for the next with `after`. A POST"
    " with an `Idempotency-Key` is done once, however often it is sent."
)
# What any request may meet, and what only those that send something may.
_ALWAYS = (400, 401, 403, 422, 429, 500, 503)
_OF_WRITING = (409, 413, 415)
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)


@dataclass(frozen=True)
class Endpoint:
    """One address and method with its contract."""

    rule: Rule
    method: str
    name: str
    scope: str
    words: str
    contract: Contract

    @property
    def path(self) -> str:
        """The address with {names}."""
        return _PLACEHOLDER.sub(r"{\g<name>}", self.rule.rule)


class ErrorFacts(BaseModel):
    """What was wrong: a code for programs, a sentence for people, a sentence per field."""

    code: str
    message: str
    fields: dict[str, str]
    request_id: str


class Error(BaseModel):
    """Every answer that is not 2xx."""

    error: ErrorFacts


def document(app: Flask, prefix: str) -> dict[str, Any]:
    """The description of every endpoint of *app*, which is mounted at *prefix*."""
    found = list(endpoints(app))
    schemas, refs = _schemas(found)
    paths: dict[str, Any] = {}
    for endpoint in found:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Forewarn", "version": VERSION, "description": _INTRODUCTION},
        "servers": [{"url": prefix}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {str(status): _refusal(status, refs) for status in REFUSALS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made by `forewarn tokens create`; scopes read, ingest, write.",
                }
            },
        },
    }


def endpoints(app: Flask) -> Iterator[Endpoint]:
    """Every address and method of *app*, by address."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        view = app.view_functions[rule.endpoint]
        contract: Contract = getattr(view, CONTRACT)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            words = (view.__doc__ or "").strip()
            scope = rule_of(app, rule.endpoint)
            yield Endpoint(rule, method, rule.endpoint, scope, words, contract)


def _schemas(found: list[Endpoint]) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """All schemas by name, and for (endpoint, part) what refers to them."""
    inputs: list[tuple[tuple[str, str], Any, TypeAdapter[Any]]] = [
        (("", "error"), "serialization", TypeAdapter(Error))
    ]
    versioned: dict[Any, Any] = {}
    for endpoint in found:
        contract = endpoint.contract
        inputs.append(((endpoint.name, "answer"), "serialization", contract.answer))
        if contract.body is not None:
            body = _with_version(contract.body, versioned) if contract.is_versioned else None
            adapter = TypeAdapter(body or contract.body)
            inputs.append(((endpoint.name, "body"), "validation", adapter))
    refs, defined = TypeAdapter.json_schemas(inputs, ref_template=SCHEMAS + "{model}")
    return defined["$defs"], {part: schema for (part, _), schema in refs.items()}


def _with_version(body: Any, known: dict[Any, Any]) -> Any:
    """The same input with the version of the row that was seen; one class for each input."""
    if body not in known:
        known[body] = create_model(
            f"{body.__name__}WithVersion",
            __base__=body,
            __doc__=body.__doc__,
            version=(int | None, None),
        )
    return known[body]


def _operation(endpoint: Endpoint, refs: dict[tuple[str, str], Any]) -> dict[str, Any]:
    contract = endpoint.contract
    summary, _, more = endpoint.words.partition("\n\n")
    scopes = [] if endpoint.scope == ANY_TOKEN else [endpoint.scope]
    made: dict[str, Any] = {
        "operationId": endpoint.name.replace(".", "_"),
        "tags": [endpoint.name.partition(".")[0]],
        "summary": " ".join(summary.split()),
        "security": [{"token": scopes}],
        "parameters": list(_parameters(endpoint)),
        "responses": _responses(endpoint, refs),
    }
    if more:
        made["description"] = " ".join(more.split())
    if contract.body is not None:
        schema = refs[endpoint.name, "body"]
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return made


def _parameters(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    for found in _PLACEHOLDER.finditer(endpoint.rule.rule):
        kind = {"type": "integer", "minimum": 1} if found["converter"] else {"type": "string"}
        yield {"name": found["name"], "in": "path", "required": True, "schema": kind}
    query = endpoint.contract.query
    if query is not None and query is not NoQuery:
        yield from _query_parameters(TypeAdapter(query).json_schema())
    if endpoint.method == "POST":
        yield {
            "name": KEY,
            "in": "header",
            "required": False,
            "description": "Sent again with the same body, the first answer is given again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
        }


def _query_parameters(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    required, codes = schema.get("required", []), schema.get("$defs", {})
    for name, kind in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _inlined(kind, codes),
        }


def _inlined(schema: Any, known: dict[str, Any]) -> Any:
    """A schema with the few codes it refers to written out."""
    if isinstance(schema, list):
        return [_inlined(part, known) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {name: part for name, part in schema.items() if name != "$ref"}
        return {**known[schema["$ref"].rpartition("/")[2]], **rest}
    return {name: _inlined(part, known) for name, part in schema.items()}


def _responses(endpoint: Endpoint, refs: dict[tuple[str, str], Any]) -> dict[str, Any]:
    contract = endpoint.contract
    answer: dict[str, Any] = {
        "description": HTTPStatus(contract.status).phrase,
        "content": {JSON: {"schema": refs[endpoint.name, "answer"]}},
    }
    if endpoint.method == "POST":
        answer["headers"] = {
            REPLAYED: {
                "description": "`true` when this is the answer of an earlier request.",
                "schema": {"type": "string"},
            }
        }
    statuses = {*_ALWAYS, *(_OF_WRITING if contract.body is not None else ())}
    if "<" in endpoint.rule.rule or contract.body is not None:
        statuses.add(404)
    refused = {str(status): {"$ref": f"{RESPONSES}{status}"} for status in sorted(statuses)}
    return {str(contract.status): answer, **refused}


def _refusal(status: int, refs: dict[tuple[str, str], Any]) -> dict[str, Any]:
    schema = {"schema": refs["", "error"]}
    return {"description": HTTPStatus(status).phrase, "content": {JSON: schema}}
