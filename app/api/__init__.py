"""Door 2, JSON under /api/v1: an application of its own beside the pages (ADR 0010).

Programs come with a token, never with a cookie. Each endpoint does one deed or asks one question,
the same as the pages; the OpenAPI document is made from what the endpoints declare.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from app.api import (
    access,
    documents,
    equipment,
    errors,
    events,
    headers,
    limits,
    order_actions,
    predictions,
    readings,
    record,
    register,
    savings,
    schedules,
    sensors,
    stop_windows,
    suggestions,
    training,
    work_orders,
)
from app.context import EXTENSION, Running
from app.endpoints import check_every_endpoint

PREFIX = "/api/v1"
LARGEST_REQUEST = 4 * 1024 * 1024
LARGEST_ID = 2**31 - 1

AREAS = (
    documents,
    equipment,
    events,
    order_actions,
    predictions,
    readings,
    record,
    register,
    savings,
    schedules,
    sensors,
    stop_windows,
    suggestions,
    training,
    work_orders,
)


class RowId(IntegerConverter):
    """The id of a row in an address; a number that no row can have is no such address."""

    def __init__(self, map: Map) -> None:  # noqa: A002 (werkzeug's name)
        super().__init__(map, min=1, max=LARGEST_ID)


def create(running: Running) -> Flask:
    """The API over the parts of a running application, to be mounted at PREFIX.

    Raise UndeclaredEndpoint when an endpoint does not say which scope it takes.
    """
    app = Flask("app.api", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = running
    app.url_map.converters["id"] = RowId
    app.url_map.merge_slashes = False
    headers.install(app)
    errors.install(app)
    limits.install(app)
    access.install(app)
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    check_every_endpoint(app)
    documents.install(app, PREFIX)
    return app
