"""The composition root: Settings -> Database -> Flask. The only file that sees every door."""

from __future__ import annotations

from flask import Flask

from app import web
from app.config import Settings, from_env
from app.context import EXTENSION, Running
from app.db import Database

LARGEST_REQUEST = 2 * 1024 * 1024
MOST_FIELDS = 500


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """The application, ready to be served; settings default to the environment's.

    Raise BadSetting for a setting that cannot be used and UndeclaredEndpoint for an endpoint
    without an access rule.
    """
    chosen = settings or from_env()
    app = Flask("app")
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FIELDS,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
    )
    app.extensions[EXTENSION] = Running(chosen, database or Database(chosen.database_url))
    web.install(app)
    return app
