"""The chance that a fault somebody found would have become a breakdown before planned work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import Forecast
from app.db.work_orders import WorkOrder
from app.domain.feedback import CAUGHT, IN_VAIN
from app.domain.roles import Scope
from app.domain.savings import Looks, chance_of_failure
from app.domain.work_orders import OrderType
from app.queries.record import FindingLine
from app.queries.rules_in_force import RuleBook
from app.queries.schedules import schedules

HOUR = timedelta(hours=1)
_KNOWN = CAUGHT | IN_VAIN


@dataclass(frozen=True, slots=True)
class Chances:
    """By forecast: within the rule's horizon and before the planned stop, as issued; by class and
    source: what looking adds.

    Later breakdowns do not count: a look cannot find what has not begun, and the part that was
    fitted instead may fail by then, too (ADR 16).
    """

    issued: Mapping[int, float]
    looks: Mapping[Hashable, Looks]

    def issued_for(self, line: FindingLine) -> float:
        """By the forecast behind the order; 0 without one."""
        return self.issued.get(line.forecast_id, 0.0) if line.forecast_id else 0.0

    def found_for(self, line: FindingLine) -> float:
        """The same, now that a look has found a fault."""
        return self.looks[_kind(line)].found(self.issued_for(line))


def chances(
    session: Session,
    *,
    scope: Scope,
    answered: Sequence[FindingLine],
    rules: RuleBook,
    today: date,
) -> Chances:
    """The chances behind every answered order."""
    horizon = {
        line.forecast_id: rules.at(line.equipment_id, line.raised_at).horizon
        for line in answered
        if line.forecast_id
    }
    issued = _issued(session, scope, horizon, today)
    expected: dict[Hashable, list[tuple[float, float, bool]]] = defaultdict(list)
    for line in answered:
        if line.outcome in _KNOWN:
            share = rules.at(line.equipment_id, line.raised_at).detection_share
            risk = issued.get(line.forecast_id, 0.0) if line.forecast_id else 0.0
            expected[_kind(line)].append((share, risk, line.outcome in CAUGHT))
    return Chances(issued, {kind: Looks.of(rows) for kind, rows in expected.items()})


def _kind(line: FindingLine) -> Hashable:
    """Orders whose looks speak for each other."""
    return line.class_id, line.source


def _issued(
    session: Session, scope: Scope, horizon: Mapping[int, timedelta], today: date
) -> dict[int, float]:
    """The chance of each forecast, up to its horizon and the planned work on the component."""
    rows = session.execute(
        sa.select(
            Forecast.id,
            Forecast.equipment_id,
            Component.id,
            Forecast.as_of,
            Forecast.edges_hours,
            Forecast.survival,
        )
        .join(Equipment, Equipment.id == Forecast.equipment_id)
        .outerjoin(
            Component,
            (Component.equipment_class_id == Equipment.equipment_class_id)
            & (Component.code == Forecast.mode),
        )
        .where(Forecast.id.in_(horizon))
    ).all()
    stops = _planned_stops(session, scope, today)
    found: dict[int, float] = {}
    for forecast_id, machine, component, as_of, edges, survival in rows:
        days = (day - as_of.date() for day in stops.on(machine, component))
        later = [until for until in days if until > timedelta()]
        until = min([horizon[forecast_id], *later])
        found[forecast_id] = chance_of_failure(edges, survival, until / HOUR)
    return found


class _Stops(dict[int, list[tuple[int | None, date]]]):
    """Machine -> the days preventive work was or will be due, and on which component."""

    def on(self, machine: int, component: int | None) -> Sequence[date]:
        """Those that would have looked at the component: its own, and the whole machine's.

        Oil is changed without a word on the bearing. A fault whose component nobody knows would
        have been met by any of them.
        """
        return [
            day
            for of, day in self.get(machine, ())
            if component is None or of is None or of == component
        ]


def _planned_stops(session: Session, scope: Scope, today: date) -> _Stops:
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.component_id, WorkOrder.due_on).where(
            WorkOrder.type == OrderType.PREVENTIVE, WorkOrder.due_on.is_not(None)
        )
    )
    found = _Stops()
    for machine, component, due_on in rows:
        if due_on is not None:
            found.setdefault(machine, []).append((component, due_on))
    for row in schedules(session, scope=scope, today=today, active_only=True):
        found.setdefault(row.equipment_id, []).append((row.component_id, row.next_due_on))
    return found
