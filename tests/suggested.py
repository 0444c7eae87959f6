"""A suggestion for the bearing of a pump, and the moves of its people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import (
    Action,
)
from app.inputs.stop_windows import PlanStopWindow
from app.services import stop_windows, work_orders
from tests.plant import Plant

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
SATURDAY = datetime(2026, 3, 7, 6, tzinfo=UTC)
DRIVER = {
    "group": "role:vibration",
    "name": "Vibration",
    "unit": "mm/s",
    "value": 5.1,
    "normal": 2.0,
    "spread": 0.3,
    "sentence": "Vibration 5.1 mm/s, normal 2 +- 0.3",
}


def suggested(
    make: Plant,
    machine: Equipment,
    mode: str = "bearing",
    risk: float = 0.1,
    age_risk: float | None = 0.01,
) -> int:
    made = make.predicted_order(machine, mode=mode, risk=risk)
    part = make.component(mode).id
    with make.database.transaction() as session:
        session.get_one(WorkOrder, made).component_id = part
        peers = {} if age_risk is None else {"reference": age_risk}
        session.execute(sa.update(Forecast).values(drivers=[DRIVER], peers=peers))
    return made


def act(make: Plant, order_id: int, action: Action, by: Actor, **data: Any) -> None:
    with make.database.transaction() as session:
        work_orders.act(
            session,
            action=action,
            work_order_id=order_id,
            data=data,
            expected_version=None,
            now=make.now,
            by=by,
        )


def finish(make: Plant, order_id: int, by: Actor, **found: Any) -> None:
    act(make, order_id, Action.TAKE, by)
    act(make, order_id, Action.COMPLETE, by, **found)


def say(make: Plant, **more: Any) -> None:
    """What a job on the bearing takes."""
    part = make.component().id
    with make.database.transaction() as session:
        row = session.get_one(Component, part)
        for name, value in more.items():
            setattr(row, name, value)


def window(make: Plant, by: Actor, start: datetime = SATURDAY, **more: Any) -> int:
    given = {
        "site_id": make.site().id,
        "title": "Saturday stop",
        "starts_at": start,
        "ends_at": start + 8 * HOUR,
        **more,
    }
    with make.database.transaction() as session:
        return stop_windows.plan(session, window=PlanStopWindow.parse(given), now=make.now, by=by)
