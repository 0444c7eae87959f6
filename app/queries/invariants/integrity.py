"""Is the database itself healthy? PostgreSQL watches its references and pages by itself."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session


def damage(session: Session) -> Iterator[str]:
    """What SQLite finds wrong with its file."""
    if _is_sqlite(session):
        for (said,) in session.execute(sa.text("PRAGMA integrity_check(20)")):
            if said != "ok":
                yield str(said)


def dangling_references(session: Session) -> Iterator[str]:
    """Rows whose foreign key points at nothing."""
    if _is_sqlite(session):
        for table, row_id, parent, _ in session.execute(sa.text("PRAGMA foreign_key_check")):
            yield f"{table} {row_id} points at a row of {parent} that is not there"


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
