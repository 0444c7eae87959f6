"""Losses of function from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.inputs.imports import ImportOptions
from app.inputs.records import Known, RecordFailure
from app.services import records
from app.services.imports import history
from app.services.imports.kind import AT, CLOCK, COMPONENT, MACHINE, Field, Kind, names
from app.services.imports.table import Columns, Record, Table
from app.services.imports.tables import Tables, add

COLUMNS = Columns(history.REQUIRED, ("component", "mode", "mechanism"))


def add_failures(
    understood: history.History, rows: Iterable[Record], *, known: Known, now: datetime, by: Actor
) -> None:
    """Store what can be read; the other rows are counted as rejected."""
    given, numbers = history.parsed(
        understood, rows, partial(_failure, understood), table="failures"
    )
    register = understood.register
    counts = records.add_failures(register.session, failures=given, known=known, now=now, by=by)
    add(register.tables, "failures", history.in_file(counts, numbers))


def run(
    session: Session,
    *,
    table: Table,
    mapping: Mapping[str, str],
    options: ImportOptions,
    now: datetime,
    by: Actor,
    site_id: int,
) -> Tables:
    """Failures of the site's machines."""
    understood = history.of_site(session, options=options, now=now, by=by, site_id=site_id)
    add_failures(understood, table.records(mapping), known=options.known, now=now, by=by)
    return understood.register.tables


def _failure(understood: history.History, row: Record) -> RecordFailure:
    own = {name: row.cells[name] for name in ("mode", "mechanism") if name in row.cells}
    return RecordFailure.parse(understood.common(row) | own)


KIND = Kind(
    code="failures",
    name="Failures",
    explains="When machines lost their function: what Forewarn learns to see coming.",
    fields=(
        MACHINE,
        AT,
        CLOCK,
        COMPONENT,
        Field(
            "mode",
            "Failure mode",
            "A short code as in ISO 14224, such as VIB or ELP.",
            synonyms=names(
                "failure mode, mode code, damage code, failure code, schadensbild, fehlercode"
            ),
        ),
        Field(
            "mechanism",
            "Mechanism",
            "What broke it, such as wear, corrosion, breakage.",
            synonyms=names(
                "failure mechanism, cause, cause code, root cause, ursache, schadensursache"
            ),
        ),
    ),
    run=run,
    example=(
        "equipment,at,component,mode,mechanism",
        "P-101,2026-01-30 18:42,bearing,VIB,wear",
        "P-102,2026-03-16 12:00,seal,ELP,breakage",
        "C-201,2026-04-28 10:26,,,",
    ),
    adds="Add components that a class does not have yet",
)
