"""Events, services and failures: once each, known since when, never of a foreign machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db.audit import AuditRow
from app.db.equipment import DataVersion
from app.db.records import Failure, MachineEvent, ServiceRecord
from app.domain.errors import InvalidInput, NotFound
from app.domain.roles import Actor, Role, system
from app.inputs.records import Known, RecordEvent, RecordFailure, RecordService
from app.services import records

DAY = timedelta(days=1)
BY = system("test")


@pytest.fixture
def pump(make):
    return make.equipment(tag="P-101")


@pytest.fixture
def bearing(make):
    return make.component("bearing")


def add_failures(database, now, *failures, known=Known.AT, by=BY):
    with database.transaction() as session:
        return records.add_failures(session, failures=failures, known=known, now=now, by=by)


def test_a_failure_of_the_past_was_known_when_it_happened(database, make, pump, bearing, now):
    failure = RecordFailure(equipment_id=pump.id, component_id=bearing.id, at=now - 90 * DAY)

    counts = add_failures(database, now, failure)

    assert (counts.accepted, counts.sent) == (1, 1)
    assert make.all(Failure)[0].recorded_at == now - 90 * DAY


def test_a_failure_reported_today_is_known_from_today_on(database, make, pump, now):
    failure = RecordFailure(equipment_id=pump.id, at=now - 90 * DAY)

    add_failures(database, now, failure, known=Known.NOW)

    assert make.all(Failure)[0].recorded_at == now


def test_the_same_failure_is_recorded_once(database, make, pump, bearing, now):
    failure = RecordFailure(equipment_id=pump.id, component_id=bearing.id, at=now - DAY)
    add_failures(database, now, failure)

    counts = add_failures(database, now, failure, failure)

    assert (counts.accepted, counts.duplicate) == (0, 2)
    assert len(make.all(Failure)) == 1


def test_a_failure_of_the_whole_machine_is_recorded_once_too(database, make, pump, now):
    failure = RecordFailure(equipment_id=pump.id, at=now - DAY)

    counts = add_failures(database, now, failure, failure)

    assert (counts.accepted, counts.duplicate) == (1, 1)


def test_another_story_about_the_same_failure_is_a_conflict(database, make, pump, now):
    add_failures(database, now, RecordFailure(equipment_id=pump.id, at=now - DAY, mode="VIB"))

    counts = add_failures(
        database, now, RecordFailure(equipment_id=pump.id, at=now - DAY, mode="BRD")
    )

    assert (counts.conflict, counts.problems[0].row) == (1, 0)
    assert make.all(Failure)[0].mode == "VIB"


def test_two_components_may_fail_at_one_moment(database, make, pump, now):
    parts = [make.component(code).id for code in ("bearing", "seal")]
    failures = [RecordFailure(equipment_id=pump.id, component_id=p, at=now - DAY) for p in parts]

    assert add_failures(database, now, *failures).accepted == 2


def test_a_component_of_another_class_is_refused(database, make, pump, now):
    make.equipment_class("press")
    foreign = make.component("bearing", "press")

    counts = add_failures(
        database, now, RecordFailure(equipment_id=pump.id, component_id=foreign.id, at=now - DAY)
    )

    assert (counts.rejected, counts.problems[0].column) == (1, "component")


def test_what_lies_in_the_future_is_refused(database, make, pump, now):
    counts = add_failures(database, now, RecordFailure(equipment_id=pump.id, at=now + 2 * DAY))

    assert (counts.rejected, counts.problems[0].reason) == (1, "lies in the future")


def test_the_machine_of_a_foreign_site_looks_like_an_unknown_one(database, make, pump, now):
    stranger = Actor(None, "stranger", frozenset({Role.ADMIN}), site_id=make.site("south").id)
    own = RecordFailure(equipment_id=pump.id, at=now - DAY)
    unknown = RecordFailure(equipment_id=pump.id + 999, at=now - DAY)

    counts = add_failures(database, now, own, unknown, by=stranger)

    assert counts.rejected == 2
    assert counts.problems[0].reason == counts.problems[1].reason
    assert make.all(Failure) == []


def test_a_record_raises_the_data_version_and_a_duplicate_does_not(database, make, pump, now):
    failure = RecordFailure(equipment_id=pump.id, at=now - DAY)

    versions = []
    for _ in range(2):
        add_failures(database, now, failure)
        versions.append(make.get(DataVersion, pump.id).version)

    assert versions[0] == versions[1] >= 1


def test_a_batch_leaves_one_line_in_the_audit_log(database, make, pump, now):
    before = len(make.all(AuditRow))
    failures = [RecordFailure(equipment_id=pump.id, at=now - n * DAY) for n in range(1, 8)]

    add_failures(database, now, *failures)

    lines = make.all(AuditRow)[before:]
    assert [(line.entity, line.action, line.changes["rows"]) for line in lines] == [
        ("failure", "record", 7)
    ]


def test_events_are_told_apart_by_their_code(database, make, pump, now):
    events = [RecordEvent(equipment_id=pump.id, at=now - DAY, code=c) for c in ("E1", "E2", "E1")]

    with database.transaction() as session:
        counts = records.add_events(session, events=events, known=Known.AT, now=now, by=BY)

    assert (counts.accepted, counts.duplicate) == (2, 1)
    assert {row.code for row in make.all(MachineEvent)} == {"E1", "E2"}


def test_a_service_keeps_whether_it_was_planned_and_what_was_found(
    database, make, pump, bearing, now
):
    service = RecordService(
        equipment_id=pump.id,
        component_id=bearing.id,
        at=now - DAY,
        is_planned=False,
        condition_found="worn",
    )

    with database.transaction() as session:
        records.add_services(session, services=[service], known=Known.AT, now=now, by=BY)

    row = make.all(ServiceRecord)[0]
    assert (row.is_planned, row.condition_found, row.activity) == (False, "worn", "replace")


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(InvalidInput) as refused:
        RecordFailure.parse({"equipment_id": 1, "at": "2026-03-01T10:00:00"})

    assert set(refused.value.fields) == {"at"}


def test_an_order_can_be_named_as_the_repair_of_a_failure_once(database, make, pump, now):
    add_failures(database, now, RecordFailure(equipment_id=pump.id, at=now - DAY))
    (failure,) = make.all(Failure)
    first, second = make.order(pump), make.order(pump)

    for order_id in (first, second):
        with database.transaction() as session:
            records.note_repair(
                session, failure_id=failure.id, work_order_id=order_id, now=now, by=BY
            )

    assert make.get(Failure, failure.id).work_order_id == first
    assert len(make.all(AuditRow, entity="failure", action="repair")) == 1


def test_a_foreign_machine_s_order_repaired_nothing(database, make, pump, now):
    add_failures(database, now, RecordFailure(equipment_id=pump.id, at=now - DAY))
    (failure,) = make.all(Failure)
    foreign = make.order(make.equipment("P-102"))

    with pytest.raises(NotFound), database.transaction() as session:
        records.note_repair(session, failure_id=failure.id, work_order_id=foreign, now=now, by=BY)

    assert make.get(Failure, failure.id).work_order_id is None
