"""Calendar files (RFC 5545) as stop windows: entries read by icalendar, errors naming the entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar.prop import vRecur

from app.domain.errors import InvalidInput
from app.domain.stop_windows import at_wall, on_wall
from app.inputs.stop_windows import LONGEST
from app.queries.recurrence import STAMP, Rule, UnreadableRule, read_rule, require_rule

MOST_ENTRIES = 2_000
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar: naive local times of the site. `rule` is stored text, "" = once."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    rule: str
    is_cancelled: bool


def entries(text: str, zone: ZoneInfo) -> tuple[Entry, ...]:
    """The entries of a calendar file in the order of the file; raise InvalidInput for `text`.

    An occurrence that was moved is an entry of its own; its series leaves it out.
    """
    events = _events(text)
    found: list[Entry] = []
    moved: dict[str, list[datetime]] = {}
    for number, event in enumerate(events, start=1):
        try:
            entry = _entry(event, zone)
        except (UnreadableRule, ValueError, TypeError, AttributeError) as trouble:
            name = _text(event, "SUMMARY") or "without a title"
            raise InvalidInput({"text": f"Entry {number} ({name}): {trouble}."}) from None
        if "RECURRENCE-ID" in event:
            moved.setdefault(_text(event, "UID"), []).append(_wall(event, "RECURRENCE-ID", zone))
        found.append(entry)
    return tuple(_without(entry, moved.get(entry.uid, ())) for entry in found)


def _events(text: str) -> list[Any]:
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as trouble:
        raise InvalidInput({"text": f"This is no calendar file ({trouble})."}) from None
    events = list(calendar.walk("VEVENT"))
    if not events:
        raise InvalidInput({"text": "The calendar has no entries."})
    if len(events) > MOST_ENTRIES:
        raise InvalidInput({"text": f"The calendar has more than {MOST_ENTRIES} entries."})
    return events


def _entry(event: Any, zone: ZoneInfo) -> Entry:
    uid, recurrence = _text(event, "UID"), ""
    if not uid:
        raise UnreadableRule("it has no UID, so it could not be found again")
    start = _wall(event, "DTSTART", zone)
    end = _end(event, start, zone)
    if not timedelta() < end - start <= LONGEST:
        raise UnreadableRule(f"it must end after it begins, {LONGEST.days} days later at most")
    if "RECURRENCE-ID" in event:
        recurrence = f"#{_wall(event, 'RECURRENCE-ID', zone):{STAMP}}"
    return Entry(
        uid=uid + recurrence,
        title=(_text(event, "SUMMARY") or "Stop")[:LONGEST_TITLE],
        starts_at=start,
        ends_at=end,
        rule=_rule(event, start, zone),
        is_cancelled=_text(event, "STATUS").upper() == "CANCELLED",
    )


def _text(event: Any, name: str) -> str:
    return str(event.get(name, "")).strip()


def _wall(event: Any, name: str, zone: ZoneInfo) -> datetime:
    given = event.get(name)
    if given is None or isinstance(given, list):
        raise UnreadableRule(f"it has no {name} that can be read")
    try:
        found: date = given.dt
    except (AttributeError, ValueError):
        raise UnreadableRule(f"its {name} is no date") from None
    return _local(found, zone)


def _end(event: Any, start: datetime, zone: ZoneInfo) -> datetime:
    if "DTEND" in event:
        return _wall(event, "DTEND", zone)
    if "DURATION" in event:
        length: timedelta = event["DURATION"].dt
        return start + length
    is_whole_day = not isinstance(event["DTSTART"].dt, datetime)
    if not is_whole_day:
        raise UnreadableRule("it has neither DTEND nor DURATION")
    return start + timedelta(days=1)


def _local(given: date, zone: ZoneInfo) -> datetime:
    """A date is its midnight; a time without a zone is the site's own."""
    if not isinstance(given, datetime):
        return datetime.combine(given, time())
    return given if given.tzinfo is None else on_wall(given, zone)


def _rule(event: Any, start: datetime, zone: ZoneInfo) -> str:
    given = event.get("RRULE")
    if given is None:
        return ""
    if not isinstance(given, vRecur):
        raise UnreadableRule("it has more than one rule")
    said: Any = vRecur(given)
    if "UNTIL" in said:
        until = said["UNTIL"][0] if isinstance(said["UNTIL"], list) else said["UNTIL"]
        said["UNTIL"] = [_until(until, zone)]
    text: str = said.to_ical().decode()
    require_rule(text, start)
    without = frozenset(_dates(event, "EXDATE", zone))
    return Rule(text, without, tuple(_dates(event, "RDATE", zone))).stored()


def _until(until: date, zone: ZoneInfo) -> datetime:
    """A last day lasts to its end."""
    if isinstance(until, datetime):
        return _local(until, zone)
    return datetime.combine(until, time(23, 59, 59))


def _dates(event: Any, name: str, zone: ZoneInfo) -> Iterable[datetime]:
    given: Any = event.get(name, [])
    for dates in given if isinstance(given, list) else [given]:
        for each in dates.dts:
            if isinstance(each.dt, tuple):
                raise UnreadableRule(f"its {name} names a period, not a time")
            yield _local(each.dt, zone)


def _without(entry: Entry, moved: Iterable[datetime]) -> Entry:
    if not entry.rule or not moved:
        return entry
    rule = read_rule(entry.rule)
    kept = Rule(rule.text, rule.without | set(moved), rule.besides).stored()
    return Entry(entry.uid, entry.title, entry.starts_at, entry.ends_at, kept, entry.is_cancelled)


def span(entry: Entry, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first time of an entry as moments; raise InvalidInput when the clock leaves nothing."""
    start, end = at_wall(entry.starts_at, zone), at_wall(entry.ends_at, zone)
    if end <= start:
        raise InvalidInput({"text": f"{entry.title}: it must end after it begins."})
    return start, end
