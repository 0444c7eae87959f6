"""What every test may ask for: a database of either make, settings, a plant and its people."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.pool import NullPool

from app.config import Settings
from app.db import Base, Database
from app.domain.roles import Actor
from tests.plant import Plant

DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
ENGINES = ("sqlite", "postgresql")
_log = logging.getLogger(__name__)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Passwords are hashed for real, only with the lowest cost."""
    from app.services import passwords

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", cheap)
        yield


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with every table; each test gets its own copy."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    made = Database(f"sqlite:///{path}", pooled=False)
    with made.engine.begin() as connection:
        Base.metadata.create_all(connection)
    with made.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Database]:
    """One throw-away PostgreSQL database for the whole session."""
    server = _postgres_server()
    name = f"forewarn_test_{secrets.token_hex(6)}"
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        # Nobody pulls this plug: a commit need not wait for the disk.
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    made = Database(server.url.set(database=name).render_as_string(hide_password=False))
    Base.metadata.create_all(made.engine)
    yield made
    made.dispose()
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.dispose()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        made: Database = request.getfixturevalue("_postgres")
        yield made
        _empty(made)
        return
    path = tmp_path / "forewarn.db"
    shutil.copy(request.getfixturevalue("_sqlite_template"), path)
    made = Database(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of an installation that uses the test's database."""
    return Settings(database_url=database.url, data_dir=tmp_path, secret_key="k" * 48)


@pytest.fixture
def now() -> datetime:
    """A Monday morning at the plant."""
    return datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def make(database: Database, now: datetime) -> Plant:
    """Makes sites, machines, people and orders in the test's database."""
    return Plant(database, now)


@pytest.fixture
def ann(make: Plant) -> Actor:
    """The planner."""
    return make.user("ann", "planner")


@pytest.fixture
def tom(make: Plant) -> Actor:
    """The technician of the mechanics."""
    return make.user("tom", "technician", team="mechanics")


@pytest.fixture
def eve(make: Plant) -> Actor:
    """The viewer."""
    return make.user("eve", "viewer")


@pytest.fixture
def adam(make: Plant) -> Actor:
    """The administrator, at home at every site."""
    return make.user("adam", "admin", site=None)


def _postgres_server() -> sa.Engine:
    """The server to use; without one the test is skipped loudly (with CI set: fails)."""
    url = os.environ.get("FOREWARN_TEST_POSTGRES_URL") or DEFAULT_POSTGRES
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    server = sa.create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    try:
        server.connect().close()
    except sa.exc.OperationalError as trouble:
        reason = f"no PostgreSQL answers (FOREWARN_TEST_POSTGRES_URL): {trouble.orig}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        _log.warning("NOT TESTED ON POSTGRESQL: %s", reason)
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {reason}")
    return server


def _empty(made: Database) -> None:
    """Delete every row, children first, and count ids from 1 again (TRUNCATE takes 10 x longer)."""
    deletes = [f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables)]
    with made.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        connection.exec_driver_sql("; ".join(deletes))
        used = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
        names = connection.exec_driver_sql(used).scalars().all()
        restarts = [f'ALTER SEQUENCE "{name}" RESTART' for name in names]
        connection.exec_driver_sql("; ".join(restarts) or "SELECT 1")
