"""Deeds about stop windows: plan one, change it, end it, take a calendar file in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.places import Location, Site
from app.db.stop_windows import StopWindow
from app.domain.errors import NotAllowed, NotFound, Stale
from app.domain.roles import Actor, Capability
from app.domain.stop_windows import Repeat, Repetition, on_wall, rule_text
from app.inputs.stop_windows import ImportCalendar, Place, PlanStopWindow
from app.services import audit, calendars, places

_KEPT = ("site_id", "location_id", "equipment_id", "title", "starts_at", "ends_at", "rrule")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import made of its entries."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    ended: int = 0


def plan(session: Session, *, window: PlanStopWindow, now: datetime, by: Actor) -> int:
    """Add a stop window and return its id; raise NotAllowed, or NotFound for a foreign place."""
    zone = _zone(session, window, by)
    row = StopWindow(**_facts(window, zone, rrule=""))
    session.add(row)
    session.flush()
    _record(session, row, "create", _told(row), now=now, by=by)
    return row.id


def change(
    session: Session,
    *,
    window_id: int,
    window: PlanStopWindow,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Change a window, past times too; raise NotAllowed, NotFound or Stale."""
    zone = _zone(session, window, by)
    row = _find(session, window_id, expected_version, by)
    _write(session, row, _facts(window, zone, rrule=row.rrule) | {"is_active": True}, now, by)


def deactivate(
    session: Session, *, window_id: int, expected_version: int | None, now: datetime, by: Actor
) -> None:
    """Offer it no more; orders that were planned into it stay where they are."""
    _require_planner(by)
    row = _find(session, window_id, expected_version, by)
    _write(session, row, {"is_active": False}, now, by)


def import_calendar(
    session: Session, *, calendar: ImportCalendar, now: datetime, by: Actor
) -> TakenIn:
    """Take every entry of a calendar in; one that is known by its UID is updated, not doubled.

    A cancelled entry is ended. Raise InvalidInput naming the entry that cannot be read: then
    nothing is taken in.
    """
    zone = _zone(session, calendar, by)
    place = {name: getattr(calendar, name) for name in Place.model_fields}
    counts = dict.fromkeys(("added", "updated", "unchanged", "ended"), 0)
    for entry in calendars.entries(calendar.text, zone):
        start, end = calendars.span(entry, zone)
        facts = {
            **place,
            "title": entry.title,
            "starts_at": start,
            "ends_at": end,
            "rrule": entry.rule,
            "is_active": not entry.is_cancelled,
        }
        counts[_take_in(session, entry.uid, facts, now=now, by=by)] += 1
    return TakenIn(**counts)


def _take_in(session: Session, uid: str, facts: dict[str, Any], *, now: datetime, by: Actor) -> str:
    row = session.scalar(
        sa.select(StopWindow)
        .where(StopWindow.site_id == facts["site_id"], StopWindow.uid == uid)
        .order_by(StopWindow.id)
        .limit(1)
        .with_for_update()
    )
    if row is None and not facts["is_active"]:
        return "unchanged"
    if row is None:
        row = StopWindow(uid=uid, **facts)
        session.add(row)
        session.flush()
        _record(session, row, "import", _told(row), now=now, by=by)
        return "added"
    if not _write(session, row, facts, now, by):
        return "unchanged"
    return "updated" if row.is_active else "ended"


def _write(
    session: Session, row: StopWindow, facts: dict[str, Any], now: datetime, by: Actor
) -> bool:
    changes = {}
    for name, new in facts.items():
        old = getattr(row, name)
        if old != new:
            changes[name] = [_plain(old), _plain(new)]
            setattr(row, name, new)
    if changes:
        session.flush()
        _record(session, row, "update", changes, now=now, by=by)
    return bool(changes)


def _facts(window: PlanStopWindow, zone: ZoneInfo, *, rrule: str) -> dict[str, Any]:
    """The columns of a window; *rrule* is kept where the form does not know the rule."""
    given = {name: getattr(window, name) for name in _KEPT if name != "rrule"}
    if window.repeat is not Repeat.OTHER:
        first = on_wall(window.starts_at, zone).date()
        rrule = rule_text(Repetition(window.repeat, window.every, window.until), first)
    return given | {"rrule": rrule}


def _zone(session: Session, place: Place, by: Actor) -> ZoneInfo:
    """The zone of a place that *by* may plan for."""
    _require_planner(by)
    site: Site = places.require_site(session, site_id=place.site_id, by=by)
    places.require_at_site(session, Location, place.location_id, site_id=site.id)
    if place.equipment_id is not None:
        machine = session.get(Equipment, place.equipment_id)
        if machine is None or machine.site_id != site.id:
            raise NotFound(f"There is no equipment {place.equipment_id}.")
    return ZoneInfo(site.timezone)


def _find(session: Session, window_id: int, expected_version: int | None, by: Actor) -> StopWindow:
    row = session.get(StopWindow, window_id, with_for_update=True, populate_existing=True)
    if row is None or not by.scope.sees(row.site_id):
        raise NotFound(f"There is no stop window {window_id}.")
    if expected_version is not None and row.version != expected_version:
        raise Stale(f"{row.title} was changed in the meantime; look at it again.")
    return row


def _require_planner(by: Actor) -> None:
    if not by.may(Capability.PLAN):
        raise NotAllowed("Only a planner or admin can change stop windows.")


def _told(row: StopWindow) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in _KEPT}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _record(
    session: Session,
    row: StopWindow,
    action: str,
    changes: dict[str, Any],
    *,
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity="stop_window",
        entity_id=row.id,
        action=action,
        changes=changes,
        now=now,
        by=by,
    )
