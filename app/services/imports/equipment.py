"""Machines from a file; sites, classes, places and crews they name are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.batches import Counts
from app.domain.equipment import Criticality
from app.domain.errors import ForewarnError, InvalidInput
from app.domain.roles import Actor
from app.inputs.equipment import CreateClass, CreateEquipment
from app.inputs.imports import ImportOptions
from app.inputs.readings import numbers
from app.services.imports.codes import code_of
from app.services.imports.days import day
from app.services.imports.kind import Field, Kind, Reads, names
from app.services.imports.register import Register
from app.services.imports.table import Columns, Record, Table, refused
from app.services.imports.tables import Tables, add

PLAIN = (
    "tag",
    "name",
    "criticality",
    "status",
    "make",
    "model",
    "serial",
    "installed_on",
    "downtime_cost_per_hour",
)
ATTRIBUTE = "attribute."
LONGEST_NAME = 120
COLUMNS = Columns(
    required=("tag", "class"),
    optional=(*PLAIN[1:], "site", "location", "team"),
    prefix=ATTRIBUTE,
)
# How plants write what we call A, B and C.
CRITICALITIES = {"1": "A", "2": "B", "3": "C", "high": "A", "medium": "B", "low": "C"}


def register_machines(
    register: Register, records: Iterable[Record], *, site: str | None, timezone: str
) -> None:
    """Add what is new; a row's own site wins over *site*, a new site keeps time by *timezone*."""
    add(register.tables, "equipment", Counts())
    for record in records:
        try:
            if record.trouble:
                raise InvalidInput({"row": record.trouble})
            register.equipment(_machine(register, record, site, timezone), record.row)
        except InvalidInput as trouble:
            add(register.tables, "equipment", refused(record, trouble))
        except ForewarnError as trouble:
            add(register.tables, "equipment", refused(record, str(trouble)))


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
    """Machines of one site; classes, places and crews are added where *options* says so."""
    register = Register(session, now=now, by=by)
    code = next(code for code, known in register.sites().items() if known == site_id)
    records = (_plainer(register, record, options) for record in table.records(mapping))
    register_machines(register, records, site=code, timezone="UTC")
    return register.tables


def _machine(
    register: Register, record: Record, site: str | None, timezone: str
) -> CreateEquipment:
    cells = record.cells
    missing = {name: "is empty" for name in COLUMNS.required if name not in cells}
    if missing:
        raise InvalidInput(missing)
    site_id = register.site(cells.get("site") or site or register.usual_site(), timezone=timezone)
    given: dict[str, Any] = {name: cells[name] for name in PLAIN if name in cells}
    given |= {
        "name": cells.get("name") or cells["tag"],
        "site_id": site_id,
        "equipment_class_id": register.equipment_class(cells["class"]),
        "attributes": _attributes(cells),
    }
    if "location" in cells:
        given["location_id"] = register.location(site_id, cells["location"])
    if "team" in cells:
        given["team_id"] = register.team(site_id, cells["team"])
    return CreateEquipment.parse(given)


def _attributes(cells: dict[str, str]) -> dict[str, float | str]:
    """What the predictor may use beside the readings; numbers as numbers."""
    found: dict[str, float | str] = {}
    for name, text in cells.items():
        if name.startswith(ATTRIBUTE):
            read = numbers([text])
            value = text if read.problems else float(read.values[0])
            found[name.removeprefix(ATTRIBUTE)] = value
    return found


def _plainer(register: Register, record: Record, options: ImportOptions) -> Record:
    """The row in our own words: codes, days, decimal points; a trouble says what is none."""
    cells, troubles = dict(record.cells), {}
    if "class" in cells:
        cells["class"] = register.known_class(cells["class"]) or code_of(cells["class"])
        if cells["class"] not in register.classes() and not options.adds:
            troubles["class"] = f"{record.cells['class']!r} is not known"
        elif cells["class"] not in register.classes() and cells["class"]:
            named = {"code": cells["class"], "name": record.cells["class"][:LONGEST_NAME]}
            register.equipment_class(cells["class"], CreateClass.parse(named))
    if "location" in cells:
        cells["location"] = code_of(cells["location"])
    if "criticality" in cells:
        cells["criticality"] = criticality(cells["criticality"])
    if "status" in cells:
        cells["status"] = cells["status"].lower().replace(" ", "_")
    if "installed_on" in cells:
        cells["installed_on"] = day(cells["installed_on"], options.dates)
    if "downtime_cost_per_hour" in cells and options.decimal_comma:
        cells["downtime_cost_per_hour"] = cells["downtime_cost_per_hour"].replace(",", ".")
    if troubles and not record.trouble:
        said = "; ".join(f"{name} {why}" for name, why in troubles.items())
        return Record(record.row, cells, said)
    return Record(record.row, cells, record.trouble)


def criticality(text: str) -> str:
    """A, B or C, from 1 to 3 or from words; other text stays and will be refused."""
    known = {code.value for code in Criticality}
    return CRITICALITIES.get(text.lower(), text.upper() if text.upper() in known else text)


KIND = Kind(
    code="equipment",
    name="Equipment",
    explains="The machines of the plant, one a row. Everything else refers to them by tag.",
    fields=(
        Field(
            "tag",
            "Tag",
            "What the plant calls the machine; once per site.",
            is_required=True,
            synonyms=names(
                "asset, asset id, asset number, asset tag, machine, machine id, "
                "equipment, equipment id, equipment number, equipment tag, "
                "functional location, position, kks, id, anlage, maschine, "
                "equipment nr, anlagennummer, technischer platz, tplnr"
            ),
        ),
        Field(
            "class",
            "Class",
            "The kind of machine; machines of one class learn from each other.",
            is_required=True,
            synonyms=names(
                "type, equipment type, equipment class, machine type, asset type, "
                "asset class, category, group, object type, typ, art, klasse, "
                "maschinentyp, anlagentyp"
            ),
        ),
        Field(
            "name",
            "Name",
            "In words; the tag when left out.",
            synonyms=names(
                "description, machine name, asset name, equipment name, bezeichnung, "
                "beschreibung, benennung"
            ),
        ),
        Field(
            "location",
            "Place",
            "Where it stands.",
            synonyms=names(
                "location, area, building, hall, line, plant area, standort, halle, "
                "ort, bereich, linie, gebaude"
            ),
        ),
        Field(
            "team",
            "Crew",
            "Who looks after it; order budgets count per crew.",
            synonyms=names(
                "team, work center, planner group, maintenance team, gewerk, "
                "responsible, zustandig, instandhaltung, arbeitsplatz"
            ),
        ),
        Field(
            "criticality",
            "Criticality",
            "A, B or C (1, 2, 3 or high, medium, low); B when left out.",
            synonyms=names("abc, abc indicator, priority, kritikalitat, abc kennzeichen"),
        ),
        Field(
            "status",
            "Status",
            "in service, standby, out of service or retired; in service when left out.",
        ),
        Field("make", "Make", "Who built it.", synonyms=names("manufacturer, vendor, hersteller")),
        Field(
            "model",
            "Model",
            "The maker's name of the model.",
            synonyms=names("model number, type designation, modell, typbezeichnung"),
        ),
        Field(
            "serial",
            "Serial number",
            "As on the plate.",
            synonyms=names("serial no, serial nr, sn, s n, seriennummer, serien nr"),
        ),
        Field(
            "installed_on",
            "Installed on",
            "Since when it runs there: its age counts from this day.",
            synonyms=names(
                "installed, installation date, install date, commissioned, "
                "commissioning date, start up date, in service since, inbetriebnahme, "
                "inbetriebnahmedatum, baujahr, built, year built"
            ),
            reads=Reads.DAY,
        ),
        Field(
            "downtime_cost_per_hour",
            "Cost of an hour down",
            "In the plant's currency.",
            synonyms=names("downtime cost, cost per hour, stillstandskosten, ausfallkosten"),
            reads=Reads.NUMBER,
        ),
    ),
    run=run,
    example=(
        "tag,name,class,location,team,criticality,make,model,serial,installed_on",
        "P-101,Cooling water pump 1,pump,Pump house,Utilities,A,Norvik,N4-125,NO53306,2022-12-02",
        "P-102,Cooling water pump 2,pump,Pump house,Utilities,B,Norvik,N4-125,NO53307,2022-12-02",
        "C-201,Instrument air compressor,compressor,Air station,Utilities,A,Tolvan,T90,,2019-05-20",
    ),
    adds="Add classes, places and crews that are not known yet",
)
