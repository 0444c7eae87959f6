"""The fleet by risk, by expected loss, or by when work must begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Equipment, EquipmentClass
from app.db.places import Location, Site
from app.db.predictions import Decision, Forecast
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.equipment import Status
from app.domain.risk import HELD as HELD_BACK
from app.domain.risk import OrderRule, Verdict
from app.domain.roles import Scope
from app.domain.work_orders import UNFINISHED, OrderType
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.predictions.basics import newest_forecast, seen
from app.queries.predictions.decisions import HELD
from app.queries.predictions.leading import Leading, leading
from app.queries.predictions.rows import RiskRow, rows
from app.queries.rules_in_force import RuleBook

# Machines with a must-start-by date come first, then those whose forecast only has a lower bound.
_UNDATED, _UNKNOWN = 1e12, 1e18


class RankBy(StrEnum):
    """What comes first."""

    RISK = "risk"
    LOSS = "loss"
    START_BY = "start_by"


class Standing(StrEnum):
    """What the newest night made of a machine."""

    OVER = "over"
    HELD_BACK = "held_back"
    WITHHELD = "withheld"
    ORDERED = "ordered"


@dataclass(frozen=True, slots=True)
class RankingFilters:
    """What the ranking is narrowed to; `component` ranks by the forecasts of that one."""

    site_id: int | None = None
    location_id: int | None = None
    class_id: int | None = None
    component: str = ""
    rung: str = ""
    standing: Standing | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class _Light:
    """What the order of a ranking depends on, for every machine of the fleet."""

    id: int
    class_id: int
    forecast_id: int
    run_id: int
    risk: float


def ranking(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    filters: RankingFilters | None = None,
    by: RankBy = RankBy.RISK,
    after: str | None = None,
    limit: int | None = PAGE_ROWS,
) -> Page[RiskRow]:
    """Machines with a forecast, the worst first by *by*; *limit* None = all of them.

    The whole fleet is put in order from a few numbers each, since losses rest on rules that the
    database cannot compare; only the machines of the page are read in full.
    """
    asked = filters or RankingFilters()
    behind = read_key(after, float, int)
    keyed = _keyed(session, _fleet(session, scope, asked), asked, by, now)
    keys = [key for key in sorted(keyed) if behind is None or key > behind]
    wanted = {keyed[key]: key for key in (keys if limit is None else keys[: limit + 1])}
    found = _in_order(session, list(wanted), asked.component, now)
    return page(
        found,
        limit=len(found) if limit is None else limit,
        key=lambda row: wanted[row.forecast_id],
    )


def held_back(session: Session, *, scope: Scope, now: datetime, limit: int = 20) -> list[RiskRow]:
    """Machines whose newest night wanted an order and did not get one, the riskiest first."""
    asked = (
        _machines(Forecast.id == newest_forecast())
        .where(seen(Equipment.site_id, scope), _decided(HELD))
        .order_by(-Forecast.risk, Forecast.id)
        .limit(limit)
    )
    return rows(session, session.execute(asked).all(), now)


def _keyed(
    session: Session,
    fleet: Sequence[_Light],
    filters: RankingFilters,
    by: RankBy,
    now: datetime,
) -> dict[tuple[float, int], int]:
    """Place in the ranking -> forecast, of the machines that are asked for."""
    book = RuleBook(session, {row.id: row.class_id for row in fleet})
    rules = {row.id: book.at(row.id, now) for row in fleet}
    if filters.standing is Standing.OVER:
        fleet = [row for row in fleet if row.risk >= rules[row.id].threshold]
    parts: Mapping[int, Leading] = {}
    if by is RankBy.START_BY:
        runs = {row.id: row.run_id for row in fleet}
        parts = leading(session, runs=runs, component=filters.component)
    return {
        (_place(row, rules[row.id], parts.get(row.id), by, now), row.forecast_id): row.forecast_id
        for row in fleet
    }


def _place(row: _Light, rule: OrderRule, part: Leading | None, by: RankBy, now: datetime) -> float:
    if by is RankBy.RISK:
        return -row.risk
    if by is RankBy.LOSS:
        return -row.risk * rule.gain
    assert part is not None
    date = part.deadline(rule.threshold, now=now).at
    if date is not None:
        return date.timestamp()
    lower = part.outlook.lower_at
    return _UNKNOWN if lower is None else _UNDATED + lower.timestamp()


def _fleet(session: Session, scope: Scope, filters: RankingFilters) -> list[_Light]:
    asked = (
        sa.select(
            Equipment.id,
            Equipment.equipment_class_id,
            Forecast.id,
            Forecast.run_id,
            Forecast.risk,
        )
        .join(Forecast, Forecast.id == newest_forecast(filters.component or ANY_MODE))
        .where(
            seen(Equipment.site_id, scope), Equipment.status != Status.RETIRED, *_narrowed(filters)
        )
        .order_by(Equipment.id)
    )
    return [_Light(*row) for row in session.execute(asked)]


def _in_order(
    session: Session, forecast_ids: Sequence[int], component: str, now: datetime
) -> list[RiskRow]:
    """The rows of these forecasts, in their order."""
    asked = _machines(Forecast.equipment_id == Equipment.id).where(Forecast.id.in_(forecast_ids))
    told = rows(session, session.execute(asked).all(), now, component=component)
    found = {row.forecast_id: row for row in told}
    return [found[forecast_id] for forecast_id in forecast_ids]


def _machines(
    on: sa.ColumnElement[bool],
) -> sa.Select[Equipment, EquipmentClass, Site, Forecast]:
    """Machines in use, with the forecasts that are joined to them."""
    return (
        sa.select(Equipment, EquipmentClass, Site, Forecast)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .join(Site, Site.id == Equipment.site_id)
        .join(Forecast, on)
        .where(Equipment.status != Status.RETIRED)
    )


def _narrowed(filters: RankingFilters) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if filters.site_id is not None:
        wanted.append(Equipment.site_id == filters.site_id)
    if filters.location_id is not None:
        wanted.append(Equipment.location_id.in_(_below(filters.location_id)))
    if filters.class_id is not None:
        wanted.append(Equipment.equipment_class_id == filters.class_id)
    if filters.rung:
        wanted.append(Forecast.rung == filters.rung)
    if filters.search:
        tag = Equipment.tag.icontains(filters.search, autoescape=True)
        wanted.append(tag | Equipment.name.icontains(filters.search, autoescape=True))
    if filters.standing in _STANDS:
        wanted.append(_STANDS[filters.standing](filters))
    return wanted


def _below(location_id: int) -> sa.Select[int]:
    """A place with everything inside it."""
    tree = sa.select(Location.id).where(Location.id == location_id).cte(recursive=True)
    inside = sa.select(Location.id).join(tree, Location.parent_id == tree.c.id)
    return sa.select(tree.union(inside).c.id)


def _decided(verdicts: Sequence[Verdict], component: str = "") -> sa.ColumnElement[bool]:
    """Whether a decision on the machine's newest forecasts has one of *verdicts*."""
    told = aliased(Forecast)
    of_mode = (Decision.mode == component) if component else sa.true()
    return sa.exists().where(
        Decision.equipment_id == Equipment.id,
        Decision.verdict.in_(verdicts),
        Decision.forecast_id == told.id,
        told.run_id == Forecast.run_id,
        of_mode,
    )


def _ordered(filters: RankingFilters) -> sa.ColumnElement[bool]:
    of_mode = (WorkOrder.mode == filters.component) if filters.component else sa.true()
    return sa.exists().where(
        WorkOrder.equipment_id == Equipment.id,
        WorkOrder.type == OrderType.PREDICTIVE,
        WorkOrder.state.in_(UNFINISHED),
        of_mode,
    )


_STANDS = {
    Standing.HELD_BACK: lambda asked: _decided(sorted(HELD_BACK), asked.component),
    Standing.WITHHELD: lambda asked: _decided([Verdict.WITHHELD], asked.component),
    Standing.ORDERED: _ordered,
}
