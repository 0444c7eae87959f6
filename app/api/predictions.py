"""Predictions as issued by the newest nights."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks
from app.domain.tokens import TokenScope
from app.queries.forecast_rows import ForecastFilters, ForecastRow, forecast_rows

blueprint = Blueprint("predictions", __name__, url_prefix="/predictions")


class PredictionQuery(Paging):
    """Which predictions: of one machine by its id, of one component by its code ("any": of the
    machine as a whole), for one horizon."""

    equipment: int | None = None
    component: Annotated[str, Field(max_length=64)] | None = None
    horizon_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[ForecastRow], query=PredictionQuery)
def index(session: Session, query: PredictionQuery) -> Listing[ForecastRow]:
    """The newest predictions by machine: one for each component and horizon."""
    filters = ForecastFilters(query.equipment, query.component, query.horizon_hours)
    found = forecast_rows(
        session, scope=me().scope, filters=filters, after=query.after, limit=query.limit
    )
    return listing(found, lambda row: row)
