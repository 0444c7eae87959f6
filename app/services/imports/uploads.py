"""Deeds about files on their way in: received, explained, discarded. Content is kept packed."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy.orm import Session

from app.db.imports import ImportFile, ImportState
from app.domain.errors import InvalidInput, NotFound, RuleBroken, Stale
from app.domain.roles import Actor
from app.inputs.imports import MapFile
from app.services import audit, places
from app.services.imports import mapping, readings
from app.services.imports.csvfile import CsvFile, open_csv
from app.services.imports.kinds import kind_of
from app.services.imports.proposal import propose
from app.services.imports.source import GZIP, in_memory

LONGEST_NAME = 120
OPEN_STATES = (ImportState.UPLOADED, ImportState.CHECKED)


class FileIsOver(RuleBroken):
    """The file was imported or discarded; nothing can be done with it any more."""

    code = "file_is_over"


def receive(
    session: Session,
    *,
    kind: str,
    name: str,
    content: bytes,
    site_id: int,
    now: datetime,
    by: Actor,
) -> int:
    """Keep a file with what it probably means; return its id. Raise InvalidInput for no CSV."""
    known = kind_of(kind)
    places.require_site(session, site_id=site_id, by=by)
    name = PurePath(name.replace("\\", "/")).name.strip()[:LONGEST_NAME] or f"{kind}.csv"
    file = open_csv(in_memory(name, content))
    if not file.first(1):
        raise InvalidInput({name: "has a header and no rows"})
    _, points = readings.points_of(session, by=by, site_id=site_id)
    meant = propose(file, known, points)
    row = ImportFile(
        kind=kind,
        name=name,
        digest=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content if content.startswith(GZIP) else gzip.compress(content, 1),
        site_id=site_id,
        uploaded_at=now,
        uploaded_by_id=by.id,
        state=ImportState.UPLOADED,
        mapping=meant.mapping,
        options=meant.options.model_dump(mode="json"),
        report={},
    )
    session.add(row)
    session.flush()
    facts = {"kind": kind, "name": name, "size": len(content), "digest": row.digest}
    _note(session, row, "upload", facts, now=now, by=by)
    return row.id


def explain(
    session: Session,
    *,
    import_id: int,
    given: MapFile,
    now: datetime,
    by: Actor,
) -> None:
    """Say what the columns are; what was checked before counts no more. Raise InvalidInput."""
    row = require_open(session, import_id=import_id, by=by)
    file = opened(row)
    unknown = set(given.mapping) - set(file.columns)
    if unknown:
        raise InvalidInput({"mapping": f"The file has no column {min(unknown)!r}."})
    mapping.check(given.mapping, kind_of(row.kind))
    said = {"mapping": given.mapping, "options": given.options.model_dump(mode="json")}
    if said == {"mapping": row.mapping, "options": row.options}:
        return
    row.mapping, row.options = said["mapping"], said["options"]
    row.state, row.report = ImportState.UPLOADED, {}
    session.flush()
    _note(session, row, "map", said, now=now, by=by)


def discard(session: Session, *, import_id: int, now: datetime, by: Actor) -> None:
    """Throw the content away; nothing of it was imported."""
    row = require_open(session, import_id=import_id, by=by)
    row.state, row.content, row.finished_at = ImportState.DISCARDED, None, now
    session.flush()
    _note(session, row, "discard", {}, now=now, by=by)


def finish(
    session: Session,
    *,
    import_id: int,
    report: dict[str, Any],
    is_dry_run: bool,
    expected_version: int,
    now: datetime,
    by: Actor,
) -> None:
    """Keep the report of a check or of the import itself; after the latter the content goes.

    Raise Stale when somebody explained the columns otherwise while a check was going on.
    """
    row = require_open(session, import_id=import_id, by=by)
    if is_dry_run and row.version != expected_version:
        raise Stale("The columns were explained otherwise meanwhile; check again.")
    row.report = report
    row.state = ImportState.CHECKED if is_dry_run else ImportState.FINISHED
    if not is_dry_run:
        row.content, row.finished_at = None, now
    session.flush()
    _note(session, row, "check" if is_dry_run else "import", _totals(report), now=now, by=by)


def require_file(session: Session, *, import_id: int, by: Actor) -> ImportFile:
    """The file, when its site is one this actor may see; raise NotFound."""
    row = session.get(ImportFile, import_id)
    if row is None or not by.scope.sees(row.site_id):
        raise NotFound(f"There is no import {import_id}.")
    return row


def require_open(session: Session, *, import_id: int, by: Actor) -> ImportFile:
    """The file, when something can still be done with it; raise NotFound or FileIsOver."""
    row = require_file(session, import_id=import_id, by=by)
    if row.state not in OPEN_STATES:
        raise FileIsOver(f"{row.name} was {row.state.value} already.")
    return row


def opened(row: ImportFile) -> CsvFile:
    """The file's text; its content is still there."""
    assert row.content is not None
    return open_csv(in_memory(row.name, row.content))


def _totals(report: dict[str, Any]) -> dict[str, Any]:
    tables = report.get("tables", {})
    return {t: {k: n for k, n in counts.items() if k != "problems"} for t, counts in tables.items()}


def _note(
    session: Session,
    row: ImportFile,
    action: str,
    facts: dict[str, Any],
    *,
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity="import_file",
        entity_id=row.id,
        action=action,
        changes=facts,
        now=now,
        by=by,
    )
