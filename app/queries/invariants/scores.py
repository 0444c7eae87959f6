"""Invariants of judged forecasts: a judgement is the forecast's own, and came after its window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Forecast, ForecastScore
from app.db.training import TrainingRun


def foreign_scores(session: Session) -> Iterator[str]:
    """Judgements that do not say what their forecast said."""
    same_words = sa.and_(
        ForecastScore.equipment_id == Forecast.equipment_id,
        ForecastScore.mode == Forecast.mode,
        ForecastScore.as_of == Forecast.as_of,
        sa.or_(
            ForecastScore.hours != Forecast.risk_hours,
            ForecastScore.risk == Forecast.risk,
        ),
    )
    rows = session.execute(
        sa.select(ForecastScore.id, ForecastScore.forecast_id)
        .join(Forecast, Forecast.id == ForecastScore.forecast_id)
        .where(sa.not_(same_words))
        .order_by(ForecastScore.id)
    )
    for score_id, forecast_id in rows:
        yield f"score {score_id} is not of what forecast {forecast_id} said"


def early_scores(session: Session) -> Iterator[str]:
    """Judgements passed before their window was over. Nights and windows are few, rows are many."""
    rows = session.execute(
        sa.select(
            ForecastScore.as_of,
            ForecastScore.hours,
            TrainingRun.as_of,
            sa.func.min(ForecastScore.id),
        )
        .join(TrainingRun, TrainingRun.id == ForecastScore.run_id)
        .group_by(ForecastScore.as_of, ForecastScore.hours, TrainingRun.as_of)
        .order_by(sa.func.min(ForecastScore.id))
    )
    for as_of, hours, judged, score_id in rows:
        if as_of + timedelta(hours=hours) > judged:
            yield f"score {score_id} was judged before its {hours:g} hours were over"
