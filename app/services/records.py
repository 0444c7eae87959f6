"""Deeds that record what happened to machines: events, services, failures.

All three are stored the same way, one row or thousands: known rows are duplicates, a second row
for the same key with other content is a conflict, and the first one stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.records import Failure, MachineEvent, ServiceRecord
from app.db.work_orders import WorkOrder
from app.domain.batches import Counts, Problem, Verdict, tally
from app.domain.errors import NotFound
from app.domain.instants import EPOCH
from app.domain.roles import Actor
from app.inputs.records import Known, RecordEvent, RecordFailure, RecordService
from app.services import audit
from app.services.equipment import bump, hold

FUTURE_LIMIT = timedelta(days=1)
_CHUNK = 500

Record = RecordEvent | RecordService | RecordFailure
Key = tuple[int, datetime, str | int | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """Which table holds a kind of record, what identifies a row and what must agree."""

    table: type[MachineEvent] | type[ServiceRecord] | type[Failure]
    third: str
    content: tuple[str, ...]


EVENT = Kind(MachineEvent, "code", ("detail",))
SERVICE = Kind(ServiceRecord, "component_id", ("activity", "is_planned", "condition_found"))
FAILURE = Kind(Failure, "component_id", ("mode", "mechanism"))


def add_events(
    session: Session, *, events: Sequence[RecordEvent], known: Known, now: datetime, by: Actor
) -> Counts:
    """Store messages of machines; one per machine, instant and code."""
    return _store(session, EVENT, events, known=known, now=now, by=by)


def add_services(
    session: Session, *, services: Sequence[RecordService], known: Known, now: datetime, by: Actor
) -> Counts:
    """Store renewals; one per machine, instant and component."""
    return _store(session, SERVICE, services, known=known, now=now, by=by)


def add_failures(
    session: Session, *, failures: Sequence[RecordFailure], known: Known, now: datetime, by: Actor
) -> Counts:
    """Store losses of function; one per machine, instant and component."""
    return _store(session, FAILURE, failures, known=known, now=now, by=by)


def note_repair(
    session: Session, *, failure_id: int, work_order_id: int, now: datetime, by: Actor
) -> None:
    """Say which order dealt with a failure that came from elsewhere; a known one stays.

    Raise NotFound for a failure or an order that is not there, or is another machine's.
    """
    failure = session.get(Failure, failure_id)
    order = session.get(WorkOrder, work_order_id)
    if failure is None or order is None or order.equipment_id != failure.equipment_id:
        raise NotFound(f"Work order {work_order_id} cannot be about failure {failure_id}.")
    if failure.work_order_id is not None:
        return
    failure.work_order_id = order.id
    session.flush()
    changes = {"work_order_id": [None, order.id]}
    audit.record(
        session,
        entity="failure",
        entity_id=failure.id,
        action="repair",
        changes=changes,
        now=now,
        by=by,
    )


def _store(
    session: Session,
    kind: Kind,
    rows: Sequence[Record],
    *,
    known: Known,
    now: datetime,
    by: Actor,
) -> Counts:
    machines = _machines(session, {row.equipment_id for row in rows}, by)
    components = _components(session)
    hold(session, machines)
    held = _held(session, kind, rows, set(machines))
    verdicts, problems, fresh = [], [], []
    for number, row in enumerate(rows):
        refusal = _refusal(row, machines, components, now)
        if refusal:
            verdicts.append(Verdict.REJECTED)
            problems.append(Problem(number, *refusal))
            continue
        key, content = _key(kind, row), _content(kind, row)
        if key not in held:
            held[key] = content
            fresh.append(row)
            verdicts.append(Verdict.ACCEPTED)
        elif held[key] == content:
            verdicts.append(Verdict.DUPLICATE)
        else:
            verdicts.append(Verdict.CONFLICT)
            problems.append(
                Problem(number, "at", "is on record with other content; that one stays")
            )
    _write(session, kind, fresh, known=known, now=now, by=by)
    return tally(verdicts, problems)


def _machines(session: Session, ids: set[int], by: Actor) -> dict[int, int]:
    """Class by machine, of those that exist where the actor may look."""
    asked = sa.select(Equipment.id, Equipment.equipment_class_id, Equipment.site_id)
    rows = session.execute(asked.order_by(Equipment.id))
    return {
        row.id: row.equipment_class_id
        for row in rows
        if row.id in ids and by.scope.sees(row.site_id)
    }


def _components(session: Session) -> dict[int, int]:
    rows = session.execute(sa.select(Component.id, Component.equipment_class_id))
    return {row.id: row.equipment_class_id for row in rows}


def _refusal(
    row: Record, machines: dict[int, int], components: dict[int, int], now: datetime
) -> tuple[str, str] | None:
    """The column and the reason why a row cannot be taken."""
    if row.equipment_id not in machines:
        return "equipment", "is not known"
    component_id = getattr(row, "component_id", None)
    if component_id is not None and components.get(component_id) != machines[row.equipment_id]:
        return "component", "is not one of this machine's class"
    if row.at > now + FUTURE_LIMIT:
        return "at", "lies in the future"
    return ("at", "lies before 1970") if row.at < EPOCH else None


def _held(
    session: Session, kind: Kind, rows: Sequence[Record], ids: set[int]
) -> dict[Key, tuple[Any, ...]]:
    """What is on record for these machines in the time of *rows*, by key."""
    table = kind.table
    moments = [row.at for row in rows]
    columns = [getattr(table, name) for name in ("equipment_id", "at", kind.third, *kind.content)]
    found: dict[Key, tuple[Any, ...]] = {}
    for equipment_id in sorted(ids):
        asked = sa.select(*columns).where(
            table.equipment_id == equipment_id, table.at.between(min(moments), max(moments))
        )
        for row in session.execute(asked):
            found[row[0], row[1], row[2]] = tuple(row[3:])
    return found


def _key(kind: Kind, row: Record) -> Key:
    return row.equipment_id, row.at, getattr(row, kind.third)


def _content(kind: Kind, row: Record) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in kind.content)


def _write(
    session: Session, kind: Kind, rows: Sequence[Record], *, known: Known, now: datetime, by: Actor
) -> None:
    if not rows:
        return
    values = [
        row.model_dump() | {"recorded_at": row.at if known is Known.AT else now} for row in rows
    ]
    for start in range(0, len(values), _CHUNK):
        session.execute(sa.insert(kind.table), values[start : start + _CHUNK])
    touched = sorted({row.equipment_id for row in rows})
    audit.record(
        session,
        entity=kind.table.__tablename__,
        entity_id=touched[0] if len(touched) == 1 else "batch",
        action="record",
        changes={"rows": len(rows), "equipment": touched, "known": known.value},
        now=now,
        by=by,
    )
    bump(session, touched)
