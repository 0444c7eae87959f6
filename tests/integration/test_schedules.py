"""Schedules raise the orders that are due: once, in time, and with a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest

from app.db import Database
from app.db.equipment import Equipment
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder
from app.domain.equipment import Status
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken, Stale
from app.domain.roles import EVERYWHERE, Actor, Scope, system
from app.domain.work_orders import OrderType, Source, State
from app.inputs.schedules import CreateSchedule, UpdateSchedule
from app.inputs.work_orders import CancelWorkOrder
from app.queries.schedules import schedule, schedules
from app.services import schedules as deeds
from app.services import work_orders
from app.services.schedules import Generated
from tests.plant import Plant

BY = system("test")
DUE = date(2026, 3, 5)  # three days after the morning of the tests, lead time is seven


def _generate(database: Database, now: datetime, days: int = 0) -> Generated:
    with database.transaction() as session:
        return deeds.generate(session, now=now + timedelta(days=days), by=BY)


def test_a_due_schedule_raises_one_order_that_explains_itself(
    database: Database, make: Plant, now: datetime
) -> None:
    schedule_id = make.schedule()

    done = _generate(database, now)

    order = make.get(WorkOrder, done.raised[0])
    assert (order.type, order.source) == (OrderType.PREVENTIVE, Source.SCHEDULE)
    assert (order.state, order.due_on) == (State.OPEN, DUE)
    assert (order.schedule_id, order.occurrence_on) == (schedule_id, DUE)
    assert order.description == "Due 05 Mar 2026: first occurrence, then every 1 month."


def test_generating_twice_raises_nothing_twice(
    database: Database, make: Plant, now: datetime
) -> None:
    make.schedule()

    first, second = _generate(database, now), _generate(database, now)

    assert (len(first.raised), len(second.raised)) == (1, 0)


def test_before_its_lead_time_nothing_is_raised(
    database: Database, make: Plant, now: datetime
) -> None:
    make.schedule(starts_on=date(2026, 3, 10))

    assert _generate(database, now).raised == []
    assert len(_generate(database, now, days=1).raised) == 1


def test_while_an_order_is_open_the_next_occurrence_waits(
    database: Database, make: Plant, now: datetime
) -> None:
    make.schedule()
    _generate(database, now)

    later = _generate(database, now, days=31)

    assert (later.raised, later.suppressed) == ([], 1)


def test_a_month_without_a_scheduler_raises_one_late_order(
    database: Database, make: Plant, now: datetime
) -> None:
    make.schedule(every=1, unit="week", starts_on=date(2026, 1, 5))

    done = _generate(database, now)

    order = make.get(WorkOrder, done.raised[0])
    assert order.due_on == date(2026, 3, 2)
    assert order.description.endswith("Stands for 8 earlier ones, too.")


@pytest.mark.parametrize("status", [Status.RETIRED, Status.OUT_OF_SERVICE])
def test_a_machine_out_of_service_raises_nothing_and_is_named(
    database: Database, make: Plant, now: datetime, status: Status
) -> None:
    make.schedule(make.equipment(status=status))

    done = _generate(database, now)

    assert done.raised == []
    assert [(skip.schedule, skip.occurrence) for skip in done.skipped] == [
        ("P-101: Grease the bearings", DUE)
    ]


def test_an_inactive_schedule_rests(database: Database, make: Plant, now: datetime) -> None:
    schedule_id = make.schedule()
    with database.transaction() as session:
        deeds.deactivate(session, schedule_id=schedule_id, expected_version=None, now=now, by=BY)

    assert _generate(database, now).raised == []


def test_a_cancelled_floating_service_comes_round_again(
    database: Database, make: Plant, now: datetime
) -> None:
    make.schedule(basis="floating", last_done_on=date(2026, 2, 5))
    first = _generate(database, now)
    with database.transaction() as session:
        work_orders.cancel(
            session,
            work_order_id=first.raised[0],
            cancellation=CancelWorkOrder(reason="shutdown"),
            expected_version=None,
            now=now,
            by=BY,
        )

    same_day, next_month = _generate(database, now), _generate(database, now, days=30)

    assert same_day.raised == []
    assert make.get(WorkOrder, next_month.raised[0]).due_on == date(2026, 4, 5)


def test_each_site_goes_by_its_own_date(database: Database, make: Plant, now: datetime) -> None:
    make.site("east", timezone="Pacific/Kiritimati")  # already 3 March there, at 16:00 UTC
    make.schedule(make.equipment("E-1", site="east"), starts_on=date(2026, 3, 10))
    make.schedule(make.equipment("N-1"), starts_on=date(2026, 3, 10))
    with database.transaction() as session:
        done = deeds.generate(session, now=now + timedelta(hours=8), by=BY)

    assert len(done.raised) == 1


def test_two_generators_at_once_raise_each_occurrence_once(
    database: Database, make: Plant, now: datetime
) -> None:
    for number in range(5):
        make.schedule(make.equipment(f"P-{number}"))
    gate, results = Barrier(2), []

    def generate() -> None:
        gate.wait()
        results.append(_generate(database, now))

    threads = [Thread(target=generate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(done.raised) for done in results) == [0, 5]
    assert len(make.all(WorkOrder)) == 5


def test_an_edit_holds_from_the_next_occurrence_on(
    database: Database, make: Plant, now: datetime, ann: Actor
) -> None:
    schedule_id = make.schedule()
    _generate(database, now)
    version = make.get(PreventiveSchedule, schedule_id).version
    change = UpdateSchedule.parse(
        {"title": "Grease the bearings", "every": 2, "unit": "week", "starts_on": "2026-03-05"}
    )

    with database.transaction() as session:
        deeds.update(
            session,
            schedule_id=schedule_id,
            schedule=change,
            expected_version=version,
            now=now,
            by=ann,
        )

    with database.reading() as session:
        row = schedule(session, scope=EVERYWHERE, schedule_id=schedule_id, today=now.date())
    assert (row.next_due_on, row.lead_days) == (date(2026, 3, 19), 7)
    assert row.why == "due 19 Mar 2026: every 2 weeks, last due 05 Mar 2026"


def test_the_second_of_two_editors_is_told(
    database: Database, make: Plant, now: datetime, ann: Actor
) -> None:
    schedule_id = make.schedule()
    change = UpdateSchedule.parse(
        {"title": "Grease", "every": 1, "unit": "month", "starts_on": "2026-03-05"}
    )

    def update() -> None:
        with database.transaction() as session:
            deeds.update(
                session,
                schedule_id=schedule_id,
                schedule=change.model_copy(update={"lead_days": 3}),
                expected_version=1,
                now=now,
                by=ann,
            )

    update()
    with pytest.raises(Stale):
        update()


def test_a_technician_changes_no_schedule(
    database: Database, make: Plant, now: datetime, tom: Actor
) -> None:
    schedule_id = make.schedule()

    with pytest.raises(NotAllowed), database.transaction() as session:
        deeds.deactivate(session, schedule_id=schedule_id, expected_version=None, now=now, by=tom)


def test_a_machine_has_a_title_once(make: Plant) -> None:
    make.schedule()

    with pytest.raises(RuleBroken, match="already has a schedule"):
        make.schedule()


@pytest.mark.parametrize(
    ("name", "value"),
    [("every", 0), ("every", -1), ("every", 10**9), ("lead_days", -1), ("starts_on", "0001-01-01")],
)
def test_an_impossible_interval_is_refused(name: str, value: object) -> None:
    given = {"equipment_id": 1, "title": "Grease", "every": 1, "unit": "day"}

    with pytest.raises(InvalidInput, match=name):
        CreateSchedule.parse({**given, "starts_on": "2026-03-05", name: value})


def test_the_list_shows_one_site_the_next_due_first(
    database: Database, make: Plant, now: datetime
) -> None:
    pump: Equipment = make.equipment()
    make.schedule(pump, title="Yearly", unit="year", starts_on=date(2026, 12, 1))
    make.schedule(pump, title="Weekly", unit="week", starts_on=date(2026, 2, 20))
    foreign = make.schedule(make.equipment("S-1", site="south"))
    north = Scope(frozenset({pump.site_id}))

    with database.reading() as session:
        rows = schedules(session, scope=north, today=now.date())
        with pytest.raises(NotFound):
            schedule(session, scope=north, schedule_id=foreign, today=now.date())

    assert [(row.title, row.late_days) for row in rows] == [("Weekly", 10), ("Yearly", 0)]
