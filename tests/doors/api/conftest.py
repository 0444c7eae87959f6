"""The API as a program meets it: the real application, over the test's database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest
from flask import Flask

from app.db import Database
from app.domain.roles import system
from app.factory import API
from app.inputs.users import CreateToken
from app.services import users
from tests.doors.api.program import Program
from tests.plant import Plant

Connect = Callable[..., Program]


@pytest.fixture
def api(app: Flask) -> Flask:
    """The application below /api/v1."""
    found: Flask = app.extensions[API]
    return found


@pytest.fixture
def connect(app: Flask, database: Database, make: Plant, now: datetime) -> Connect:
    """A program with a new token of a scope, for one site or (None) for all."""
    numbers = count(1)

    def with_token(
        scope: str, site: str | None = "north", *, expires_at: datetime | None = None
    ) -> Program:
        given = CreateToken(
            name=f"{scope} {next(numbers)}",
            scope=scope,  # type: ignore[arg-type]
            site_id=None if site is None else make.site(site).id,
            expires_at=expires_at,
        )
        with database.transaction() as session:
            plain = users.create_token(session, token=given, now=now, by=system("test"))
        return Program(app.test_client(), plain)

    return with_token


@pytest.fixture
def reader(connect: Connect) -> Program:
    """A program that reads at the site north."""
    return connect("read")


@pytest.fixture
def writer(connect: Connect) -> Program:
    """A program that does everything at the site north."""
    return connect("write")


@pytest.fixture
def historian(connect: Connect) -> Program:
    """A program that delivers readings of the site north."""
    return connect("ingest")
