"""Deciding later: a suggestion waits, and a night goes on adding to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.errors import InvalidInput, NotAllowed, RuleBroken
from app.domain.roles import Actor
from app.domain.work_orders import Action, State, in_sentence
from app.queries import work_orders as questions
from app.queries.event_names import with_event_names
from app.services import work_orders
from tests.plant import Plant


def snooze(database: Database, order_id: int, until: datetime, *, by: Actor, now: datetime) -> None:
    with database.transaction() as session:
        work_orders.act(
            session,
            action=Action.SNOOZE,
            work_order_id=order_id,
            data={"snoozed_until": until},
            expected_version=None,
            now=now,
            by=by,
        )


def test_a_snoozed_suggestion_comes_back_on_its_day(
    database: Database, make: Plant, ann: Actor, now: datetime
) -> None:
    order = make.predicted_order()
    until = (now + timedelta(days=7)).replace(hour=12)

    snooze(database, order, until, by=ann, now=now)

    assert (_inbox(database, ann, now), _inbox(database, ann, until - timedelta(days=1))) == (0, 0)
    assert _inbox(database, ann, until) == 1
    line = make.all(WorkOrderHistory)[-1]
    assert (line.action, line.from_state, line.to_state) == ("snooze", "requested", "requested")
    assert line.note == "Ask again on 9 Mar 2026."


def test_accepting_ends_a_snooze(
    database: Database, make: Plant, ann: Actor, now: datetime
) -> None:
    order = make.predicted_order()
    snooze(database, order, now + timedelta(days=7), by=ann, now=now)

    with database.transaction() as session:
        work_orders.accept(session, work_order_id=order, expected_version=None, now=now, by=ann)

    row = make.get(WorkOrder, order)
    assert (row.state, row.snoozed_until) == (State.OPEN, None)


def test_a_snooze_lies_in_the_future(
    database: Database, make: Plant, ann: Actor, now: datetime
) -> None:
    order = make.predicted_order()

    with pytest.raises(InvalidInput, match="future"):
        snooze(database, order, now, by=ann, now=now)


def test_only_what_waits_for_a_planner_is_put_off_and_only_by_one(
    database: Database, make: Plant, ann: Actor, tom: Actor, now: datetime
) -> None:
    later = now + timedelta(days=1)

    with pytest.raises(RuleBroken, match="cannot snooze"):
        snooze(database, make.order(), later, by=ann, now=now)
    with pytest.raises((NotAllowed, RuleBroken), match="Only a"):
        snooze(database, make.predicted_order(), later, by=tom, now=now)


@pytest.mark.parametrize(
    ("name", "said"),
    [("Rotor bearing", "rotor bearing"), ("VFD", "VFD"), ("the machine", "the machine"), ("", "")],
)
def test_a_component_is_written_small_inside_a_sentence(name: str, said: str) -> None:
    assert in_sentence(name) == said


def test_events_are_called_by_their_names_beside_their_codes() -> None:
    told = with_event_names("E17 x 2, X9 x 1 in the last 7 days", {"E17": "Supply dip"})

    assert told == "E17 (Supply dip) x 2, X9 x 1 in the last 7 days"


def _inbox(database: Database, by: Actor, at: datetime) -> int:
    with database.reading() as session:
        return questions.counts(session, scope=by.scope, today=at.date()).requested
