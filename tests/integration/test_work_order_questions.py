"""What pages ask about work orders."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.db import Database
from app.domain.errors import InvalidInput, NotFound
from app.domain.roles import EVERYWHERE, Actor, Scope
from app.domain.work_orders import Action, Priority, State
from app.queries.work_orders import (
    OrderCounts,
    OrderFilters,
    OrderPage,
    View,
    counts,
    my_work,
    order_page,
    orders,
)
from app.services import work_orders
from tests.plant import Plant

TODAY = date(2026, 3, 2)


@pytest.fixture
def plant(make: Plant, ann: Actor, tom: Actor) -> Plant:
    """Five orders: overdue, due, undated, requested (predicted), and one in another site."""
    pump = make.equipment()
    make.order(pump, by=ann, title="Overdue job", due_on=date(2026, 2, 25))
    make.order(pump, by=ann, title="Job of today", due_on=TODAY, assignee_id=tom.id)
    make.order(pump, by=ann, title="Some day", priority="urgent")
    make.predicted_order(pump)
    make.order(make.equipment("S-1", site="south"), title="Far away")
    return make


def _titles(database: Database, filters: OrderFilters, scope: Scope = EVERYWHERE) -> list[str]:
    with database.reading() as session:
        found = orders(session, scope=scope, filters=filters, today=TODAY)
    return [row.title for row in found.rows]


def test_work_to_do_comes_by_due_date_and_undated_work_last(
    database: Database, plant: Plant, ann: Actor
) -> None:
    titles = _titles(database, OrderFilters(), ann.scope)

    assert titles == ["Overdue job", "Job of today", "Some day", "Inspect the bearing"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (OrderFilters(View.OVERDUE), ["Overdue job"]),
        (OrderFilters(View.PREDICTED), ["Inspect the bearing"]),
        (OrderFilters(View.REQUESTED), ["Inspect the bearing"]),
        (OrderFilters(View.FINISHED), []),
        (OrderFilters(View.ALL, priority=Priority.URGENT), ["Some day"]),
        (OrderFilters(View.ALL, text="s-1"), ["Far away"]),
        (OrderFilters(View.ALL, text="wo-00002"), ["Job of today"]),
        (OrderFilters(View.ALL, text="100%"), []),
        (OrderFilters(View.ALL, assignee_id=2), ["Job of today"]),
    ],
)
def test_views_and_filters_narrow_the_list(
    database: Database, plant: Plant, filters: OrderFilters, expected: list[str]
) -> None:
    assert _titles(database, filters) == expected


@pytest.mark.parametrize("view", [View.OPEN, View.ALL])
def test_pages_by_key_show_every_order_once(database: Database, plant: Plant, view: View) -> None:
    seen, after = [], None
    with database.reading() as session:
        for _ in range(10):
            found = orders(
                session,
                scope=EVERYWHERE,
                filters=OrderFilters(view),
                today=TODAY,
                after=after,
                limit=2,
            )
            seen += [row.id for row in found.rows]
            after = found.after
            if after is None:
                break

    assert sorted(seen) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("after", ["x", "WzFd", "WyJ4IiwxXQ"])
def test_a_made_up_key_is_refused(database: Database, plant: Plant, after: str) -> None:
    with pytest.raises(InvalidInput, match="after"), database.reading() as session:
        orders(session, scope=EVERYWHERE, filters=OrderFilters(), today=TODAY, after=after)


def test_a_line_says_how_long_an_order_is_overdue(database: Database, plant: Plant) -> None:
    with database.reading() as session:
        rows = orders(session, scope=EVERYWHERE, filters=OrderFilters(), today=TODAY).rows

    assert [row.overdue_days for row in rows] == [5, 0, 0, 0, 0]


def test_the_counts_are_those_of_the_views(database: Database, plant: Plant, ann: Actor) -> None:
    with database.reading() as session:
        found = counts(session, scope=ann.scope, today=TODAY)

    assert found == OrderCounts(
        open=4, requested=1, overdue=1, predicted=1, unassigned=3, on_hold=0, to_review=0
    )


def test_counts_of_an_empty_plant_are_zero(database: Database) -> None:
    with database.reading() as session:
        assert counts(session, scope=EVERYWHERE, today=TODAY).open == 0


def test_my_work_is_mine_and_what_my_team_could_take(
    database: Database, plant: Plant, ann: Actor, tom: Actor
) -> None:
    plant.order(by=ann, title="Electric", team_id=plant.team("electricians").id)

    with database.reading() as session:
        found = my_work(
            session, scope=tom.scope, user_id=tom.id or 0, team_id=tom.team_id, today=TODAY
        )

    assert [row.title for row in found.mine] == ["Job of today"]
    assert [row.title for row in found.available] == ["Overdue job", "Some day"]


def _page(database: Database, order_id: int, by: Actor, now: datetime) -> OrderPage:
    with database.reading() as session:
        return order_page(
            session, scope=by.scope, work_order_id=order_id, by=by, now=now, today=TODAY
        )


def test_a_predicted_orders_page_shows_its_evidence(
    database: Database, plant: Plant, ann: Actor, now: datetime
) -> None:
    page = _page(database, 4, ann, now)

    (night,) = page.evidence
    assert (page.order.risk, page.order.component, page.order.number) == (
        0.4,
        "bearing",
        "WO-00004",
    )
    assert (night.risk, night.threshold, night.risk_hours) == (0.4, 0.0625, 96.0)
    assert night.drivers[0]["text"].startswith("vibration is 5.1")
    assert [line.action for line in page.history] == ["raised"]
    assert page.actions == (
        Action.ACCEPT,
        Action.DISMISS,
        Action.SNOOZE,
        Action.INSPECT,
        Action.ABSORB,
    )


def test_actions_are_those_of_the_person_who_asks(
    database: Database, plant: Plant, tom: Actor, eve: Actor, now: datetime
) -> None:
    mine, for_tom = _page(database, 2, tom, now), _page(database, 1, tom, now)
    for_eve = _page(database, 1, eve, now)

    assert mine.actions == (Action.TAKE, Action.START)
    assert for_tom.actions == (Action.TAKE,)
    assert (for_eve.actions, for_eve.may_assign, for_eve.may_comment) == ((), False, False)


def test_a_completed_orders_page_offers_undo_for_half_an_hour(
    database: Database, plant: Plant, tom: Actor, now: datetime
) -> None:
    with database.transaction() as session:
        for action, data in ((Action.TAKE, {}), (Action.COMPLETE, {"function": "none"})):
            work_orders.act(
                session,
                action=action,
                work_order_id=1,
                data=data,
                expected_version=None,
                now=now,
                by=tom,
            )

    fresh = _page(database, 1, tom, now)
    later = _page(database, 1, tom, now + timedelta(minutes=31))

    assert fresh.order.state is State.COMPLETED
    assert (fresh.actions, fresh.undo_until) == ((Action.UNDO,), now + timedelta(minutes=30))
    assert (later.actions, later.undo_until) == ((), None)
    assert fresh.finding is not None
    assert fresh.finding.function == "none"


def test_choices_are_those_of_the_orders_site_and_class(
    database: Database, plant: Plant, ann: Actor, tom: Actor, eve: Actor, now: datetime
) -> None:
    plant.user("tim", "technician", site="south")

    page = _page(database, 1, ann, now)

    assert [name for _, name in page.people] == ["Ann", "Tom"]
    assert [name for _, name in page.components] == ["Bearing", "Seal"]
    assert [name for _, name in page.teams] == ["mechanics"]


def test_a_foreign_sites_order_is_not_found(
    database: Database, plant: Plant, ann: Actor, now: datetime
) -> None:
    with pytest.raises(NotFound, match="There is no work order 5"):
        _page(database, 5, ann, now)
