"""Any sequence of actions by anybody: the table holds, and so does every invariant."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db import Database
from app.db.audit import AuditRow
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.errors import ForewarnError
from app.domain.roles import Actor
from app.domain.work_orders import TRANSITIONS, Action
from app.queries.invariants import violations
from app.services import work_orders
from tests.plant import Plant

_tags = count()

DATA: dict[Action, list[dict[str, Any]]] = {
    Action.PLAN: [{"planned_start_at": "2026-03-03T06:00:00Z"}, {}],
    Action.HOLD: [{"hold": "parts"}, {"hold": "lunch"}],
    Action.COMPLETE: [
        {"outcome": "fault_as_predicted", "function": "degraded", "activity": "replace"},
        {"outcome": "other_fault", "function": "lost", "failed_at": "2026-03-02T07:00:00Z"},
        {"function": "none"},
        {},
    ],
    Action.REWORK: [{"reason": "not well done"}],
    Action.CANCEL: [{"reason": "not needed"}, {"reason": ""}],
    Action.SNOOZE: [{"snoozed_until": "2026-03-09T12:00:00Z"}, {}],
    Action.DISMISS: [
        {"dismissal": "watched"},
        {"dismissal": "sensor_fault"},
        {"dismissal": "because"},
    ],
    Action.ABSORB: [{"into_order_id": 1}, {"into_order_id": 1_000_000}, {}],
    Action.INSPECT: [{}, {"due_on": "2026-03-01"}],
}


@st.composite
def _steps(draw: st.DrawFn) -> tuple[str, Action, dict[str, Any], int, int | None]:
    """Who, what, with which data, how many minutes later, having seen which version."""
    action = draw(st.sampled_from(list(Action)))
    who = draw(st.sampled_from(["ann", "ann", "tom", "tom", "eve", "adam", "tim"]))
    data = draw(st.sampled_from(DATA.get(action, [{}])))
    version = draw(st.sampled_from([None, None, None, 1]))
    return who, action, data, draw(st.sampled_from([1, 20, 40])), version


@pytest.fixture
def cast(make: Plant, ann: Actor, tom: Actor, eve: Actor, adam: Actor) -> dict[str, Actor]:
    tim = make.user("tim", "technician", site="south")
    return {actor.name: actor for actor in (ann, tom, eve, adam, tim)}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(is_predicted=st.booleans(), steps=st.lists(_steps(), min_size=3, max_size=14))
def test_no_sequence_of_actions_breaks_the_table_or_an_invariant(
    database: Database,
    make: Plant,
    cast: dict[str, Actor],
    now: datetime,
    is_predicted: bool,
    steps: list[Any],
) -> None:
    pump = make.equipment(f"P-{next(_tags)}")
    order_id = make.predicted_order(pump) if is_predicted else make.order(pump)
    moment = now

    for who, action, data, minutes, version in steps:
        moment += timedelta(minutes=minutes)
        before = _stands(make, order_id)
        is_done = _try(database, order_id, cast[who], action, data, moment, version)
        after = _stands(make, order_id)
        if is_done:
            _assert_one_move(before, after, action, cast[who])
        else:
            assert after == before

    with database.reading() as session:
        assert violations(session) == []


def _try(
    database: Database,
    order_id: int,
    by: Actor,
    action: Action,
    data: dict[str, Any],
    moment: datetime,
    version: int | None,
) -> bool:
    try:
        with database.transaction() as session:
            work_orders.act(
                session,
                action=action,
                work_order_id=order_id,
                data=data,
                expected_version=version,
                now=moment,
                by=by,
            )
    except ForewarnError:
        return False
    return True


def _stands(make: Plant, order_id: int) -> dict[str, Any]:
    order = make.get(WorkOrder, order_id)
    return {
        "state": order.state,
        "version": order.version,
        "lines": [
            (line.action, line.from_state, line.to_state, line.by_name)
            for line in make.all(WorkOrderHistory, work_order_id=order_id)
        ],
        "audits": [
            (row.action, *row.changes["state"], row.by_name)
            for row in make.all(AuditRow, entity="work_order", entity_id=str(order_id))
        ],
    }


def _assert_one_move(
    before: dict[str, Any], after: dict[str, Any], action: Action, by: Actor
) -> None:
    rule = TRANSITIONS[before["state"], action]
    line = (action.value, before["state"].value, rule.to.value, by.name)

    assert after["state"] is rule.to
    assert rule.roles & by.roles
    assert after["lines"] == [*before["lines"], line]
    assert after["audits"] == [*before["audits"], line]
    assert after["version"] == before["version"] + 1
