"""The API's own description, for programs that read descriptions."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue

from app.api import openapi
from app.api.access import any_token
from app.api.contracts import described

EXTENSION = "api_document"
blueprint = Blueprint("documents", __name__)


def install(app: Flask, prefix: str) -> None:
    """Write the document once; an endpoint that cannot be described stops the start."""
    app.extensions[EXTENSION] = openapi.document(app, prefix)


@blueprint.get("/openapi.json")
@any_token
@described(dict[str, object])
def openapi_json() -> ResponseReturnValue:
    """This document: every address with what it takes and answers (OpenAPI 3.1)."""
    return jsonify(current_app.extensions[EXTENSION])
