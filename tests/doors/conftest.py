"""The site as a visitor meets it: the real application over the test's database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.config import Settings
from app.db import Database
from app.domain.roles import Actor
from app.factory import create_app
from tests.chromium import chromium, complaints, open_page
from tests.doors.visitor import Visitor

__all__ = ["chromium", "complaints", "open_page"]
Visit = Callable[[Actor | None], Visitor]


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """The application, without limits on how often a test may log in."""
    made = create_app(settings, database)
    made.config["RATELIMIT_ENABLED"] = False
    return made


@pytest.fixture
def visit(app: Flask) -> Visit:
    """A browser, logged in as somebody through the form, or as nobody."""

    def open_site(who: Actor | None = None) -> Visitor:
        visitor = Visitor(app.test_client())
        if who is not None:
            visitor.log_in(who.name)
        return visitor

    return open_site


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
