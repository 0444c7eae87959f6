"""Real maintenance histories: orders of another system, with what their texts seem to say.

A proposal is made for each order, nothing is decided: all of them wait for a label review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.batches import Counts
from app.domain.errors import ForewarnError, InvalidInput
from app.domain.instants import from_micros
from app.domain.order_text import propose, type_of
from app.domain.roles import Actor
from app.domain.work_orders import OrderType
from app.inputs.equipment import CreateEquipment
from app.inputs.imports import ImportOptions
from app.inputs.label_reviews import ImportWorkOrder
from app.inputs.readings import numbers
from app.inputs.records import Known
from app.queries import registry
from app.services.imports.history import in_file
from app.services.imports.kind import Kind
from app.services.imports.moments import joined, moments
from app.services.imports.order_components import Vocabulary, names_in
from app.services.imports.order_fields import EXAMPLE, FIELDS
from app.services.imports.register import Register
from app.services.imports.table import Record, Table, flag, refused
from app.services.imports.tables import Tables, add
from app.services.work_orders.importing import import_orders

TABLE = "work-orders"
# What files write where they have nothing to say.
BLANKS = frozenset({"na", "n/a", "#n/a", "#name?", "#value!", "-", "--", "null", "none", "nan"})
LONGEST_TITLE = 200
_FACTS = {
    "place": "Functional location",
    "component": "Component",
    "part": "Part",
    "mode": "Failure mode",
    "note": "Note",
}


@dataclass(frozen=True, slots=True)
class Understood:
    """How the rows of a file are to be understood, and what they may add.

    *new_class* is the class of machines that nobody knows yet; a row's own class wins. None and no
    class in the row: such a row is refused. *types* are the plant's own codes of order types.
    """

    register: Register
    site_id: int
    dates: str | None = None
    zone: str | None = None
    decimal_comma: bool = False
    adds_components: bool = False
    adds_machines: bool = False
    new_class: str | None = None
    types: Mapping[str, OrderType] = field(default_factory=dict)


def add_orders(
    understood: Understood,
    rows: Iterable[Record],
    *,
    known: Known,
    note: str,
    now: datetime,
    by: Actor,
) -> None:
    """Store what can be read; the other rows are counted as rejected.

    1. Machines that nobody knows are added, where that is wished.
    2. Every order gets the component and the function that its text seems to speak of.
    3. New ones are written and wait; *note* says in their history where they came from.
    """
    register = understood.register
    add(register.tables, TABLE, Counts())
    whole = [_without_blanks(row) for row in rows]
    machines = _machines(understood, whole, by)
    readable = _readable(understood, whole, machines)
    vocabulary = Vocabulary(register, adds=understood.adds_components)
    vocabulary.listen((machine.class_id, _hints(row)) for row, machine, _, _ in readable)
    given, places = [], []
    for row, machine, at, completed_at in readable:
        try:
            given.append(_order(understood, vocabulary, row, machine, at, completed_at))
            places.append(row.row)
        except InvalidInput as trouble:
            add(register.tables, TABLE, refused(row, trouble))
    counts = import_orders(register.session, orders=given, known=known, note=note, now=now, by=by)
    add(register.tables, TABLE, in_file(counts, places))


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
    """Orders of the site's machines."""
    understood = Understood(
        Register(session, now=now, by=by),
        site_id,
        dates=options.dates,
        zone=options.timezone,
        decimal_comma=options.decimal_comma,
        adds_components=options.adds,
        adds_machines=options.adds,
    )
    note = f"From {table.name}" if table.name else ""
    rows = table.records(mapping)
    add_orders(understood, rows, known=options.known, note=note, now=now, by=by)
    return understood.register.tables


def _without_blanks(row: Record) -> Record:
    """The row without cells that only say that they say nothing; a tag may well be `NA`."""
    cells = {
        name: text
        for name, text in row.cells.items()
        if name == "equipment" or text.lower() not in BLANKS
    }
    return Record(row.row, cells, row.trouble)


def _machines(
    understood: Understood, rows: Sequence[Record], by: Actor
) -> dict[str, registry.Machine]:
    """The machines of the site by tag; those a row may add are added."""
    known = _known(understood, by)
    for row in rows if understood.adds_machines else ():
        tag = row.cells.get("equipment", "")
        code = row.cells.get("class") or understood.new_class
        if row.trouble or not tag or tag in known or code is None:
            continue
        try:
            _add_machine(understood, tag, code)
        except ForewarnError:
            continue  # such as a tag with signs that tags may not hold: its rows are refused
        known = _known(understood, by)
    return known


def _add_machine(understood: Understood, tag: str, code: str) -> None:
    register = understood.register
    given = CreateEquipment.parse(
        {
            "site_id": understood.site_id,
            "equipment_class_id": register.equipment_class(code),
            "tag": tag,
            "name": tag,
        }
    )
    register.equipment(given)


def _known(understood: Understood, by: Actor) -> dict[str, registry.Machine]:
    found = registry.machines(
        understood.register.session, scope=by.scope, site_id=understood.site_id
    )
    return {tag: machines[0] for tag, machines in found.items()}


Readable = tuple[Record, registry.Machine, datetime, datetime | None]


def _readable(
    understood: Understood, rows: Sequence[Record], machines: Mapping[str, registry.Machine]
) -> list[Readable]:
    """Rows with a machine, a text and moments; the others are counted as rejected."""
    tables = understood.register.tables
    sound: list[tuple[Record, registry.Machine]] = []
    for row in rows:
        trouble = _trouble(row, machines)
        if trouble:
            add(tables, TABLE, refused(row, InvalidInput(trouble)))
        else:
            sound.append((row, machines[row.cells["equipment"]]))
    zones = {machine.timezone for _, machine in sound}
    found: list[Readable] = []
    for zone in sorted(zones):
        found += _dated(understood, [pair for pair in sound if pair[1].timezone == zone], zone)
    return sorted(found, key=lambda one: one[0].row)


def _trouble(row: Record, machines: Mapping[str, registry.Machine]) -> dict[str, str]:
    if row.trouble:
        return {"row": row.trouble}
    tag = row.cells.get("equipment", "")
    if tag not in machines:
        return {"equipment": f"{tag!r} is not known"}
    return {} if row.cells.get("title") else {"title": "is empty"}


def _dated(
    understood: Understood, rows: Sequence[tuple[Record, registry.Machine]], zone: str
) -> list[Readable]:
    """The rows with their moments, read together: one by one takes ten times as long."""
    where = ZoneInfo(understood.zone or zone)
    raised = [joined(row.cells) for row, _ in rows]
    # What was never completed in writing is read as its beginning, and then left out.
    ended = [row.cells.get("completed", text) for (row, _), text in zip(rows, raised, strict=True)]
    at = moments(raised, zone=where, dates=understood.dates)
    until = moments(ended, zone=where, dates=understood.dates)
    found: list[Readable] = []
    for place, (row, machine) in enumerate(rows):
        bad = {"at": at.problems.get(place), "completed": until.problems.get(place)}
        trouble = {name: why for name, why in bad.items() if why}
        if trouble:
            add(understood.register.tables, TABLE, refused(row, InvalidInput(trouble)))
            continue
        completed_at = from_micros(int(until.at[place])) if "completed" in row.cells else None
        found.append((row, machine, from_micros(int(at.at[place])), completed_at))
    return found


def _order(
    understood: Understood,
    vocabulary: Vocabulary,
    row: Record,
    machine: registry.Machine,
    at: datetime,
    completed_at: datetime | None,
) -> ImportWorkOrder:
    """The order with its proposal; raise InvalidInput naming the column."""
    cells = row.cells
    kind = type_of(cells.get("type", ""), understood.types)
    text = " ".join(cells["title"].split())
    proposal = propose(
        text,
        candidates=vocabulary.candidates(machine.class_id),
        kind=kind,
        hints=_hints(row),
        around=[cells[name] for name in ("part", "place") if name in cells],
        is_suspension="suspension" in cells and flag(cells["suspension"]),
    )
    facts = [f"{said}: {cells[name]}" for name, said in _FACTS.items() if name in cells]
    if len(text) > LONGEST_TITLE:
        facts.insert(0, text)
    return ImportWorkOrder.parse(
        {
            "equipment_id": machine.id,
            "at": at,
            "completed_at": completed_at,
            "title": text[:LONGEST_TITLE],
            "type": kind,
            "number": cells.get("number", ""),
            "cost": _cost(cells.get("cost"), decimal_comma=understood.decimal_comma),
            "facts": "\n".join(facts),
            "component_id": vocabulary.component_id(machine.class_id, proposal.component),
            "function": proposal.function,
            "confidence": proposal.confidence,
            "evidence": proposal.evidence,
        }
    )


def _hints(row: Record) -> tuple[str, ...]:
    return names_in(row.cells.get("component", ""))


def _cost(text: str | None, *, decimal_comma: bool) -> float | None:
    """An amount, negative when a booking was reversed; raise InvalidInput for other text."""
    if text is None:
        return None
    read = numbers([text], decimal_comma=decimal_comma)
    if read.problems:
        raise InvalidInput({"cost": read.problems[0]})
    return float(read.values[0])


KIND = Kind(
    code=TABLE,
    name="Work orders",
    explains="Past orders of another system. They wait in the label review: until somebody has"
    " said which of them were failures, they teach nothing.",
    fields=FIELDS,
    run=run,
    example=EXAMPLE,
    adds="Add components that the texts speak of to classes without any, and machines whose class"
    " the file names",
)
