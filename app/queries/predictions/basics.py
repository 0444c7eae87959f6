"""What every question about forecasts shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import ANY_MODE
from app.domain.roles import Scope
from app.queries.rules_in_force import RuleBook


def mode_names(session: Session, class_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    """(class, mode) -> the component's name."""
    found = session.execute(
        sa.select(Component.equipment_class_id, Component.code, Component.name).where(
            Component.equipment_class_id.in_(set(class_ids))
        )
    )
    return {(class_id, code): name for class_id, code, name in found}


def thresholds(session: Session, machines: Mapping[int, int], *, at: datetime) -> dict[int, float]:
    """Machine -> the risk from which its order rule asks for an inspection.

    *machines* is {equipment: class}.
    """
    rules = RuleBook(session, machines)
    return {equipment_id: rules.at(equipment_id, at).threshold for equipment_id in machines}


def newest_forecast(mode: str = ANY_MODE) -> sa.ScalarSelect[int]:
    """The id of a machine's newest forecast of *mode*: one index seek a machine."""
    return (
        sa.select(Forecast.id)
        .where(Forecast.equipment_id == Equipment.id, Forecast.mode == mode)
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
        .correlate(Equipment)
        .scalar_subquery()
    )


def horizons(risks: dict[str, float]) -> tuple[tuple[float, float], ...]:
    """(hours, risk) in the order of time, from the stored {hours: risk}."""
    return tuple(sorted((float(hours), float(risk)) for hours, risk in risks.items()))


def seen(column: Any, scope: Scope) -> sa.ColumnElement[bool]:
    """The condition that keeps a question inside *scope*."""
    return sa.true() if scope.site_ids is None else column.in_(scope.site_ids)
