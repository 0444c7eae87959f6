"""A suggestion and other open work are planned into one stop: both or neither."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from app.db.audit import AuditRow
from app.db.equipment import Equipment
from app.db.places import Location
from app.db.work_orders import WorkOrder
from app.domain.errors import ForewarnError, InvalidInput, NotFound, RuleBroken, Stale
from app.domain.roles import EVERYWHERE, Actor
from app.domain.work_orders import State, TransitionRefused
from app.inputs.equipment import SetOrderRule
from app.inputs.suggestions import PlanBothIntoWindow, PlanIntoWindow
from app.queries.invariants import violations
from app.queries.suggestions import Beside, suggestion
from app.services import classes, suggestions
from tests.plant import Plant
from tests.suggested import DAY, HOUR, SATURDAY, WEEK, say, suggested, window


@pytest.fixture
def line(make: Plant) -> int:
    """The location two pumps stand at."""
    make.equipment("P-102")
    with make.database.transaction() as session:
        place = Location(site_id=make.equipment().site_id, code="L1", name="Line 1")
        session.add(place)
        session.flush()
        session.execute(sa.update(Equipment).values(location_id=place.id))
        return place.id


@pytest.fixture
def order_id(make: Plant, line: int) -> int:
    """A suggestion for the bearing of P-101: its lower bound is 100 h from now."""
    assert line
    return suggested(make, make.equipment(), risk=0.1)


@pytest.fixture
def other_id(make: Plant, line: int) -> int:
    """Open work on its neighbour that nobody has scheduled."""
    assert line
    return make.order(make.equipment("P-102"))


@pytest.fixture(autouse=True)
def _unbroken(make: Plant) -> Iterator[None]:
    yield
    with make.database.reading() as session:
        assert violations(session) == []


def both(make: Plant, order_id: int, by: Actor, seen: int | None = None, **given: Any) -> None:
    plan = PlanBothIntoWindow(**{"starts_at": SATURDAY, **given})
    with make.database.transaction() as session:
        suggestions.plan_both_into_window(
            session,
            work_order_id=order_id,
            plan=plan,
            expected_version=seen,
            now=make.now,
            by=by,
        )


def beside(make: Plant, order_id: int) -> tuple[Beside, ...]:
    with make.database.reading() as session:
        told = suggestion(session, scope=EVERYWHERE, work_order_id=order_id, now=make.now)
    assert told is not None
    return told.other_work.beside


def standing(make: Plant, *order_ids: int) -> list[tuple[State, bool]]:
    rows = [make.get(WorkOrder, order_id) for order_id in order_ids]
    return [(row.state, row.planned_start_at == SATURDAY) for row in rows]


def test_both_are_planned_into_the_stop_and_audited(
    make: Plant, ann: Actor, order_id: int, other_id: int
) -> None:
    stop = window(make, ann)

    both(make, order_id, ann, stop_window_id=stop, other_order_id=other_id)

    assert standing(make, order_id, other_id) == [(State.PLANNED, True)] * 2
    rows = make.all(AuditRow, entity="work_order", action="plan")
    assert {(row.entity_id, row.by_name) for row in rows} == {
        (str(order_id), "ann"),
        (str(other_id), "ann"),
    }


def test_a_suggestion_that_is_planned_there_already_stays_as_it_is(
    make: Plant, ann: Actor, order_id: int, other_id: int
) -> None:
    stop = window(make, ann)
    with make.database.transaction() as session:
        suggestions.plan_into_window(
            session,
            work_order_id=order_id,
            plan=PlanIntoWindow(stop_window_id=stop, starts_at=SATURDAY),
            expected_version=None,
            now=make.now,
            by=ann,
        )
    before = make.get(WorkOrder, order_id).version

    both(make, order_id, ann, stop_window_id=stop, other_order_id=other_id)

    assert make.get(WorkOrder, order_id).version == before
    assert standing(make, other_id) == [(State.PLANNED, True)]


@pytest.mark.parametrize("wrong", ["version", "other_version", "window", "scheduled", "line"])
def test_where_one_cannot_be_planned_neither_is(
    make: Plant, ann: Actor, order_id: int, other_id: int, wrong: str
) -> None:
    stop = window(make, ann)
    narrow = window(make, ann, equipment_id=make.equipment().id)
    given: dict[str, Any] = {"stop_window_id": stop, "other_order_id": other_id}
    if wrong == "scheduled":
        with make.database.transaction() as session:
            suggestions.plan_into_window(
                session,
                work_order_id=other_id,
                plan=PlanIntoWindow(stop_window_id=stop, starts_at=SATURDAY),
                expected_version=None,
                now=make.now,
                by=ann,
            )
    more, trouble = {
        "version": ({"seen": 7}, Stale),
        "other_version": ({"other_version": 7}, Stale),
        "window": ({"stop_window_id": narrow}, InvalidInput),
        "scheduled": ({}, RuleBroken),
        "line": ({"other_order_id": make.order(make.equipment("P-103"))}, InvalidInput),
    }[wrong]
    was = standing(make, order_id, other_id)

    with pytest.raises(trouble):
        both(make, order_id, ann, **{**given, **more})

    assert standing(make, order_id, other_id) == was
    assert was[0] == (State.REQUESTED, False)


def test_an_order_is_not_its_own_neighbour_and_a_foreign_one_does_not_exist(
    make: Plant, ann: Actor, order_id: int
) -> None:
    stop = window(make, ann)
    foreign = make.order(make.equipment("S-1", site="south"))

    with pytest.raises(InvalidInput):
        both(make, order_id, ann, stop_window_id=stop, other_order_id=order_id)
    with pytest.raises(NotFound):
        both(make, order_id, ann, stop_window_id=stop, other_order_id=foreign)


def test_a_technician_plans_neither(
    make: Plant, ann: Actor, tom: Actor, order_id: int, other_id: int
) -> None:
    stop = window(make, ann)

    with pytest.raises(TransitionRefused):
        both(make, order_id, tom, stop_window_id=stop, other_order_id=other_id)

    assert standing(make, order_id, other_id) == [(State.REQUESTED, False), (State.OPEN, False)]


def test_of_two_planners_who_take_them_the_other_way_round_one_is_told(
    make: Plant, ann: Actor, adam: Actor, order_id: int, other_id: int
) -> None:
    stop = window(make, ann)
    start = Barrier(2)
    second = suggested(make, make.equipment("P-102"))

    def attempt(who: Actor, mine: int) -> str:
        start.wait()
        try:
            both(make, mine, who, stop_window_id=stop, other_order_id=other_id)
        except ForewarnError as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(2) as people:
        told = sorted(people.map(attempt, (ann, adam), (order_id, second)))

    assert told == ["RuleBroken", "done"]
    assert standing(make, other_id) == [(State.PLANNED, True)]


# --- which stops are offered


def priced(make: Plant, by: Actor, inspection_cost: float) -> None:
    """An order pays from a risk of inspection_cost / 16 on."""
    rule = SetOrderRule(
        equipment_class_id=make.equipment_class().id, inspection_cost=inspection_cost
    )
    with make.database.transaction() as session:
        classes.set_order_rule(session, rule=rule, now=make.now - DAY, by=by)


@pytest.mark.parametrize(
    ("inspection_cost", "best"),
    [
        (1.0, 3),  # 6.3 %: the last stop before the risk reaches it, as the page proposes
        (0.5, 1),  # 3.1 %
        (0.1, 1),  # 0.6 %: above it from the beginning, the first
        (1.5, 3),  # 9.4 %: the page proposes the sixth day, but one in ten has failed by then
    ],
)
def test_the_stop_the_page_would_propose_before_the_must_start_by_date_comes_first(
    make: Plant, ann: Actor, order_id: int, other_id: int, inspection_cost: float, best: int
) -> None:
    # One in ten has failed after 100 h; 2.5 % within a day, 5 % in three, 8.8 % in six.
    priced(make, ann, inspection_cost)
    days = (1, 3, 6)
    for number in days:
        window(make, ann, start=make.now + number * DAY)

    (found,) = beside(make, order_id)

    order = [best, *(number for number in days if number != best)]
    assert found.id == other_id
    assert [stop.starts_at for stop in found.stops] == [make.now + n * DAY for n in order]


def test_the_stop_the_suggestion_is_planned_into_comes_first(
    make: Plant, ann: Actor, order_id: int, other_id: int
) -> None:
    starts = [make.now + days * DAY for days in (1, 3)]
    stops = [window(make, ann, start=start) for start in starts]
    with make.database.transaction() as session:
        suggestions.plan_into_window(
            session,
            work_order_id=order_id,
            plan=PlanIntoWindow(stop_window_id=stops[0], starts_at=starts[0]),
            expected_version=None,
            now=make.now,
            by=ann,
        )

    (found,) = beside(make, order_id)

    assert found.stops[0].starts_at == starts[0]


def test_only_stops_of_both_machines_that_are_long_enough_are_offered(
    make: Plant, ann: Actor, order_id: int, other_id: int
) -> None:
    say(make, job_hours=5)  # of the suggestion's component
    same = make.order(make.equipment(), estimated_hours=5)
    long, short = make.now + DAY, make.now + 2 * DAY
    window(
        make, ann, start=long, ends_at=long + 12 * HOUR, location_id=make.equipment().location_id
    )
    window(make, ann, start=short)
    window(make, ann, start=make.now + 3 * DAY, equipment_id=make.equipment().id)

    found = {row.id: {stop.starts_at for stop in row.stops} for row in beside(make, order_id)}

    # One machine: one job after the other, ten hours. Two machines at once: five.
    assert found == {same: {long}, other_id: {long, short}}


def test_work_that_is_scheduled_is_offered_no_stop(
    make: Plant, ann: Actor, order_id: int, other_id: int
) -> None:
    stop = window(make, ann)
    with make.database.transaction() as session:
        suggestions.plan_into_window(
            session,
            work_order_id=other_id,
            plan=PlanIntoWindow(stop_window_id=stop, starts_at=SATURDAY),
            expected_version=None,
            now=make.now,
            by=ann,
        )

    (found,) = beside(make, order_id)

    assert (found.stops, found.on) == ((), SATURDAY.date())
    assert make.now < SATURDAY < make.now + 2 * WEEK
