"""Alembic's way in. It builds an engine of its own, on purpose.

A batch change of a parent table drops and recreates it; with SQLite's foreign keys on, that would
delete every child row. So this engine never says PRAGMA foreign_keys=ON.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from app.db import Base

config = context.config


def include_object(_item: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Compare our own tables only."""
    return kind != "table" or name in Base.metadata.tables or name == "alembic_version"


def run() -> None:
    """Migrate in one transaction (PostgreSQL and SQLite both roll back schema changes)."""
    engine = sa.create_engine(config.get_main_option("sqlalchemy.url"), poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _manual_begin)
        sa.event.listen(engine, "begin", _begin_at_once)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            include_object=include_object,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def _manual_begin(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]


def _begin_at_once(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


run()
