"""A file on its way in: what the preview shows is what is stored, a check leaves no trace."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.imports import ImportFile, ImportState
from app.db.places import Location, Site
from app.db.readings import ReadingBatch
from app.db.records import Failure
from app.db.sensors import Sensor, SensorAssignment
from app.domain.errors import NotFound, RuleBroken
from app.queries import readings
from app.queries.imports import import_view, same_before
from app.services.imports import taking_in, uploads
from app.services.imports.taking_in import AlreadyGoingOn

MACHINES = "Anlagennummer;Maschinentyp;Halle;Inbetriebnahme;Kosten\n"
Send = Callable[..., int]


def test_an_equipment_list_with_odd_headers_is_taken_in_whole(send, take, make):
    make.site()
    text = MACHINES + "P-1;Pumpe (groß);Halle 1;01.03.2012;120,50\nP-2;Pumpe (groß);Halle 2;2015;\n"

    told = take(send("equipment", text))

    assert told["equipment"].accepted == 2
    first, second = make.all(Equipment)
    assert (first.tag, first.installed_on.isoformat()) == ("P-1", "2012-03-01")
    assert second.installed_on.isoformat() == "2015-01-01"
    assert [(row.code, row.name) for row in make.all(EquipmentClass)] == [
        ("Pumpe groß", "Pumpe (groß)")
    ]
    assert [row.code for row in make.all(Location)] == ["Halle 1", "Halle 2"]


def test_a_machine_that_is_told_otherwise_stays_and_the_words_of_the_file_say_so(send, take, make):
    make.equipment("P-1", class_code="pump", attributes={"age": 7})
    text = "tag,class,area,crew\nP-1,fan,,\nP-2,pump,Hall 1,\n"
    take(send("equipment", text))

    told = take(send("equipment", "tag,class,area\nP-1,pump,\nP-2,pump,Hall 2\n"))["equipment"]

    assert (told.duplicate, told.conflict) == (1, 1)
    assert (told.problems[0].column, told.problems[0].reason) == (
        "location",
        "is Hall 1 on record, not Hall 2; it stays",
    )


def test_classes_are_not_added_where_the_person_does_not_want_it(send, take, explain, make):
    make.equipment_class("pump")
    number = send("equipment", "tag,class\nP-1,Pump\nP-2,fan\n")
    explain(number, adds=False)

    told = take(number)

    assert (told["equipment"].accepted, told["equipment"].rejected) == (1, 1)
    assert told["equipment"].problems[0].row == 3
    assert [row.code for row in make.all(EquipmentClass)] == ["pump"]


def test_a_check_leaves_no_trace_but_its_report(send, database, make, ann, now):
    number = send("equipment", "tag,class\nP-1,pump\nP-2,pump\n")
    before = _rows(database)

    taking_in.check(database, import_id=number, now=now, by=ann)

    after = _rows(database)
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {"audit_row"}
    assert [row.action for row in make.all(AuditRow)][-1] == "check"
    assert make.get(ImportFile, number).report["tables"]["equipment"]["accepted"] == 2


def test_the_preview_of_a_wide_file_shows_what_is_stored(send, look, take, database, make):
    make.equipment("P-101")
    number = send(
        "readings",
        "Zeit;P101 Schwingung [mm/s];P101_Temp\n01.07.2026 12:00;2,5;60\n01.07.2026 13:00;;61,5\n"
        "13.07.2026 12:00;Bad;62\n".replace("2026", "2025"),
    )

    shown = look(number)
    take(number)

    assert [h.point for h in shown.headings] == ["", "P-101.Schwingung", "P-101.Temp"]
    assert [h.is_new for h in shown.headings[1:]] == [True, True]
    assert shown.rows[2].cells[1].problem == "is not a number"
    stored = _stored(database, make)
    previewed = {
        (heading.point.split(".")[1], row.cells[0].shown, cell.shown)
        for row in shown.rows
        for heading, cell in zip(shown.headings[1:], row.cells[1:], strict=True)
        if cell.shown is not None
    }
    assert stored == previewed
    assert len(stored) == 4


def test_the_preview_of_a_long_file_shows_what_is_stored(send, look, take, database, make):
    make.sensor(make.equipment("P-101"))
    number = send(
        "readings",
        "TagName,Timestamp,Value,Quality\nP-101.vibration,2026-02-01 10:00,2.5,Good\n"
        "P-101.vibration,2026-02-01 11:00,2.75,Good\nQ-1.vibration,2026-02-01 11:00,9,Good\n",
    )

    shown = look(number)
    told = take(number)

    assert {h.column: h.field for h in shown.headings} == {
        "TagName": "sensor",
        "Timestamp": "at",
        "Value": "value",
    }
    assert "is not known" in shown.rows[2].cells[0].problem
    assert (told["readings"].accepted, told["readings"].rejected) == (2, 1)
    assert "'Q-1.vibration' is not known" in told["readings"].problems[0].reason
    assert _stored(database, make) == {
        ("vibration", row.cells[1].shown, row.cells[2].shown) for row in shown.rows[:2]
    }


def test_sensors_that_come_with_readings_fill_a_role_of_their_name(send, take, make):
    for tag in ("P-101", "P-102"):
        make.equipment(tag)
    header = "time;P-101.VIB [mm/s];P-102.VIB [mm/s]"

    told = take(send("readings", f"{header}\n2026-02-01 10:00;2,5;2,6\n"))

    assert told["sensors"].accepted == 2
    assert [(row.kind, row.unit) for row in make.all(Sensor)] == [("vibration", "mm/s")] * 2
    assert [role.code for role in make.all(SensorRole)] == ["vib"]
    assert len(make.all(SensorAssignment)) == 2


def test_without_the_tick_unknown_sensors_are_named_and_not_added(send, explain, take, make):
    make.equipment("P-101")
    number = send("readings", "time;P-101.VIB\n2026-02-01 10:00;2,5\n")
    explain(number, adds=False)

    told = take(number)

    assert told["readings"].rejected == 1
    assert told["readings"].problems[0].column == "P-101.VIB"
    assert "tick the box" in told["readings"].problems[0].reason
    assert make.all(Sensor) == []


def test_a_file_about_one_machine_may_have_its_tag_in_the_name(send, take, make):
    make.equipment("P-101")

    told = take(send("readings", "time;VIB;TEMP\n2026-02-01 10:00;2,5;60\n", "export_P101.csv"))

    assert told["readings"].accepted == 2
    assert {row.code for row in make.all(Sensor)} == {"VIB", "TEMP"}


def test_a_column_may_be_told_which_sensor_it_is(send, explain, take, make):
    make.sensor(make.equipment("P-101"))
    number = send("readings", "time;PT4711\n2026-02-01 10:00;2,5\n")
    explain(number, points={"PT4711": "P-101.vibration"}, adds=False)

    assert take(number)["readings"].accepted == 1


@pytest.mark.parametrize(
    ("zone", "hour"), [(None, 8), ("UTC", 10), ("America/New_York", 14)], ids=str
)
def test_times_without_an_offset_are_the_sites_own_unless_told_otherwise(
    send, explain, look, database, make, zone, hour
):
    machine = make.equipment("P-101")
    with database.transaction() as session:
        session.get_one(Site, machine.site_id).timezone = "Europe/Berlin"
    number = send("failures", "Machine,Date\nP-101,2025-07-01 10:00\n")
    explain(number, timezone=zone)

    assert look(number).rows[0].cells[1].shown == datetime(2025, 7, 1, hour, tzinfo=UTC)


def test_a_day_that_may_be_a_month_is_asked_for_and_not_guessed(send, explain, look, take, make):
    make.equipment("P-101")
    number = send("failures", "Machine,Date\nP-101,03/04/2025 10:00\n")
    assert "say which" in look(number).rows[0].cells[1].problem

    explain(number, dates="%d/%m/%Y %H:%M")
    take(number)

    assert make.all(Failure)[0].at == datetime(2025, 4, 3, 10, tzinfo=UTC)


def test_every_bad_row_is_named_by_its_number_and_column(send, look, take, make):
    make.equipment("P-101")
    number = send(
        "failures",
        "Machine,Date,Component\nP-101,2025-07-01,bearing\nP-999,2025-07-01,\n"
        "P-101,someday,\nP-101,2031-01-01,\nP-101,2025-07-02\n",
    )

    shown = look(number)
    told = take(number)["failures"]

    assert (told.accepted, told.rejected) == (1, 4)
    assert [(p.row, p.column) for p in sorted(told.problems, key=lambda p: p.row)] == [
        (3, "equipment"),
        (4, "at"),
        (5, "at"),
        (6, "row"),
    ]
    assert [bool(row.problems) for row in shown.rows] == [False, False, False, False, True]
    assert [cell.problem != "" for cell in shown.rows[1].cells] == [True, False, False]
    assert "future" in shown.rows[3].cells[1].problem


def test_the_same_file_again_is_told_and_adds_nothing(send, take, database, make, ann):
    first = send("equipment", "tag,class\nP-1,pump\n")
    take(first)
    again = send("equipment", gzip.compress(b"tag,class\nP-1,pump\n"))
    same = send("equipment", "tag,class\nP-1,pump\n")

    told = take(same)

    assert (told["equipment"].accepted, told["equipment"].duplicate) == (0, 1)
    with database.reading() as session:
        before = same_before(session, scope=ann.scope, import_id=same)
        assert same_before(session, scope=ann.scope, import_id=again) is None  # other bytes
    assert before is not None
    assert before.id == first


def test_what_was_imported_or_discarded_is_over_and_its_content_gone(
    send, take, database, make, ann, now
):
    done, gone = send("equipment", "tag,class\nP-1,pump\n"), send("equipment", "tag,class\nP,x\n")
    take(done)
    with database.transaction() as session:
        uploads.discard(session, import_id=gone, now=now, by=ann)

    for number in (done, gone):
        with pytest.raises(RuleBroken, match="already"):
            taking_in.check(database, import_id=number, now=now, by=ann)
        with database.reading() as session:
            assert session.get_one(ImportFile, number).content is None
    assert [row.state for row in make.all(ImportFile)] == [
        ImportState.FINISHED,
        ImportState.DISCARDED,
    ]


def test_nothing_is_imported_unchecked_or_after_the_columns_changed(
    send, explain, database, make, ann, now
):
    number = send("equipment", "tag,class,name\nP-1,pump,x\n")
    with pytest.raises(RuleBroken, match="Check"):
        taking_in.take_in(database, import_id=number, now=now, by=ann)
    taking_in.check(database, import_id=number, now=now, by=ann)
    explain(number, {"name": ""})

    with pytest.raises(RuleBroken, match="Check"):
        taking_in.take_in(database, import_id=number, now=now, by=ann)

    assert make.all(Equipment) == []


def test_of_two_people_who_import_one_file_the_second_is_told(send, database, make, ann, now):
    number = send("equipment", "tag,class\nP-1,pump\n")
    taking_in.check(database, import_id=number, now=now, by=ann)
    with database.transaction() as session:
        row = session.get_one(ImportFile, number)
        row.options = {**row.options, taking_in.BEGUN: now.isoformat()}

    with pytest.raises(AlreadyGoingOn):
        taking_in.take_in(database, import_id=number, now=now, by=ann)

    later = now + taking_in.GIVEN_UP_AFTER
    assert taking_in.take_in(database, import_id=number, now=later, by=ann)["equipment"].accepted


def test_another_sites_planner_finds_no_file(send, database, make, ann, now):
    number = send("equipment", "tag,class\nP-1,pump\n")
    stranger = make.user("sue", "planner", site="south")

    with pytest.raises(NotFound):
        taking_in.check(database, import_id=number, now=now, by=stranger)
    with database.reading() as session, pytest.raises(NotFound):
        import_view(session, scope=stranger.scope, import_id=number)


def test_a_file_cannot_name_another_sites_machines(send, take, make):
    make.equipment("P-900", site="south")
    make.site("north")

    told = take(send("failures", "Machine,Date\nP-900,2025-07-01\n"))

    assert told["failures"].rejected == 1
    assert make.all(Failure) == []


def test_a_component_by_another_name_is_added_once(send, take, make):
    make.equipment("P-101")
    text = "Machine,Date,Part\nP-101,2025-07-01,Bearing (DE)\nP-101,2025-08-01,Bearing (DE)\n"

    told = take(send("failures", text))

    assert told["components"].accepted == 1
    assert make.all(Component, code="Bearing DE")[0].name == "Bearing (DE)"


def _stored(database: Database, make) -> set[tuple[str, datetime, float]]:
    found = set()
    with database.reading() as session:
        for sensor in make.all(Sensor):
            held = readings.series(session, sensor_id=sensor.id)
            for at, value in zip(held.at.tolist(), held.value.tolist(), strict=True):
                found.add((sensor.code, datetime.fromtimestamp(at / 1e6, UTC), value))
    assert make.all(ReadingBatch)
    return found


def _rows(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.reading() as session:
        names = sa.inspect(session.connection()).get_table_names()
        return {
            name: session.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names
        }
