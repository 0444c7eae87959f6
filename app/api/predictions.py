"""Predictions as issued by the newest nights: by horizon, ranked, held back, and those missed."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks
from app.context import now
from app.domain.tokens import TokenScope
from app.queries import record
from app.queries.forecast_rows import ForecastFilters, ForecastRow, forecast_rows
from app.queries.predictions import RankBy, RankingFilters, RiskRow, Standing, ranking
from app.queries.record import MissedLine, SilentSpell

blueprint = Blueprint("predictions", __name__, url_prefix="/predictions")
Code = Annotated[str, Field(max_length=64)]


class PredictionQuery(Paging):
    """Which predictions: of one machine by its id, of one component by its code ("any": of the
    machine as a whole), for one horizon."""

    equipment: int | None = None
    component: Code | None = None
    horizon_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class RankingQuery(Paging):
    """In which order, and what it is narrowed to; a component ranks by its own forecasts."""

    by: RankBy = RankBy.RISK
    site: int | None = None
    location: int | None = None
    equipment_class: int | None = None
    component: Code = ""
    rung: Code = ""
    standing: Standing | None = None
    text: Annotated[str, Field(max_length=200)] = ""


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


@blueprint.get("/ranking")
@needs(TokenScope.READ)
@asks(Listing[RiskRow], query=RankingQuery)
def ranked(session: Session, query: RankingQuery) -> Listing[RiskRow]:
    """The fleet, the worst first, with expected loss and must-start-by date."""
    filters = RankingFilters(
        site_id=query.site,
        location_id=query.location,
        class_id=query.equipment_class,
        component=query.component,
        rung=query.rung,
        standing=query.standing,
        search=query.text,
    )
    found = ranking(
        session,
        scope=me().scope,
        now=now(),
        filters=filters,
        by=query.by,
        after=query.after,
        limit=query.limit,
    )
    return listing(found, lambda row: row)


@blueprint.get("/held-back")
@needs(TokenScope.READ)
@asks(Listing[SilentSpell], query=Paging)
def held_back(session: Session, query: Paging) -> Listing[SilentSpell]:
    """Orders that budget, cooldown, a snooze or a storm held back, and what became of them."""
    return _silences(session, query, withheld=False)


@blueprint.get("/withheld")
@needs(TokenScope.READ)
@asks(Listing[SilentSpell], query=Paging)
def withheld(session: Session, query: Paging) -> Listing[SilentSpell]:
    """Orders that the gate withheld, and what became of them."""
    return _silences(session, query, withheld=True)


@blueprint.get("/missed")
@needs(TokenScope.READ)
@asks(Listing[MissedLine], query=Paging)
def missed_failures(session: Session, query: Paging) -> Listing[MissedLine]:
    """Failures nobody had been told of, each with what was known at the time."""
    found = record.missed(
        session, scope=me().scope, now=now(), after=query.after, limit=query.limit
    )
    return listing(found, lambda row: row)


def _silences(session: Session, query: Paging, *, withheld: bool) -> Listing[SilentSpell]:
    found = record.silences(
        session,
        scope=me().scope,
        now=now(),
        withheld=withheld,
        after=query.after,
        limit=query.limit,
    )
    return listing(found, lambda row: row)
