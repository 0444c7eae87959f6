"""Stop windows: planned, repeated by the site's clock, imported, and found for a machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import Equipment
from app.db.places import Location, Site
from app.db.stop_windows import StopWindow
from app.domain.errors import InvalidInput, NotAllowed, NotFound, Stale
from app.domain.roles import Actor
from app.domain.stop_windows import Repeat
from app.inputs.stop_windows import ImportCalendar, PlanStopWindow
from app.queries import stop_windows as questions
from app.services import stop_windows as deeds
from app.services.stop_windows import TakenIn
from tests.plant import Plant

SATURDAY = datetime(2026, 3, 7, 6, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def window(make: Plant, **more: Any) -> PlanStopWindow:
    given = {
        "site_id": make.site().id,
        "title": "Weekly stop",
        "starts_at": SATURDAY,
        "ends_at": SATURDAY + timedelta(hours=8),
        **more,
    }
    return PlanStopWindow.parse(given)


def plan(make: Plant, by: Actor, **more: Any) -> int:
    with make.database.transaction() as session:
        return deeds.plan(session, window=window(make, **more), now=make.now, by=by)


def coming(
    make: Plant, *machines: Equipment, since: datetime = SATURDAY, until: datetime | None = None
) -> dict[str, list[tuple[str, datetime]]]:
    """Tag -> (title, start) of what comes."""
    with make.database.reading() as session:
        found = questions.upcoming(
            session,
            equipment_ids=[machine.id for machine in machines],
            since=since,
            until=until or since + 4 * WEEK,
        )
    return {
        machine.tag: [(time.title, time.starts_at) for time in found[machine.id]]
        for machine in machines
    }


def in_berlin(make: Plant) -> None:
    with make.database.transaction() as session:
        session.get_one(Site, make.site().id).timezone = "Europe/Berlin"


def line(make: Plant, code: str, parent: int | None = None) -> int:
    with make.database.transaction() as session:
        row = Location(site_id=make.site().id, code=code, name=code.title(), parent_id=parent)
        session.add(row)
        session.flush()
        return row.id


def test_a_window_concerns_its_machine_its_line_with_all_below_it_or_its_site(
    make: Plant, ann: Actor
) -> None:
    hall = line(make, "hall")
    cell = line(make, "cell", hall)
    here = make.equipment("P-101", location_id=cell)
    there = make.equipment("P-102", location_id=line(make, "yard"))
    foreign = make.equipment("P-201", site="south")
    plan(make, ann, title="Of the site")
    plan(make, ann, title="Of the hall", location_id=hall)
    plan(make, ann, title="Of the pump", equipment_id=there.id)

    found = coming(make, here, there, foreign)

    assert {tag: [title for title, _ in times] for tag, times in found.items()} == {
        "P-101": ["Of the site", "Of the hall"],
        "P-102": ["Of the site", "Of the pump"],
        "P-201": [],
    }


def test_a_weekly_window_stays_at_its_hour_when_the_clocks_change(make: Plant, ann: Actor) -> None:
    in_berlin(make)
    machine = make.equipment()
    start = datetime(2026, 3, 21, 5, tzinfo=UTC)  # six o'clock in winter
    plan(make, ann, starts_at=start, ends_at=start + timedelta(hours=8), repeat=Repeat.WEEKLY)

    found = coming(make, machine, since=start, until=start + 2 * WEEK)

    assert [at for _, at in found[machine.tag]] == [
        start,
        datetime(2026, 3, 28, 5, tzinfo=UTC),
        datetime(2026, 4, 4, 4, tzinfo=UTC),  # six o'clock in summer
    ]


def test_every_third_week_and_the_first_saturday_of_the_month(make: Plant, ann: Actor) -> None:
    machine = make.equipment()
    plan(make, ann, title="Third", repeat=Repeat.WEEKLY, every=3)
    plan(make, ann, title="First", repeat=Repeat.MONTHLY)

    found = coming(make, machine, until=SATURDAY + 9 * WEEK)[machine.tag]

    assert [at for title, at in found if title == "Third"] == [
        SATURDAY + WEEK * weeks for weeks in (0, 3, 6, 9)
    ]
    assert [f"{at:%d %b}" for title, at in found if title == "First"] == [
        "07 Mar",
        "04 Apr",
        "02 May",
    ]


def test_a_repetition_ends_on_its_last_day(make: Plant, ann: Actor) -> None:
    machine = make.equipment()
    plan(make, ann, repeat=Repeat.WEEKLY, until="2026-03-14")

    assert len(coming(make, machine)[machine.tag]) == 2


def test_an_ended_window_is_offered_no_more_and_listed_last(make: Plant, ann: Actor) -> None:
    machine = make.equipment()
    ended = plan(make, ann, title="Ended")
    with make.database.transaction() as session:
        deeds.deactivate(session, window_id=ended, expected_version=1, now=make.now, by=ann)
    plan(make, ann, title="Later", starts_at=SATURDAY + WEEK, ends_at=SATURDAY + WEEK + DAY)

    with make.database.reading() as session:
        rows = questions.stop_windows(session, scope=ann.scope, now=make.now)

    assert [title for title, _ in coming(make, machine)[machine.tag]] == ["Later"]
    assert [(row.title, len(row.next), row.is_active) for row in rows] == [
        ("Later", 1, True),
        ("Ended", 0, False),
    ]


def test_a_change_shows_the_rule_again_and_is_audited(make: Plant, ann: Actor) -> None:
    made = plan(make, ann)
    given = window(make, title="Monthly stop", repeat=Repeat.MONTHLY, every=2)
    with make.database.transaction() as session:
        deeds.change(
            session, window_id=made, window=given, expected_version=1, now=make.now, by=ann
        )

    with make.database.reading() as session:
        row = questions.stop_window(session, scope=ann.scope, window_id=made, now=make.now)

    assert (row.title, row.repetition.repeat, row.repetition.every, row.version) == (
        "Monthly stop",
        Repeat.MONTHLY,
        2,
        2,
    )
    (change,) = [line for line in make.all(AuditRow) if line.action == "update"]
    assert change.changes["rrule"] == ["", "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SA"]


def test_only_a_planner_of_the_site_changes_windows(make: Plant, ann: Actor, tom: Actor) -> None:
    made = plan(make, ann)
    eva = make.user("eva", "planner", site="south")

    with pytest.raises(NotAllowed):
        plan(make, tom)
    for by, version, error in ((eva, 1, NotFound), (ann, 7, Stale)):
        with pytest.raises(error), make.database.transaction() as session:
            deeds.deactivate(session, window_id=made, expected_version=version, now=make.now, by=by)
    with pytest.raises(NotFound):
        plan(make, eva)
    with pytest.raises(NotFound):
        plan(make, ann, equipment_id=make.equipment("P-9", site="south").id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": SATURDAY},
        {"ends_at": SATURDAY + 61 * DAY},
        {"location_id": 1, "equipment_id": 1},
        {"repeat": "weekly", "every": 0},
        {"starts_at": datetime(1980, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(make: Plant, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        window(make, **wrong)


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//plant//EN
BEGIN:VEVENT
UID:saturday@plant
SUMMARY:Saturday stop
DTSTART:20260307T060000
DTEND:20260307T140000
RRULE:FREQ=WEEKLY;BYDAY=SA;UNTIL=20260404T235959Z
EXDATE:20260314T060000
END:VEVENT
BEGIN:VEVENT
UID:saturday@plant
RECURRENCE-ID:20260321T060000
SUMMARY:Saturday stop, moved
DTSTART:20260322T060000
DURATION:PT4H
END:VEVENT
BEGIN:VEVENT
UID:easter@plant
SUMMARY:Easter
DTSTART;VALUE=DATE:20260403
DTEND;VALUE=DATE:20260407
END:VEVENT
END:VCALENDAR
"""


def take_in(make: Plant, by: Actor, text: str = CALENDAR) -> TakenIn:
    given = ImportCalendar.parse({"site_id": make.site().id, "text": text})
    with make.database.transaction() as session:
        return deeds.import_calendar(session, calendar=given, now=make.now, by=by)


def test_a_calendar_brings_its_series_its_exceptions_and_whole_days(
    make: Plant, ann: Actor
) -> None:
    in_berlin(make)
    machine = make.equipment()

    counts = take_in(make, ann)

    assert counts == TakenIn(added=3)
    found = coming(make, machine, since=SATURDAY - DAY, until=SATURDAY + 5 * WEEK)
    assert [(title, f"{at:%d %b %H}") for title, at in found[machine.tag]] == [
        ("Saturday stop", "07 Mar 05"),
        ("Saturday stop, moved", "22 Mar 05"),
        ("Saturday stop", "28 Mar 05"),
        ("Easter", "02 Apr 22"),
        ("Saturday stop", "04 Apr 04"),
    ]


def test_the_same_calendar_again_updates_and_doubles_nothing(make: Plant, ann: Actor) -> None:
    take_in(make, ann)
    changed = CALENDAR.replace("SUMMARY:Easter", "SUMMARY:Easter\nSTATUS:CANCELLED")
    changed = changed.replace("SUMMARY:Saturday stop\n", "SUMMARY:Saturday, long\n")

    again, later = take_in(make, ann), take_in(make, ann, changed)

    assert again == TakenIn(unchanged=3)
    assert later == TakenIn(updated=1, unchanged=1, ended=1)
    rows = make.all(StopWindow)
    assert sorted((row.title, row.is_active) for row in rows) == [
        ("Easter", False),
        ("Saturday stop, moved", True),
        ("Saturday, long", True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("RRULE:FREQ=WEEKLY", "RRULE:FREQ=SECONDLY", "Entry 1 (Saturday stop): it must come"),
        ("BYDAY=SA;UNTIL=20260404T235959Z", "BYDAY=XX", "Entry 1 (Saturday stop): "),
        ("UID:easter@plant\n", "", "Entry 3 (Easter): it has no UID"),
        ("DTEND;VALUE=DATE:20260407", "DTEND;VALUE=DATE:20260403", "Entry 3 (Easter): it must end"),
        ("DTSTART;VALUE=DATE:20260403", "DTSTART:soon", "Entry 3 (Easter): its DTSTART is no date"),
        ("DURATION:PT4H\n", "", "Entry 2 (Saturday stop, moved): it has neither"),
        ("BEGIN:VCALENDAR", "nothing", "This is no calendar file"),
    ],
)
def test_a_bad_entry_is_named_and_nothing_is_taken_in(
    make: Plant, ann: Actor, old: str, new: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as trouble:
        take_in(make, ann, CALENDAR.replace(old, new))

    assert trouble.value.fields["text"].startswith(said)
    assert make.all(StopWindow) == []


def test_a_calendar_without_entries_says_so(make: Plant, ann: Actor) -> None:
    empty = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n"

    with pytest.raises(InvalidInput, match="no entries"):
        take_in(make, ann, empty)


def test_a_rule_that_came_with_a_file_survives_a_change_of_the_title(
    database: Database, make: Plant, ann: Actor
) -> None:
    take_in(make, ann, CALENDAR.replace("BYDAY=SA;", "BYDAY=SA,SU;"))
    with database.reading() as session:
        row = next(
            row
            for row in questions.stop_windows(session, scope=ann.scope, now=make.now)
            if row.title == "Saturday stop"
        )
    given = window(
        make, title="Weekend", starts_at=row.starts_at, ends_at=row.ends_at, repeat=Repeat.OTHER
    )
    with database.transaction() as session:
        deeds.change(
            session, window_id=row.id, window=given, expected_version=None, now=make.now, by=ann
        )

    kept = make.get(StopWindow, row.id)
    assert row.repetition.repeat is Repeat.OTHER
    assert (kept.title, kept.rrule[:26]) == ("Weekend", "FREQ=WEEKLY;UNTIL=20260404"[:26])
