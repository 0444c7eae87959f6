"""What an address may hold: ids that a row can have, text that a database can store."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

from app.inputs.base import LARGEST_ID


class RowId(IntegerConverter):
    """The id of a row; a number that no row can have names nothing."""

    def __init__(self, map: Map) -> None:  # noqa: A002 (werkzeug's name)
        super().__init__(map, max=LARGEST_ID)


def install(app: Flask) -> None:
    """Before the blueprints of *app*: their `<int:...>` are ids of rows."""
    app.url_map.converters["int"] = RowId
    app.before_request(refuse_nul)


def refuse_nul() -> None:
    """A NUL in an address is nobody's question."""
    if any("\0" in text for values in request.args.listvalues() for text in values):
        abort(400)
