"""The transactions of an import, which may be too large for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.db import Database


class Pieces:
    """A big import commits piece by piece; a dry run is one transaction that is undone."""

    def __init__(self, database: Database, *, is_dry_run: bool) -> None:
        self._database = database
        self._is_dry_run = is_dry_run
        self._session: Session | None = None

    @contextmanager
    def whole(self) -> Iterator[Pieces]:
        """Around everything; undoes a dry run at the end."""
        if not self._is_dry_run:
            yield self
            return
        try:
            with self._database.transaction() as self._session:
                yield self
                raise _Undo
        except _Undo:
            self._session = None

    @contextmanager
    def piece(self) -> Iterator[Session]:
        """Around what is committed together."""
        if self._session is not None:
            yield self._session
            return
        with self._database.transaction() as session:
            yield session


class _Undo(Exception):
    """Ends a dry run; never leaves this file."""
