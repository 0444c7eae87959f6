"""Condition limits as the second source of orders: raised, joined, quiet, taken back.

Pumps whose vibration must not be above 7 mm/s for three running hours; hours end at 08:00.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.equipment import EquipmentClass, SensorRole
from app.db.outbox import OutboxMessage
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.errors import RuleBroken
from app.domain.roles import Actor, system
from app.domain.work_orders import Dismissal, OrderType, Outcome, Priority, Source, State
from app.inputs.work_orders import CompleteWorkOrder, DismissWorkOrder
from app.queries.invariants import violations
from app.services import conditions, work_orders
from app.services.conditions import Watched
from tests.forecasts import WrittenNight
from tests.hours import write_hours
from tests.limits import add_limit
from tests.plant import Plant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PASSED = [2.0, 2.0, 7.5, 8.0, 8.3]
Watch = Callable[..., Watched]
SetLimit = Callable[..., int]


@pytest.fixture
def shakes(database: Database, make: Plant, now: datetime) -> Callable[..., None]:
    """Hourly means of a pump's vibration, the last in the hour that ends *days* later."""

    def write(values: Sequence[float | None], tag: str = "P-101", days: float = 0) -> None:
        sensor = make.sensor(make.equipment(tag))
        write_hours(database, sensor.id, until=now + days * DAY, values=values)

    return write


@pytest.fixture
def set_limit(database: Database, make: Plant, now: datetime, ann: Actor) -> SetLimit:
    """Ann sets a limit of the pumps."""
    return partial(add_limit, make, by=ann)


@pytest.fixture
def watch(database: Database, make: Plant, now: datetime) -> Watch:
    """A night watches pumps."""

    def watched(*tags: str, days: float = 0) -> Watched:
        ids = [make.equipment(tag).id for tag in tags or ("P-101",)]
        with database.transaction() as session:
            moment = now + days * DAY
            return conditions.watch(
                session, equipment_ids=ids, as_of=moment, now=moment, by=system("night")
            )

    return watched


def notes(make: Plant, action: str) -> list[str]:
    return [row.note for row in make.all(WorkOrderHistory, action=action)]


def sound(database: Database) -> bool:
    with database.reading() as session:
        return violations(session) == []


# --- raised


def test_three_hours_above_the_limit_ask_for_an_inspection(
    database, make, shakes, set_limit, watch
) -> None:
    limit_id = set_limit(priority="high")
    shakes(PASSED)

    done = watch()

    (order,) = make.all(WorkOrder)
    assert done == Watched((order.id,), 0, 0)
    assert (order.type, order.source, order.state, order.priority) == (
        OrderType.INSPECTION,
        Source.CONDITION,
        State.REQUESTED,
        Priority.HIGH,
    )
    assert (order.condition_limit_id, order.mode) == (limit_id, "bearing")
    assert order.title == "Inspect P-101: vibration above 7 mm/s"
    assert order.description == (
        "Vibration above 7 mm/s for 3 running hours: now 8.3 mm/s, since 02 Mar 2026 05:00 UTC."
    )
    assert order.due_on == date(2026, 3, 6)
    assert notes(make, "raised") == [order.description]
    assert [row.kind for row in make.all(OutboxMessage)] == ["limit_passed"]


@pytest.mark.parametrize(
    "values", [[7.5, 8.0, 2.0], [2.0, 7.5, 8.0], [7.0, 7.0, 7.0], [], [8.0, 2.0, 8.0]]
)
def test_shorter_or_smaller_is_no_reason(make, shakes, set_limit, watch, values) -> None:
    set_limit()
    if values:
        shakes(values)

    assert watch() == Watched((), 0, 0)
    assert make.all(WorkOrder) == []


def test_below_is_a_side_too(make, shakes, set_limit, watch) -> None:
    set_limit(side="below", value=3)
    shakes([5.0, 2.9, 2.0, 1.0])

    assert len(watch().raised) == 1


def test_an_automatic_class_needs_no_word(database, make, shakes, set_limit, watch, now) -> None:
    WrittenNight(database, now).rule(make.equipment_class().id, approve_first=False)
    set_limit()
    shakes(PASSED)

    watch()

    assert [row.state for row in make.all(WorkOrder)] == [State.OPEN]


def test_only_hours_in_which_the_machine_ran_count(
    database, make, shakes, set_limit, watch, now
) -> None:
    set_limit()
    with database.transaction() as session:
        row = session.scalars(sa.select(EquipmentClass)).one()
        row.running_role, row.running_above = "current", 5.0
    # Stands in the third and fourth hour, whatever the vibration sensor says then.
    shakes([7.5, 8.0, 2.0, 2.0, 8.3])
    current = make.sensor(make.equipment(), "current")
    write_hours(database, current.id, until=now, values=[20.0, 20.0, 0.0, 0.0, 20.0])

    (order_id,) = watch().raised

    assert "for 3 running hours" in make.get(WorkOrder, order_id).description


def test_what_came_after_the_night_is_not_seen(shakes, set_limit, watch) -> None:
    set_limit()
    shakes(PASSED)

    assert watch(days=-0.1).raised == ()


def test_readings_that_ended_days_ago_say_nothing_of_tonight(shakes, set_limit, watch) -> None:
    set_limit()
    shakes(PASSED)

    assert (watch(days=4).raised, len(watch(days=3.9).raised)) == ((), 1)


def test_a_machines_own_limit_replaces_that_of_its_class(make, shakes, set_limit, watch) -> None:
    set_limit()
    set_limit(equipment_id=make.equipment().id, value=9)
    shakes(PASSED)
    shakes(PASSED, tag="P-102")

    (order_id,) = watch("P-101", "P-102").raised

    assert make.get(WorkOrder, order_id).equipment_id == make.equipment("P-102").id


def test_an_ended_limit_raises_nothing(database, make, shakes, set_limit, watch) -> None:
    set_limit(is_active=False)
    shakes(PASSED)

    assert watch().raised == ()


# --- nothing twice


def test_the_same_night_and_the_next_raise_it_once(database, make, shakes, set_limit, watch):
    set_limit()
    shakes(PASSED)
    watch()
    shakes([8.0] * 24, days=1)

    again, next_night = watch(), watch(days=1)

    assert (again.raised, next_night.raised, len(make.all(WorkOrder))) == ((), (), 1)
    assert sound(database)


@pytest.mark.parametrize("kind", [OrderType.CORRECTIVE, OrderType.PREVENTIVE])
def test_open_work_on_the_component_takes_the_limit_in(
    make, shakes, set_limit, watch, kind
) -> None:
    set_limit()
    make.order(type=kind, component_id=make.component("bearing").id)
    shakes(PASSED)

    done, again = watch(), watch()

    assert done == again == Watched((), 1, 0)
    assert len(make.all(WorkOrder)) == 1
    (note,) = notes(make, "limit_passed")
    assert note.startswith("Vibration above 7 mm/s for 3 running hours")


def test_an_open_prediction_of_the_component_takes_the_limit_in(
    database, make, shakes, set_limit, watch, now
) -> None:
    night = WrittenNight(database, now)
    night.rule(make.equipment_class().id)
    set_limit()
    shakes(PASSED)
    (order_id,) = night({("P-101", "bearing"): 0.4}).raised

    assert watch() == Watched((), 1, 0)
    assert [row.work_order_id for row in make.all(WorkOrderHistory, action="limit_passed")] == [
        order_id
    ]


def test_a_prediction_joins_the_open_order_of_a_limit(
    database, make, shakes, set_limit, watch, now
) -> None:
    night = WrittenNight(database, now)
    night.rule(make.equipment_class().id)
    set_limit()
    shakes(PASSED)
    watch()

    done = night({("P-101", "bearing"): 0.4, ("P-101", "seal"): 0.3}, days=0.1)

    assert (len(done.raised), done.absorbed) == (1, 1)
    assert sound(database)


def test_two_limits_of_one_component_are_one_inspection(make, shakes, set_limit, watch) -> None:
    set_limit()
    other = make.sensor(make.equipment(), "heat")
    with make.database.reading() as session:
        role = session.scalars(sa.select(SensorRole.id).where(SensorRole.code == "heat")).one()
    set_limit(sensor_role_id=role, value=80)
    shakes(PASSED)
    write_hours(make.database, other.id, until=make.now, values=[90.0] * 4)

    first, again = watch(), watch()

    assert (len(first.raised), first.absorbed) == (1, 1)
    assert again == Watched((), 1, 0)
    assert len(notes(make, "limit_passed")) == 1


# --- quiet


def test_after_the_work_it_is_quiet_for_the_cooldown(
    database, make, shakes, set_limit, watch, ann: Actor, tom: Actor, now
) -> None:
    set_limit()
    shakes(PASSED)
    (order_id,) = watch().raised
    done = {"work_order_id": order_id, "expected_version": None, "now": now + HOUR}
    found = CompleteWorkOrder(
        outcome=Outcome.NOTHING_FOUND, function="none", condition_found="good", labour_hours=1
    )
    with database.transaction() as session:
        work_orders.accept(session, by=ann, **done)
        work_orders.take(session, by=tom, **done)
        work_orders.complete(session, finding=found, by=tom, **done)
    shakes([8.0] * 24 * 8, days=8)

    within, after = watch(days=7), watch(days=8)

    assert (within, len(after.raised)) == (Watched((), 0, 1), 1)


def test_a_dismissal_with_a_snooze_holds_until_its_end(
    database, make, shakes, set_limit, watch, ann: Actor, now
) -> None:
    set_limit()
    shakes(PASSED)
    (order_id,) = watch().raised
    with database.transaction() as session:
        work_orders.dismiss(
            session,
            work_order_id=order_id,
            dismissal=DismissWorkOrder(
                dismissal=Dismissal.KNOWN_CAUSE, snoozed_until=now + 20 * DAY
            ),
            expected_version=None,
            now=now,
            by=ann,
        )
    shakes([8.0] * 24 * 21, days=21)

    assert watch(days=19) == Watched((), 0, 1)
    assert len(watch(days=21).raised) == 1


# --- taken back


def test_back_within_for_as_long_proposes_withdrawal_once(
    database, make, shakes, set_limit, watch
) -> None:
    set_limit()
    shakes(PASSED)
    (order_id,) = watch().raised
    shakes([2.0, 2.0], days=2 / 24)

    too_soon = watch(days=2 / 24)
    assert make.get(WorkOrder, order_id).withdrawal_proposed_at is None
    shakes([2.0], days=3 / 24)
    watch(days=3 / 24)
    watch(days=3 / 24)

    assert too_soon.raised == ()
    assert make.get(WorkOrder, order_id).withdrawal_proposed_at is not None
    assert notes(make, "withdrawal_proposed") == [
        "Vibration is back within 7 mm/s since 02 Mar 2026 08:00 UTC: withdrawal proposed."
    ]


def test_passed_again_it_is_wanted_again(make, shakes, set_limit, watch) -> None:
    set_limit()
    shakes(PASSED)
    (order_id,) = watch().raised
    shakes([2.0] * 3, days=3 / 24)
    watch(days=3 / 24)
    shakes([9.0] * 3, days=6 / 24)

    watch(days=6 / 24)

    assert make.get(WorkOrder, order_id).withdrawal_proposed_at is None
    assert len(make.all(WorkOrder)) == 1


def test_an_undone_order_does_not_come_back_beside_a_newer_one(
    database, make, shakes, set_limit, watch, ann: Actor, tom: Actor, now
) -> None:
    limit_id = set_limit()
    shakes(PASSED)
    (order_id,) = watch().raised
    done = {"work_order_id": order_id, "expected_version": None, "now": now}
    with database.transaction() as session:
        work_orders.accept(session, by=ann, **done)
        work_orders.take(session, by=tom, **done)
        found = CompleteWorkOrder(outcome=Outcome.NOTHING_FOUND, function="none", labour_hours=1)
        work_orders.complete(session, finding=found, by=tom, **done)
        newer = WorkOrder(
            equipment_id=make_id(session, order_id),
            type=OrderType.INSPECTION,
            source=Source.CONDITION,
            condition_limit_id=limit_id,
            state=State.REQUESTED,
            title="Inspect P-101",
        )
        work_orders.write_new(session, newer, now=now, by=system("night"))

    with pytest.raises(RuleBroken, match="is already requested"), database.transaction() as session:
        work_orders.undo(session, by=tom, **done)


def make_id(session, order_id: int) -> int:
    return session.get_one(WorkOrder, order_id).equipment_id
