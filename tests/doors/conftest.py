"""The site as a visitor meets it: the real application over the test's database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.serving import make_server

from app.api import limits
from app.config import Settings
from app.context import EXTENSION, Running
from app.db import Database
from app.domain.roles import Actor
from app.factory import API, create_app
from app.web.rule_previews import SHELF
from tests.chromium import chromium, complaints, open_page
from tests.doors.visitor import Visitor

__all__ = ["chromium", "complaints", "open_page"]
Visit = Callable[[Actor | None], Visitor]


@pytest.fixture(scope="session")
def compiled_pages(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates as compiled by the tests before; compiling takes longer than most tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, compiled_pages: FileSystemBytecodeCache
) -> Flask:
    """An application to be used again and again: making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("built")
    nowhere = f"sqlite:///{folder / 'nowhere.db'}"
    settings = Settings(database_url=nowhere, data_dir=folder, secret_key="k" * 48)
    made = create_app(settings, Database(nowhere))
    made.jinja_env.bytecode_cache = compiled_pages
    return made


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings, database: Database) -> Flask:
    """The application over the test's database; nobody has tried to log in yet.

    A test that changes it is marked `own_app` and gets a new one.
    """
    if request.node.get_closest_marker("own_app"):
        return create_app(settings, database)
    made = request.getfixturevalue("built")
    beside = made.extensions[API]
    made.extensions[EXTENSION] = beside.extensions[EXTENSION] = Running(settings, database)
    made.extensions.pop(SHELF, None)
    limits.install(beside)
    for limiter in made.extensions["limiter"]:
        limiter.reset()
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
