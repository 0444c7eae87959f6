"""Examples of machines that cannot be judged: a sensor that lies, a machine too new."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import PredictorVersion
from app.domain.equipment import Status
from app.domain.roles import Scope
from app.queries.predictions import seen
from app.queries.sensor_faults import sensor_faults
from app.queries.situations.shape import Example, Situation, Source
from app.queries.situations.traces import sensor_trace

# The rungs without a prediction, the lowest first.
LOWEST = ("not_enough_data", "health")


def faulty_sensor(session: Session, *, scope: Scope, now: datetime) -> Example | None:
    """The sensor whose readings have been impossible for longest."""
    faults = sensor_faults(session, scope=scope, now=now)
    if not faults:
        return None
    worst = min(faults, key=lambda fault: (fault.since, fault.sensor_id))
    machine = session.get_one(Equipment, worst.equipment_id)
    return Example(
        kind=Situation.SENSOR_FAULT,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        at=worst.since,
        component=worst.name,
        sentence=worst.sentence,
        trace=sensor_trace(session, sensor_id=worst.sensor_id, until=now),
        sources=(Source("sensor", worst.sensor_id),),
    )


def newcomer(session: Session, *, scope: Scope) -> Example | None:
    """The machine on the lowest rung, the newest first."""
    lowest = sa.case(
        {rung: place for place, rung in enumerate(LOWEST)}, value=PredictorVersion.rung
    )
    row = session.execute(
        sa.select(Equipment, PredictorVersion)
        .join(PredictorVersion, PredictorVersion.equipment_id == Equipment.id)
        .where(
            PredictorVersion.is_current,
            PredictorVersion.rung.in_(LOWEST),
            Equipment.status == Status.IN_SERVICE,
            seen(Equipment.site_id, scope),
        )
        .order_by(lowest, Equipment.installed_on.desc(), Equipment.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    machine, version = row
    return Example(
        kind=Situation.NEWCOMER,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        at=version.as_of,
        sentence=version.reason,
        run_id=version.run_id,
        sources=(Source("predictor_version", version.id),),
    )
