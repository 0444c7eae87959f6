"""Stop windows: the list, one of them, and when production releases each of some machines next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.places import Location, Site
from app.db.stop_windows import StopWindow
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.stop_windows import Repetition, at_wall, on_wall, repetition
from app.queries import recurrence
from app.queries.predictions import seen

AHEAD = timedelta(days=400)
NEXT_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which production releases a machine."""

    window_id: int
    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One stop window with where it is and when it comes next; `starts_at` is its first time."""

    id: int
    title: str
    site_id: int
    site: str
    location_id: int | None
    location: str
    equipment_id: int | None
    machine: str
    starts_at: datetime
    ends_at: datetime
    repetition: Repetition
    is_imported: bool
    is_active: bool
    version: int
    next: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place that a window can be planned for, by the ids of `inputs.stop_windows.Place`."""

    site_id: int
    location_id: int | None
    equipment_id: int | None
    name: str


def upcoming(
    session: Session, *, equipment_ids: Collection[int], since: datetime, until: datetime
) -> dict[int, tuple[Occurrence, ...]]:
    """Machine -> the windows that begin in [since, until], of itself, its lines and its site.

    By time, then by the window's id. Machines without any are there with none.
    """
    machines = session.execute(
        sa.select(Equipment.id, Equipment.site_id, Equipment.location_id).where(
            Equipment.id.in_(set(equipment_ids))
        )
    ).all()
    sites = {site_id for _, site_id, _ in machines}
    windows = _active(session, sites)
    above = _above(session, sites)
    times = _unrolled(session, windows, since, until)
    return {
        machine: _of(windows, times, machine, site_id, above.get(location_id or 0, frozenset()))
        for machine, site_id, location_id in machines
    }


def stop_windows(session: Session, *, scope: Scope, now: datetime) -> tuple[WindowRow, ...]:
    """Every window in sight with its next times; what comes first stands first, ended ones last."""
    rows = _rows(session, scope, now, sa.true())
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(
        sorted(
            rows,
            key=lambda r: (not r.is_active, r.next[0].starts_at if r.next else never, r.id),
        )
    )


def stop_window(session: Session, *, scope: Scope, window_id: int, now: datetime) -> WindowRow:
    """One window; raise NotFound, for another site's too."""
    for row in _rows(session, scope, now, StopWindow.id == window_id):
        return row
    raise NotFound(f"There is no stop window {window_id}.")


def place_choices(session: Session, *, scope: Scope) -> tuple[PlaceChoice, ...]:
    """Every site, line and machine in sight; a site before its lines, lines before machines."""
    sites = session.execute(
        sa.select(Site.id, Site.name).where(seen(Site.id, scope)).order_by(Site.name, Site.id)
    ).all()
    found = []
    for site_id, name in sites:
        found.append(PlaceChoice(site_id, None, None, name))
    for row in session.execute(
        sa.select(Location.id, Location.site_id, Location.name)
        .where(seen(Location.site_id, scope))
        .order_by(Location.name, Location.id)
    ):
        found.append(PlaceChoice(row.site_id, row.id, None, row.name))
    for machine in session.execute(
        sa.select(Equipment.id, Equipment.site_id, Equipment.tag, Equipment.name)
        .where(seen(Equipment.site_id, scope))
        .order_by(Equipment.tag, Equipment.id)
    ):
        name = f"{machine.tag} \N{MIDDLE DOT} {machine.name}"
        found.append(PlaceChoice(machine.site_id, None, machine.id, name))
    return tuple(found)


def _active(session: Session, site_ids: Collection[int]) -> list[StopWindow]:
    return list(
        session.scalars(
            sa.select(StopWindow)
            .where(StopWindow.site_id.in_(site_ids), StopWindow.is_active)
            .order_by(StopWindow.id)
        )
    )


def _above(session: Session, site_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Location -> itself and every location above it."""
    rows = session.execute(
        sa.select(Location.id, Location.parent_id).where(Location.site_id.in_(site_ids))
    )
    parent = {row.id: row.parent_id for row in rows}
    return {location_id: frozenset(_chain(parent, location_id)) for location_id in parent}


def _chain(parent: Mapping[int, int | None], start: int) -> Iterable[int]:
    seen_already: set[int] = set()
    place: int | None = start
    while place is not None and place not in seen_already:
        seen_already.add(place)
        place = parent.get(place)
    return seen_already


def _unrolled(
    session: Session, windows: Collection[StopWindow], since: datetime, until: datetime
) -> dict[int, list[Occurrence]]:
    """Window -> its times that begin in [since, until]."""
    zones = _zones(session, {window.site_id for window in windows})
    found: dict[int, list[Occurrence]] = defaultdict(list)
    for window in windows:
        found[window.id] = _times(window, zones[window.site_id], since, until)
    return found


def _times(
    window: StopWindow, zone: ZoneInfo, since: datetime, until: datetime
) -> list[Occurrence]:
    """A window begins and ends at the same time by the site's clock, summer and winter."""
    first = on_wall(window.starts_at, zone)
    length = on_wall(window.ends_at, zone) - first
    begins = recurrence.starts(
        window.rrule, first, since=on_wall(since, zone), until=on_wall(until, zone)
    )
    spans = ((at_wall(at, zone), at_wall(at + length, zone)) for at in begins)
    return [Occurrence(window.id, window.title, start, end) for start, end in spans if end > start]


def _zones(session: Session, site_ids: Collection[int]) -> dict[int, ZoneInfo]:
    rows = session.execute(sa.select(Site.id, Site.timezone).where(Site.id.in_(site_ids)))
    return {site_id: ZoneInfo(name) for site_id, name in rows}


def _of(
    windows: Iterable[StopWindow],
    times: Mapping[int, list[Occurrence]],
    machine: int,
    site_id: int,
    lines: frozenset[int],
) -> tuple[Occurrence, ...]:
    mine = (
        time
        for window in windows
        if window.site_id == site_id and _concerns(window, machine, lines)
        for time in times[window.id]
    )
    return tuple(sorted(mine, key=lambda time: (time.starts_at, time.window_id)))


def _concerns(window: StopWindow, machine: int, lines: frozenset[int]) -> bool:
    if window.equipment_id is not None:
        return window.equipment_id == machine
    return window.location_id is None or window.location_id in lines


def _rows(
    session: Session, scope: Scope, now: datetime, where: sa.ColumnElement[bool]
) -> list[WindowRow]:
    found = session.execute(
        sa.select(StopWindow, Site, Location.name, Equipment)
        .join(Site, Site.id == StopWindow.site_id)
        .outerjoin(Location, Location.id == StopWindow.location_id)
        .outerjoin(Equipment, Equipment.id == StopWindow.equipment_id)
        .where(seen(StopWindow.site_id, scope), where)
        .order_by(StopWindow.id)
    )
    return [_row(window, site, line, machine, now) for window, site, line, machine in found]


def _row(
    window: StopWindow, site: Site, line: str | None, machine: Equipment | None, now: datetime
) -> WindowRow:
    zone = ZoneInfo(site.timezone)
    # One that has begun and not ended is still the next one.
    since = now - (window.ends_at - window.starts_at)
    times = _times(window, zone, since, now + AHEAD) if window.is_active else []
    return WindowRow(
        id=window.id,
        title=window.title,
        site_id=site.id,
        site=site.name,
        location_id=window.location_id,
        location=line or "",
        equipment_id=window.equipment_id,
        machine="" if machine is None else machine.tag,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        repetition=repetition(window.rrule, on_wall(window.starts_at, zone).date()),
        is_imported=bool(window.uid),
        is_active=window.is_active,
        version=window.version,
        next=tuple(times[:NEXT_SHOWN]),
    )
