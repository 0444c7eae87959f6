"""A suggestion meets the calendar: services that take it in, and stop windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.db.equipment import Equipment
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.errors import InvalidInput, NotAllowed, RuleBroken, Stale
from app.domain.roles import Actor
from app.domain.work_orders import (
    State,
)
from app.inputs.suggestions import AbsorbIntoService, PlanIntoWindow, PullForward
from app.queries.invariants import violations
from app.services import suggestions
from tests.plant import Plant
from tests.suggested import HOUR, SATURDAY, WEEK, finish, say, suggested, window


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment()


@pytest.fixture
def order_id(make: Plant, pump: Equipment) -> int:
    """A suggestion for the bearing: 10 % within a week, bound after 100 h, median after 400 h."""
    return suggested(make, pump)


@pytest.fixture(autouse=True)
def _unbroken(make: Plant) -> Iterator[None]:
    yield
    with make.database.reading() as session:
        assert violations(session) == []


# --- services


def into_service(make: Plant, order_id: int, by: Actor, schedule_id: int, **more: Any) -> int:
    given = AbsorbIntoService(schedule_id=schedule_id, **more)
    with make.database.transaction() as session:
        return suggestions.absorb_into_service(
            session,
            work_order_id=order_id,
            absorption=given,
            expected_version=None,
            now=make.now,
            by=by,
        )


def test_a_service_raises_its_order_now_and_takes_the_suggestion_in(
    make: Plant, ann: Actor, order_id: int
) -> None:
    service = make.schedule()  # due on 5 March, every month

    host = make.get(WorkOrder, into_service(make, order_id, ann, service))

    assert (host.schedule_id, host.due_on, host.occurrence_on) == (
        service,
        date(2026, 3, 5),
        date(2026, 3, 5),
    )
    assert make.get(WorkOrder, order_id).absorbed_into_id == host.id


def test_a_service_pulled_into_a_stop_is_planned_for_it_at_once(
    make: Plant, ann: Actor, order_id: int
) -> None:
    service, stop = make.schedule(), make.now + timedelta(days=1)

    host = make.get(WorkOrder, into_service(make, order_id, ann, service, starts_at=stop))

    assert (host.state, host.planned_start_at, host.due_on) == (State.PLANNED, stop, stop.date())
    assert make.get(WorkOrder, order_id).absorbed_into_id == host.id


def test_a_day_and_a_start_at_once_are_refused() -> None:
    with pytest.raises(InvalidInput):
        AbsorbIntoService.parse(
            {"schedule_id": 1, "on": "2026-03-04", "starts_at": "2026-03-04T06:00:00+00:00"}
        )


def test_an_order_that_is_open_for_the_service_takes_it_in_as_it_is(
    make: Plant, ann: Actor, pump: Equipment, order_id: int
) -> None:
    service = make.schedule()
    first = into_service(make, order_id, ann, service)

    second = into_service(make, suggested(make, pump, "seal"), ann, service)

    assert second == first


def test_a_service_of_another_machine_takes_nothing_in(
    make: Plant, ann: Actor, order_id: int
) -> None:
    service = make.schedule(make.equipment("P-102"))

    with pytest.raises(InvalidInput):
        into_service(make, order_id, ann, service)


@pytest.mark.parametrize(
    ("basis", "next_on", "said"),
    [
        ("fixed", date(2026, 5, 20), "The one after it stays due on 20 May 2026."),
        ("floating", date(2026, 4, 2), "The next one counts from its completion."),
    ],
)
def test_a_service_pulled_forward_goes_on_by_its_basis(
    make: Plant, ann: Actor, tom: Actor, basis: str, next_on: date, said: str
) -> None:
    from app.queries.schedules import schedule

    service = make.schedule(basis=basis, starts_on=date(2026, 4, 20), last_done_on=date(2026, 3, 1))
    if basis == "floating":  # due on 1 April, a month after 1 March
        assert make.get(PreventiveSchedule, service).last_done_on == date(2026, 3, 1)
    pull = PullForward(on=date(2026, 3, 4), note="Shared stop.")
    with make.database.transaction() as session:
        made = suggestions.pull_forward(
            session, schedule_id=service, pull=pull, expected_version=None, now=make.now, by=ann
        )

    raised = make.get(WorkOrder, made)
    assert (raised.due_on, raised.state) == (date(2026, 3, 4), State.OPEN)
    (line,) = make.all(WorkOrderHistory, work_order_id=made)
    assert line.note.startswith("Shared stop. Pulled forward from ")
    assert line.note.endswith(said)
    finish(make, made, tom, condition_found="good")
    with make.database.reading() as session:
        row = schedule(session, scope=ann.scope, schedule_id=service, today=make.now.date())
    assert row.next_due_on == next_on


def test_a_service_pulled_into_a_window_is_planned_for_it(make: Plant, ann: Actor) -> None:
    service = make.schedule(starts_on=date(2026, 4, 20))
    pull = PullForward(starts_at=SATURDAY)
    with make.database.transaction() as session:
        made = suggestions.pull_forward(
            session, schedule_id=service, pull=pull, expected_version=None, now=make.now, by=ann
        )

    order = make.get(WorkOrder, made)
    assert (order.state, order.planned_start_at, order.due_on) == (
        State.PLANNED,
        SATURDAY,
        SATURDAY.date(),
    )


def test_a_service_is_pulled_only_forward_once_and_by_a_planner(
    make: Plant, ann: Actor, tom: Actor
) -> None:
    service = make.schedule()

    def pull(by: Actor, on: date, version: int | None = None) -> None:
        with make.database.transaction() as session:
            suggestions.pull_forward(
                session,
                schedule_id=service,
                pull=PullForward(on=on),
                expected_version=version,
                now=make.now,
                by=by,
            )

    for on in (date(2026, 3, 1), date(2026, 3, 6)):
        with pytest.raises(InvalidInput):
            pull(ann, on)
    with pytest.raises(NotAllowed):
        pull(tom, date(2026, 3, 4))
    with pytest.raises(Stale):
        pull(ann, date(2026, 3, 4), version=9)
    pull(ann, date(2026, 3, 4))
    with pytest.raises(RuleBroken, match="is open for"):
        pull(ann, date(2026, 3, 4))


# --- windows


def into_window(
    make: Plant, order_id: int, by: Actor, window_id: int, start: datetime = SATURDAY
) -> None:
    given = PlanIntoWindow(stop_window_id=window_id, starts_at=start)
    with make.database.transaction() as session:
        suggestions.plan_into_window(
            session,
            work_order_id=order_id,
            plan=given,
            expected_version=None,
            now=make.now,
            by=by,
        )


def test_one_tap_accepts_a_suggestion_and_plans_it_into_a_window(
    make: Plant, ann: Actor, order_id: int
) -> None:
    say(make, job_hours=4.0)

    into_window(make, order_id, ann, window(make, ann))

    order = make.get(WorkOrder, order_id)
    assert (order.state, order.planned_start_at, order.due_on, order.estimated_hours) == (
        State.PLANNED,
        SATURDAY,
        SATURDAY.date(),
        4.0,
    )
    lines = make.all(WorkOrderHistory, work_order_id=order_id)
    assert [line.action for line in lines] == ["raised", "accept", "plan"]


def test_a_planned_suggestion_moves_to_another_window(
    make: Plant, ann: Actor, order_id: int
) -> None:
    made = window(make, ann, repeat="weekly")
    into_window(make, order_id, ann, made)

    into_window(make, order_id, ann, made, SATURDAY + WEEK)

    assert make.get(WorkOrder, order_id).planned_start_at == SATURDAY + WEEK


def test_a_window_that_is_not_the_machines_is_refused(
    make: Plant, ann: Actor, order_id: int
) -> None:
    foreign = window(make, ann, equipment_id=make.equipment("P-102").id)

    with pytest.raises(InvalidInput):
        into_window(make, order_id, ann, foreign)
    with pytest.raises(InvalidInput):
        into_window(make, order_id, ann, window(make, ann), SATURDAY + HOUR)
    assert make.get(WorkOrder, order_id).state is State.REQUESTED


def test_a_service_planned_late_stays_due_when_it_was(make: Plant, ann: Actor) -> None:
    service = make.order(type="preventive", due_on="2026-03-04")

    into_window(make, service, ann, window(make, ann))

    order = make.get(WorkOrder, service)
    assert (order.planned_start_at, order.due_on) == (SATURDAY, date(2026, 3, 4))
