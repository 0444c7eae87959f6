"""What an import tells: counts per table, every problem by row, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from app.db import Database
from app.domain.batches import Counts, Verdict

SHOWN_PROBLEMS = 20
Tables = dict[str, Counts]


def add(tables: Tables, table: str, counts: Counts) -> None:
    """Add counts to a table's row of the report."""
    tables[table] = tables.get(table, Counts()) + counts


def finish(tables: Tables, *, as_json: bool, is_dry_run: bool) -> None:
    """Print the report and leave: 0 when every row was taken or known before, else 1."""
    if as_json:
        click.echo(json.dumps({table: _document(counts) for table, counts in tables.items()}))
    else:
        click.echo(_text(tables, is_dry_run), nl=False)
    sys.exit(0 if all(counts.is_clean for counts in tables.values()) else 1)


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


def _document(counts: Counts) -> dict[str, Any]:
    numbers = {verdict.value: getattr(counts, verdict) for verdict in Verdict}
    problems = [
        {"row": problem.row, "column": problem.column, "reason": problem.reason}
        for problem in counts.problems
    ]
    return {**numbers, "problems": problems}


def _text(tables: Tables, is_dry_run: bool) -> str:
    lines = ["Dry run: nothing was kept."] if is_dry_run else []
    for table, counts in tables.items():
        told = ", ".join(f"{getattr(counts, v):,} {v}" for v in Verdict if getattr(counts, v))
        lines.append(f"{table}: {told or 'no rows'}")
        for problem in counts.problems[:SHOWN_PROBLEMS]:
            said = f"{problem.column} {problem.reason}".strip()
            lines.append(f"  row {problem.row}: {said}")
        hidden = counts.conflict + counts.quarantined + counts.rejected - SHOWN_PROBLEMS
        if hidden > 0:
            lines.append(f"  and {hidden:,} more (--json lists up to 1,000)")
    return "".join(f"{line}\n" for line in lines)
