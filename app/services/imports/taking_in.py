"""A whole file: checked without a trace, or brought in piece by piece with a report kept.

Like the conveyor of the night it opens its own transactions: a million readings are too many for
one. An import that was interrupted is simply done again: what was taken counts as duplicate.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.db import Database
from app.db.imports import ImportState
from app.domain.batches import Counts, Verdict
from app.domain.errors import RuleBroken
from app.domain.roles import Actor
from app.inputs.imports import ImportOptions
from app.services.imports import mapping, readings, uploads
from app.services.imports.csvfile import CsvFile
from app.services.imports.kind import Kind
from app.services.imports.kinds import kind_of
from app.services.imports.pieces import Pieces
from app.services.imports.table import Table
from app.services.imports.tables import Tables, merge

GIVEN_UP_AFTER = timedelta(minutes=15)
BEGUN = "begun_at"


class AlreadyGoingOn(RuleBroken):
    """Somebody is importing this file right now."""

    code = "already_going_on"


@dataclass(frozen=True, slots=True)
class Given:
    """A file with everything that is needed to take it in."""

    import_id: int
    kind: Kind
    file: CsvFile
    mapping: dict[str, str]
    options: ImportOptions
    site_id: int
    version: int


def check(database: Database, *, import_id: int, now: datetime, by: Actor) -> Tables:
    """A dry run of the whole file; its report is kept, its rows are not."""
    return _run(database, import_id, is_dry_run=True, now=now, by=by)


def take_in(database: Database, *, import_id: int, now: datetime, by: Actor) -> Tables:
    """The import itself. Raise AlreadyGoingOn, or RuleBroken when it was not checked."""
    return _run(database, import_id, is_dry_run=False, now=now, by=by)


def report_of(tables: Tables, *, seconds: float, now: datetime) -> dict[str, Any]:
    """The report as it is kept."""
    told = {
        table: {verdict.value: getattr(counts, verdict) for verdict in Verdict}
        | {"problems": [[p.row, p.column, p.reason] for p in counts.problems]}
        for table, counts in tables.items()
    }
    return {"tables": told, "seconds": round(seconds, 2), "at": now.isoformat()}


def pieces_of(given: Given) -> Iterator[Table]:
    """The rows in pieces that are committed together."""
    kind, file = given.kind, given.file
    if kind.rows_a_piece is None:
        yield Table(file.columns, list(file.rows()), file.name)
        return
    rows = kind.rows_a_piece
    if kind.code == readings.KIND.code:
        rows = readings.piece_rows(given.mapping)
    for chunk in file.chunks(rows):
        yield Table(file.columns, chunk, file.name)


def given_by(database: Database, import_id: int, *, by: Actor) -> Given:
    """The file as it was explained; raise NotFound or FileIsOver."""
    with database.reading() as session:
        row = uploads.require_open(session, import_id=import_id, by=by)
        options = {name: value for name, value in row.options.items() if name != BEGUN}
        return Given(
            row.id,
            kind_of(row.kind),
            uploads.opened(row),
            dict(row.mapping),
            ImportOptions.model_validate(options),
            row.site_id,
            row.version,
        )


def _run(
    database: Database, import_id: int, *, is_dry_run: bool, now: datetime, by: Actor
) -> Tables:
    given = given_by(database, import_id, by=by)
    mapping.check(given.mapping, given.kind)
    if not is_dry_run:
        _begin(database, import_id, now=now, by=by)
    start = time.monotonic()
    try:
        tables = _rows_in(database, given, is_dry_run=is_dry_run, now=now, by=by)
    except Exception:
        if not is_dry_run:
            _end(database, import_id, by=by)
        raise
    report = report_of(tables, seconds=time.monotonic() - start, now=now)
    with database.transaction() as session:
        uploads.finish(
            session,
            import_id=import_id,
            report=report,
            is_dry_run=is_dry_run,
            expected_version=given.version,
            now=now,
            by=by,
        )
    return tables


def _rows_in(
    database: Database, given: Given, *, is_dry_run: bool, now: datetime, by: Actor
) -> Tables:
    tables: Tables = {given.kind.code: Counts()}
    with Pieces(database, is_dry_run=is_dry_run).whole() as pieces:
        for table in pieces_of(given):
            with pieces.piece() as session:
                found = given.kind.run(
                    session,
                    table=table,
                    mapping=given.mapping,
                    options=given.options,
                    now=now,
                    by=by,
                    site_id=given.site_id,
                )
            merge(tables, found)
    return tables


def _begin(database: Database, import_id: int, *, now: datetime, by: Actor) -> None:
    """Of two people who press the button one goes on; one who crashed is forgotten in time."""
    with database.transaction() as session:
        row = uploads.require_open(session, import_id=import_id, by=by)
        session.refresh(row, with_for_update=True)
        begun = row.options.get(BEGUN)
        if begun and now - datetime.fromisoformat(begun) < GIVEN_UP_AFTER:
            raise AlreadyGoingOn(f"{row.name} is being imported right now.")
        if row.state is not ImportState.CHECKED:
            raise RuleBroken(f"Check {row.name} first, then import it.")
        row.options = {**row.options, BEGUN: now.isoformat()}


def _end(database: Database, import_id: int, *, by: Actor) -> None:
    """It failed: somebody may try again at once."""
    with database.transaction() as session:
        row = uploads.require_open(session, import_id=import_id, by=by)
        row.options = {name: value for name, value in row.options.items() if name != BEGUN}
