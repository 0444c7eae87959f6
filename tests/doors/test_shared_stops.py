"""A suggestion and other open work go into one stop with one tap from its page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import State
from tests.doors.conftest import Visit
from tests.plant import Plant

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def now() -> datetime:
    """Pages go by the wall clock."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def order_id(make: Plant) -> int:
    return make.predicted_order(risk=0.3)


def test_one_tap_plans_both_into_the_stop(
    make: Plant, ann: Actor, tom: Actor, visit: Visit, order_id: int
) -> None:
    stop = make.stop_window()
    other = make.order(title="Change the oil")
    planner = visit(ann)
    page = planner.text(f"/work-orders/{order_id}")
    assert "Plan both into Saturday stop" in page
    assert "Plan both" not in visit(tom).text(f"/work-orders/{order_id}")
    given = {
        "stop_window_id": str(stop.id),
        "starts_at": stop.starts_at.isoformat(),
        "other_order_id": str(other),
        "other_version": "1",
    }

    refused = visit(tom).send(f"/work-orders/{order_id}/both-into-window", **given, version="1")
    answer = planner.send(f"/work-orders/{order_id}/both-into-window", **given, version="1")

    rows = [make.get(WorkOrder, row_id) for row_id in (order_id, other)]
    assert (refused.status_code, answer.status_code) == (403, 303)
    assert [(row.state, row.planned_start_at) for row in rows] == [
        (State.PLANNED, stop.starts_at)
    ] * 2
    after = planner.text(answer.location)
    assert "Both are planned into the window." in after
    assert "Plan both" not in after


def test_when_the_other_moved_on_it_is_named_and_mine_can_be_done_all_the_same(
    make: Plant, ann: Actor, visit: Visit, order_id: int
) -> None:
    stop = make.stop_window()
    other = make.order(title="Change the oil")
    planner = visit(ann)
    given = {
        "stop_window_id": str(stop.id),
        "starts_at": stop.starts_at.isoformat(),
        "other_order_id": str(other),
    }

    moved = planner.send(
        f"/work-orders/{order_id}/both-into-window", **given, other_version="9", version="1"
    )

    number = make.get(WorkOrder, other).number
    assert moved.status_code == 409
    assert f"{number} was changed in the meantime" in moved.text
    assert 'name="other_order_id"' in moved.text
    assert 'name="other_version"' not in moved.text
    assert make.get(WorkOrder, order_id).state is State.REQUESTED
