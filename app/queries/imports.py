"""Files on their way in, and the reports of those that came in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.imports import ImportFile, ImportState
from app.db.places import Site
from app.db.users import AppUser
from app.domain.batches import Verdict
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.predictions import seen

SHOWN_ROWS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A problem of a row of the file."""

    table: str
    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Problems that are told in the same words: how many are listed, and the first rows."""

    table: str
    column: str
    reason: str
    number: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the rows for one table."""

    table: str
    counts: Mapping[str, int]

    @property
    def sent(self) -> int:
        """Rows in all."""
        return sum(self.counts.values())

    @property
    def is_clean(self) -> bool:
        """Whether every row was taken, or had been before."""
        good = self.counts[Verdict.ACCEPTED] + self.counts[Verdict.DUPLICATE]
        return good == self.sent


@dataclass(frozen=True, slots=True)
class ImportView:
    """A file. `tables` is the report of the last check, or of the import itself."""

    id: int
    kind: str
    name: str
    size: int
    site: str
    uploaded_at: datetime
    uploaded_by: str
    state: ImportState
    finished_at: datetime | None
    tables: tuple[Told, ...]
    problems: tuple[Line, ...]
    seconds: float | None
    version: int

    @property
    def is_open(self) -> bool:
        """Whether something can still be done with it."""
        return self.state in (ImportState.UPLOADED, ImportState.CHECKED)

    @property
    def alike(self) -> list[Alike]:
        """The listed problems by what they say, the most frequent first."""
        found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for line in self.problems:
            found[line.table, line.column, line.reason].append(line.row)
        groups = [Alike(*said, len(rows), tuple(rows[:SHOWN_ROWS])) for said, rows in found.items()]
        return sorted(groups, key=lambda group: -group.number)


def imports(session: Session, *, scope: Scope, after: str | None = None) -> Page[ImportView]:
    """Files of the sites in sight, the newest first."""
    asked = _asked().where(seen(ImportFile.site_id, scope)).order_by(ImportFile.id.desc())
    key = read_key(after, int)
    if key is not None:
        asked = asked.where(ImportFile.id < key[0])
    rows = [_view(*row) for row in session.execute(asked.limit(PAGE_ROWS + 1))]
    return page(rows, limit=PAGE_ROWS, key=lambda row: (row.id,))


def import_view(session: Session, *, scope: Scope, import_id: int) -> ImportView:
    """One file; raise NotFound."""
    asked = _asked().where(ImportFile.id == import_id, seen(ImportFile.site_id, scope))
    row = session.execute(asked).one_or_none()
    if row is None:
        raise NotFound(f"There is no import {import_id}.")
    return _view(*row)


def same_before(session: Session, *, scope: Scope, import_id: int) -> ImportView | None:
    """The same content, imported as the same kind at the same site before."""
    this = aliased(ImportFile)
    asked = (
        _asked()
        .join(
            this,
            sa.and_(
                this.digest == ImportFile.digest,
                this.kind == ImportFile.kind,
                this.site_id == ImportFile.site_id,
            ),
        )
        .where(
            this.id == import_id,
            ImportFile.id != import_id,
            ImportFile.state == ImportState.FINISHED,
            seen(ImportFile.site_id, scope),
        )
        .order_by(ImportFile.id.desc())
        .limit(1)
    )
    row = session.execute(asked).one_or_none()
    return None if row is None else _view(*row)


def _asked() -> sa.Select[ImportFile, str, str]:
    return (
        sa.select(ImportFile, Site.name, AppUser.display_name)
        .join(Site, Site.id == ImportFile.site_id)
        .outerjoin(AppUser, AppUser.id == ImportFile.uploaded_by_id)
    )


def _view(row: ImportFile, site: str, by: str | None) -> ImportView:
    tables: dict[str, Any] = row.report.get("tables", {})
    return ImportView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        size=row.size,
        site=site,
        uploaded_at=row.uploaded_at,
        uploaded_by=by or "",
        state=row.state,
        finished_at=row.finished_at,
        tables=tuple(
            Told(table, {v.value: counts[v.value] for v in Verdict})
            for table, counts in tables.items()
        ),
        problems=tuple(
            Line(table, *problem)
            for table, counts in tables.items()
            for problem in counts["problems"]
        ),
        seconds=row.report.get("seconds"),
        version=row.version,
    )
