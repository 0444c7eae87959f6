"""Completing an order: what nights will learn from it, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import DataVersion, Equipment
from app.db.places import Site
from app.db.records import Failure, ServiceRecord
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import Finding, WorkOrder
from app.domain.errors import InvalidInput, RuleBroken
from app.domain.roles import Actor, system
from app.domain.work_orders import Action, Function, Outcome, State
from app.inputs.records import Known, RecordFailure
from app.queries.invariants import violations
from app.services import records, schedules, work_orders
from tests.plant import Plant

Do = Callable[..., None]


@pytest.fixture
def do(database: Database, now: datetime, tom: Actor) -> Do:
    """Does an action as tom, some minutes after the morning began."""

    def done(
        action: str, order_id: int, *, minutes: int = 0, by: Actor = tom, **data: object
    ) -> None:
        with database.transaction() as session:
            work_orders.act(
                session,
                action=Action(action),
                work_order_id=order_id,
                data=data,
                expected_version=None,
                now=now + timedelta(minutes=minutes),
                by=by,
            )

    return done


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment()


@pytest.fixture
def job(make: Plant, pump: Equipment, do: Do) -> int:
    """A corrective order tom has taken."""
    order_id = make.order(pump)
    do("take", order_id)
    return order_id


def test_a_lost_function_is_a_failure_when_it_began(
    make: Plant, pump: Equipment, do: Do, job: int, now: datetime
) -> None:
    seal = make.component("seal")
    began = now - timedelta(hours=5)

    do("complete", job, minutes=9, function="lost", component_id=seal.id, failed_at=began)

    (failure,) = make.all(Failure)
    assert (failure.at, failure.component_id, failure.equipment_id) == (began, seal.id, pump.id)
    assert (failure.work_order_id, failure.recorded_at) == (job, now + timedelta(minutes=9))


def test_without_another_moment_the_failure_is_dated_at_the_orders_creation(
    make: Plant, do: Do, job: int, now: datetime
) -> None:
    do("complete", job, minutes=9, function="lost")

    assert make.all(Failure)[0].at == now


@pytest.mark.parametrize("function", ["degraded", "none"])
def test_only_a_lost_function_is_a_failure(make: Plant, do: Do, job: int, function: str) -> None:
    do("complete", job, function=function)

    assert make.all(Failure) == []
    assert make.all(Finding)[0].function is Function(function)


def test_a_failure_that_was_imported_before_is_not_doubled(
    database: Database, make: Plant, pump: Equipment, do: Do, job: int, now: datetime
) -> None:
    known = RecordFailure(equipment_id=pump.id, at=now, mode="BRD")
    with database.transaction() as session:
        records.add_failures(
            session, failures=[known], known=Known.AT, now=now, by=system("import")
        )

    do("complete", job, function="lost")
    do("undo", job)

    (failure,) = make.all(Failure)
    assert (failure.mode, failure.work_order_id) == ("BRD", None)


@pytest.mark.parametrize(
    ("activity", "renews"), [("replace", True), ("overhaul", True), ("inspection", False)]
)
def test_a_renewing_activity_starts_the_components_life_anew(
    make: Plant, do: Do, job: int, activity: str, renews: bool
) -> None:
    bearing = make.component("bearing")

    do(
        "complete",
        job,
        function="degraded",
        activity=activity,
        component_id=bearing.id,
        condition_found="worn",
    )

    found = [(row.component_id, row.is_planned, row.activity) for row in make.all(ServiceRecord)]
    assert found == ([(bearing.id, False, activity)] if renews else [])


def test_the_machines_data_counts_as_changed(
    make: Plant, pump: Equipment, do: Do, job: int
) -> None:
    before = make.all(DataVersion, equipment_id=pump.id)

    do("complete", job, function="none")

    after = make.get(DataVersion, pump.id).version
    assert after == (before[0].version if before else 0) + 1


def test_a_corrective_order_says_whether_function_was_lost(do: Do, job: int) -> None:
    with pytest.raises(InvalidInput, match="lost its function"):
        do("complete", job)


def test_a_failure_does_not_lie_in_the_future(do: Do, job: int, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="future"):
        do("complete", job, function="lost", failed_at=now + timedelta(minutes=1))


def test_a_predictive_order_says_what_was_found_of_what_was_predicted(make: Plant, do: Do) -> None:
    order_id = make.predicted_order(state=State.OPEN)
    do("take", order_id)

    with pytest.raises(InvalidInput) as refused:
        do("complete", order_id)
    do("complete", order_id, outcome="fault_as_predicted", function="degraded")

    assert sorted(refused.value.fields) == ["function", "outcome"]
    assert make.all(Finding)[0].outcome is Outcome.FAULT_AS_PREDICTED


def test_a_foreseen_failure_is_dated_by_the_technician(make: Plant, do: Do, now: datetime) -> None:
    order_id = make.predicted_order(state=State.OPEN)
    do("take", order_id)

    with pytest.raises(InvalidInput, match="Say when"):
        do("complete", order_id, outcome="fault_as_predicted", function="lost")
    do("complete", order_id, outcome="fault_as_predicted", function="lost", failed_at=now)

    assert len(make.all(Failure)) == 1


def test_replacing_without_a_finding_is_a_planned_renewal(make: Plant, do: Do) -> None:
    order_id = make.predicted_order(state=State.OPEN)
    do("take", order_id)

    do("complete", order_id, outcome="nothing_found_replaced", function="none")

    assert [row.is_planned for row in make.all(ServiceRecord)] == [True]


def test_a_completion_taken_back_leaves_nothing_behind(
    database: Database, make: Plant, do: Do, job: int
) -> None:
    do("complete", job, function="lost", activity="replace", labour_hours=2)

    do("undo", job, minutes=30)

    order = make.get(WorkOrder, job)
    assert (order.state, order.completed_at, order.labour_hours) == (State.IN_PROGRESS, None, None)
    assert (make.all(Failure), make.all(ServiceRecord), make.all(Finding)) == ([], [], [])
    with database.reading() as session:
        assert violations(session) == []


def test_after_half_an_hour_a_completion_stays(make: Plant, do: Do, job: int) -> None:
    do("complete", job, function="lost")

    with pytest.raises(RuleBroken, match="30 minutes"):
        do("undo", job, minutes=31)

    assert len(make.all(Failure)) == 1


def test_reworked_and_completed_again_the_last_finding_counts(
    make: Plant, do: Do, job: int, ann: Actor
) -> None:
    do("complete", job, function="lost", activity="repair")
    do("rework", job, minutes=60, by=ann, reason="still leaking")

    do("complete", job, minutes=90, function="none", activity="replace")

    assert [row.function for row in make.all(Finding)] == [Function.NONE]
    assert make.all(Failure) == []
    assert [row.activity for row in make.all(ServiceRecord)] == ["repair", "replace"]


def test_a_completed_service_moves_its_schedule_and_undo_moves_it_back(
    database: Database, make: Plant, do: Do, now: datetime
) -> None:
    schedule_id = make.schedule(basis="floating", last_done_on=date(2026, 2, 1))
    with database.transaction() as session:
        done = schedules.generate(session, now=now, by=system("test"))
    do("take", done.raised[0])

    do("complete", done.raised[0])
    moved = make.get(PreventiveSchedule, schedule_id).last_done_on
    do("undo", done.raised[0], minutes=5)

    assert moved == now.date()
    assert make.get(PreventiveSchedule, schedule_id).last_done_on == date(2026, 2, 1)


def test_the_day_of_a_service_is_the_sites_day(
    database: Database, make: Plant, do: Do, now: datetime
) -> None:
    with database.transaction() as session:  # 08:00 UTC is 21:00 in Auckland, the same day still
        session.execute(sa.update(Site).values(timezone="Pacific/Auckland"))
    schedule_id = make.schedule()
    with database.transaction() as session:
        done = schedules.generate(session, now=now, by=system("test"))
    do("take", done.raised[0])

    do("complete", done.raised[0], minutes=4 * 60)

    assert make.get(PreventiveSchedule, schedule_id).last_done_on == date(2026, 3, 3)
