"""The API's own description, for programs that read descriptions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

from app.api import openapi
from app.api.access import any_token
from app.api.contracts import described

EXTENSION = "api_document"
blueprint = Blueprint("documents", __name__)
# Only code decides what it says; applications made in one process share it.
_written: dict[tuple[object, ...], dict[str, Any]] = {}


def install(app: Flask, prefix: str) -> None:
    """Write the document once; an endpoint that cannot be described stops the start."""
    rules = sorted((rule.rule, rule.endpoint) for rule in app.url_map.iter_rules())
    known = (prefix, *((rule, app.view_functions[endpoint]) for rule, endpoint in rules))
    if known not in _written:
        _written[known] = openapi.document(app, prefix)
    app.extensions[EXTENSION] = _written[known]


@blueprint.get("/openapi.json")
@any_token
@described(dict[str, object])
def openapi_json() -> ResponseReturnValue:
    """This document: every address with what it takes and answers (OpenAPI 3.1)."""
    return jsonify(current_app.extensions[EXTENSION])
