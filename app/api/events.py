"""Messages of machines, such as error codes."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Delivery, delivery
from app.api.contracts import does
from app.context import now
from app.domain.tokens import TokenScope
from app.inputs.events import RecordEvents
from app.inputs.records import Known
from app.services import records

blueprint = Blueprint("events", __name__, url_prefix="/events")


@blueprint.post("")
@needs(TokenScope.INGEST)
@does(Delivery, body=RecordEvents)
def create(session: Session, body: RecordEvents) -> Delivery:
    """Store up to 1,000 messages; they count as known from now on."""
    counts = records.add_events(session, events=body.events, known=Known.NOW, now=now(), by=me())
    return delivery(counts)
