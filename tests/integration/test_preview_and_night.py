"""A preview of the rule in force raises what the nights themselves have raised."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.training import RunKind, TrainingRun
from app.db.work_orders import WorkOrder
from app.domain.roles import EVERYWHERE
from app.queries.fleet import order_rule
from app.queries.rule_previews import Shelf, rule_preview
from tests.forecasts import WrittenNight
from tests.plant import Plant

NIGHTS = 12
RULE = {"weekly_budget": 2, "storm_share": 1.0, "inspection_cost": 4.0}


@pytest.mark.parametrize("seed", range(3))
def test_the_preview_raises_what_the_nights_have_raised(
    make: Plant, database: Database, now: datetime, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    pumps = [make.equipment(f"P-{n}", team=f"crew {n % 2}").tag for n in range(6)]
    class_id = make.equipment("P-0").equipment_class_id
    written = WrittenNight(database, now)
    written.rule(class_id, **RULE)

    for days_ago in range(NIGHTS, 0, -1):
        risks = {(tag, mode): chance.random() for tag in pumps for mode in ("bearing", "seal")}
        written(risks, days=-days_ago)

    with database.transaction() as session:
        session.execute(sa.update(TrainingRun).values(kind=RunKind.NIGHTLY))
    with database.reading() as session:
        rule = order_rule(session, class_id=class_id, at=now)
        preview = rule_preview(
            session,
            scope=EVERYWHERE,
            class_id=class_id,
            rule=rule,
            in_force=rule,
            shelf=Shelf(),
            now=now + timedelta(hours=1),
            zone=ZoneInfo("UTC"),
        )
    orders = make.all(WorkOrder)
    assert len(orders) > 4
    assert sorted(
        (line.at, line.equipment_id, line.component.lower()) for line in preview.orders
    ) == (sorted((order.created_at, order.equipment_id, order.mode) for order in orders))
