"""Readings in, thousands at a time; readings out, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from flask import Blueprint
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from app.api.access import caller, me, needs
from app.api.answers import Delivery, delivery
from app.api.contracts import asks, does
from app.context import now
from app.domain.tokens import TokenScope
from app.inputs.base import Input
from app.inputs.reading_batches import ReadingBatch, ReadingColumns, ReadingRows, read_batch
from app.queries.reading_pages import ReadingPage, Resolution, reading_page
from app.services import reading_batches

blueprint = Blueprint("readings", __name__, url_prefix="/readings")
MOST_READINGS = 10_000
USUAL_PERIOD = timedelta(days=7)


class ReadingQuery(Input):
    """Which readings: one sensor's in (from, to]; the last seven days when neither is given."""

    sensor: int
    from_: Annotated[AwareDatetime | None, Field(alias="from")] = None
    to: AwareDatetime | None = None
    resolution: Resolution = Resolution.RAW
    after: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_READINGS)] = MOST_READINGS


@blueprint.get("")
@needs(TokenScope.READ)
@asks(ReadingPage, query=ReadingQuery)
def index(session: Session, query: ReadingQuery) -> ReadingPage:
    """Readings of one sensor, the oldest first, as measured or by the hour."""
    end = query.to or now()
    return reading_page(
        session,
        scope=me().scope,
        sensor_id=query.sensor,
        start=query.from_ or end - USUAL_PERIOD,
        end=end,
        resolution=query.resolution,
        limit=query.limit,
        after=query.after,
    )


@blueprint.post("")
@needs(TokenScope.INGEST)
@does(Delivery, body=ReadingRows | ReadingColumns, parse=read_batch, is_bulk=True)
def create(session: Session, body: ReadingBatch) -> Delivery:
    """Store up to 10,000 readings. Each row is judged by itself: look at the counts."""
    source = f"api {caller().name}"
    counts = reading_batches.take(session, batch=body, source=source, now=now(), by=me())
    return delivery(counts)
