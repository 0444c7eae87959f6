"""Is it alive, is it ready? For whatever watches over the process; nothing about the plant."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.context import database
from app.queries.readiness import Readiness, readiness
from app.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Database, schema and last night; 503 when one of them is not well."""
    try:
        with database().reading() as session:
            found = readiness(session)
    except SQLAlchemyError:
        found = Readiness(database=False, schema=False, last_night=False)
    body = jsonify(
        status="ok" if found.is_ready else "not ready",
        database=found.database,
        schema=found.schema,
        last_night=found.last_night,
    )
    return body, 200 if found.is_ready else 503
