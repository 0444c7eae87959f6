"""Measuring points: list, one, new."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks, does
from app.context import now
from app.domain.tokens import TokenScope
from app.inputs.sensors import CreateSensor
from app.queries import sensors as questions
from app.queries.sensors import SensorRow
from app.services import sensors

blueprint = Blueprint("sensors", __name__, url_prefix="/sensors")


class SensorQuery(Paging):
    """Which sensors: those of one machine, by its id."""

    equipment: int | None = None


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[SensorRow], query=SensorQuery)
def index(session: Session, query: SensorQuery) -> Listing[SensorRow]:
    """Sensors by id."""
    found = questions.sensors(
        session,
        scope=me().scope,
        equipment_id=query.equipment,
        after=query.after,
        limit=query.limit,
    )
    return listing(found, lambda row: row)


@blueprint.get("/<id:sensor_id>")
@needs(TokenScope.READ)
@asks(SensorRow)
def detail(session: Session, sensor_id: int) -> SensorRow:
    """One sensor."""
    return questions.sensor(session, scope=me().scope, sensor_id=sensor_id)


@blueprint.post("")
@needs(TokenScope.WRITE)
@does(SensorRow, body=CreateSensor, status=201)
def create(session: Session, body: CreateSensor) -> SensorRow:
    """Add a measuring point to a machine."""
    made = sensors.create_sensor(session, sensor=body, now=now(), by=me())
    return questions.sensor(session, scope=me().scope, sensor_id=made)
