"""A condition limit of the pumps, as a planner sets it in tests."""

from __future__ import annotations

import sqlalchemy as sa

from app.db.equipment import SensorRole
from app.domain.roles import Actor
from app.inputs.conditions import CreateLimit
from app.services import conditions
from tests.plant import Plant


def add_limit(make: Plant, *, by: Actor, **more: object) -> int:
    """Vibration above 7 mm/s for three running hours, unless told otherwise; the limit's id."""
    given = {
        "equipment_class_id": make.equipment_class().id,
        "sensor_role_id": _vibration(make),
        "component_id": make.component("bearing").id,
        "side": "above",
        "value": 7,
        "hours": 3,
        **more,
    }
    with make.database.transaction() as session:
        return conditions.create(session, limit=CreateLimit.parse(given), now=make.now, by=by)


def _vibration(make: Plant) -> int:
    make.sensor(make.equipment())
    with make.database.transaction() as session:
        row = session.scalars(sa.select(SensorRole).where(SensorRole.code == "vibration")).one()
        row.unit = "mm/s"
        return row.id
