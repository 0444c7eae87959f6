"""Work that renewed components, from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.roles import Actor
from app.inputs.imports import ImportOptions
from app.inputs.records import Known, RecordService
from app.services import records
from app.services.imports import history
from app.services.imports.kind import AT, CLOCK, COMPONENT, MACHINE, Field, Kind, Reads, names
from app.services.imports.table import Columns, Record, Table, flag
from app.services.imports.tables import Tables, add

COLUMNS = Columns(history.REQUIRED, ("component", "activity", "planned", "condition_found"))


def add_services(
    understood: history.History, rows: Iterable[Record], *, known: Known, now: datetime, by: Actor
) -> None:
    """Store what can be read; the other rows are counted as rejected."""
    given, numbers = history.parsed(
        understood, rows, partial(_service, understood), table="services"
    )
    register = understood.register
    counts = records.add_services(register.session, services=given, known=known, now=now, by=by)
    add(register.tables, "services", history.in_file(counts, numbers))


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
    """Services of the site's machines."""
    understood = history.of_site(session, options=options, now=now, by=by, site_id=site_id)
    add_services(understood, table.records(mapping), known=options.known, now=now, by=by)
    return understood.register.tables


def _service(understood: history.History, row: Record) -> RecordService:
    cells = row.cells
    own: dict[str, object] = {
        name: cells[name].lower() for name in ("activity", "condition_found") if name in cells
    }
    if "planned" in cells:
        own["is_planned"] = _planned(cells["planned"])
    return RecordService.parse(understood.common(row) | own)


def _planned(text: str) -> bool:
    if text.lower() in PLANNED_WORDS:
        return PLANNED_WORDS[text.lower()]
    try:
        return flag(text)
    except InvalidInput as trouble:
        raise InvalidInput({"planned": trouble.fields["value"]}) from None


PLANNED_WORDS = {
    "planned": True,
    "preventive": True,
    "pm": True,
    "unplanned": False,
    "corrective": False,
    "cm": False,
    "breakdown": False,
}
KIND = Kind(
    code="services",
    name="Services",
    explains="Work that renewed something: replacements, overhauls, refits. It resets the age.",
    fields=(
        MACHINE,
        AT,
        CLOCK,
        COMPONENT,
        Field(
            "activity",
            "Activity",
            "replace, repair, overhaul, refit, adjust, service ...; replace when left out.",
            synonyms=names(
                "action, work, work type, maintenance type, tatigkeit, massnahme, activity type"
            ),
        ),
        Field(
            "planned",
            "Planned",
            "yes or no (preventive, corrective); yes when left out.",
            synonyms=names("is planned, planned work, order type, geplant, auftragsart"),
            reads=Reads.FLAG,
        ),
        Field(
            "condition_found",
            "Condition found",
            "good, worn, degraded or failed.",
            synonyms=names("condition, as found, finding, zustand, befund"),
        ),
    ),
    run=run,
    example=(
        "equipment,at,component,activity,planned,condition_found",
        "P-101,2026-01-31 01:00,bearing,replace,no,failed",
        "P-102,2026-02-14 08:30,seal,replace,yes,worn",
        "C-201,2026-05-02 07:00,,overhaul,yes,good",
    ),
    adds="Add components that a class does not have yet",
)
