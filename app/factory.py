"""The composition root: Settings -> Database -> Flask. The only file that sees every door."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from app import api, web
from app.config import Settings, from_env
from app.context import EXTENSION, Running
from app.db import Database

LARGEST_REQUEST = 2 * 1024 * 1024
MOST_FIELDS = 500
API = "forewarn_api"


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
    running = Running(chosen, database or Database(chosen.database_url))
    app.extensions[EXTENSION] = running
    web.install(app)
    _mount(app, api.create(running))
    return app


def _mount(site: Flask, beside: Flask) -> None:
    """Hang the API below the site: one server, two applications that share nothing but the parts.

    Cookies mean nothing to the one, tokens nothing to the other.
    """
    site.extensions[API] = beside
    site.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
        site.wsgi_app, {api.PREFIX: beside.wsgi_app}
    )
