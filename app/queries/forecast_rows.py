"""The newest forecasts as rows: one for each machine, component (None = any) and horizon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Equipment
from app.db.predictions import Forecast
from app.db.work_orders import ANY_MODE
from app.domain.equipment import Status
from app.domain.roles import Scope
from app.queries.forecasts import Driver, drivers
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.predictions import horizons, newest_forecast, seen

_CHUNK = 200


@dataclass(frozen=True, slots=True)
class RulHours:
    """Hours the component has left: 10, 50 and 90 of 100 fail before."""

    p10: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """The risk of a failure within `horizon_hours` of `as_of`; `component` None = of any."""

    equipment: str
    equipment_id: int
    as_of: datetime
    horizon_hours: float
    risk: float
    component: str | None
    is_component_certain: bool
    rung: str
    rul_hours: RulHours
    drivers: tuple[Driver, ...]
    forecast_id: int
    run_id: int


@dataclass(frozen=True, slots=True)
class ForecastFilters:
    """What the rows are narrowed to; `component` may be "any" for the machine as a whole."""

    equipment_id: int | None = None
    component: str | None = None
    horizon_hours: float | None = None


def forecast_rows(
    session: Session,
    *,
    scope: Scope,
    filters: ForecastFilters,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ForecastRow]:
    """The rows of every machine's newest forecast, by tag; retired machines have none."""
    key = read_key(after, str, int, float)
    wanted, behind = _select(scope, filters), (0, 0.0)
    if key is not None:
        tag, behind = str(key[0]), (int(key[1]), float(key[2]))
        here = sa.tuple_(Equipment.tag, Forecast.id)
        wanted = wanted.where(here >= sa.tuple_(sa.literal(tag), sa.literal(behind[0])))
    # A forecast has several rows or, narrowed to a horizon, none: read until the page is full.
    found = list(islice(_rows(session, wanted, filters, behind), limit + 1))
    return page(
        found,
        limit=limit,
        key=lambda row: (row.equipment, row.forecast_id, row.horizon_hours),
    )


def _select(scope: Scope, filters: ForecastFilters) -> sa.Select[Forecast, str]:
    newest = aliased(Forecast)
    wanted = (
        sa.select(Forecast, Equipment.tag)
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .join(newest, newest.id == newest_forecast())
        .where(
            Forecast.run_id == newest.run_id,
            Forecast.equipment_id == newest.equipment_id,
            seen(Equipment.site_id, scope),
            Equipment.status != Status.RETIRED,
        )
        .order_by(Equipment.tag, Forecast.id)
    )
    if filters.equipment_id is not None:
        wanted = wanted.where(Forecast.equipment_id == filters.equipment_id)
    if filters.component is not None:
        wanted = wanted.where(Forecast.mode == filters.component)
    return wanted


def _rows(
    session: Session,
    wanted: sa.Select[Forecast, str],
    filters: ForecastFilters,
    behind: tuple[int, float],
) -> Iterator[ForecastRow]:
    """Row after row, those of the forecast in *behind* only beyond its horizon."""
    with session.execute(wanted.execution_options(yield_per=_CHUNK)) as found:
        for forecast, tag in found:
            for hours, risk in horizons(forecast.risks):
                is_told = forecast.id == behind[0] and hours <= behind[1]
                if not is_told and filters.horizon_hours in (None, hours):
                    yield _row(forecast, tag, hours, risk)


def _row(forecast: Forecast, tag: str, hours: float, risk: float) -> ForecastRow:
    rul = RulHours(forecast.rul_p10_hours, forecast.rul_p50_hours, forecast.rul_p90_hours)
    return ForecastRow(
        equipment=tag,
        equipment_id=forecast.equipment_id,
        as_of=forecast.as_of,
        horizon_hours=hours,
        risk=risk,
        component=None if forecast.mode == ANY_MODE else forecast.mode,
        is_component_certain=forecast.is_mode_certain,
        rung=forecast.rung,
        rul_hours=rul,
        drivers=drivers(forecast.drivers),
        forecast_id=forecast.id,
        run_id=forecast.run_id,
    )
