"""Failures since the first forecast, and how each was met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import Decision, Forecast
from app.db.records import Failure
from app.db.work_orders import ANY_MODE, Finding, WorkOrder, WorkOrderHistory
from app.domain.risk import HELD, Verdict
from app.domain.roles import Scope
from app.domain.warnings import Meeting, Met, Silence, Suggestion, how_met
from app.domain.work_orders import Action, OrderType, State
from app.queries.predictions import seen

# An order or a silence that ended longer before a failure did not speak of it.
HORIZON = timedelta(days=14)
_Key = tuple[int, str]
_Said = TypeVar("_Said", Suggestion, Silence)


@dataclass(frozen=True, slots=True)
class FailureLine:
    """One failure: where, when, how it was met, and the last risk that had been issued."""

    failure_id: int
    at: datetime
    equipment_id: int
    tag: str
    name: str
    component: str
    met: Met
    lead_hours: float | None
    order_id: int | None
    run_id: int | None
    repair_order_id: int | None
    forecast_id: int | None
    risk: float | None
    risk_hours: float | None


def failures(
    session: Session, *, scope: Scope, now: datetime, equipment_id: int | None = None
) -> tuple[FailureLine, ...]:
    """Every failure of a machine after its first forecast, the newest first."""
    rows = session.execute(_failed(scope, now, equipment_id)).all()
    machines = {machine.id for _, machine, _ in rows}
    told = _suggestions(session, machines)
    silent = _silences(session, machines)
    return tuple(_line(session, *row, told=told, silent=silent) for row in rows)


def _failed(
    scope: Scope, now: datetime, equipment_id: int | None
) -> sa.Select[Failure, Equipment, Component]:
    first = (
        sa.select(Forecast.equipment_id, sa.func.min(Forecast.as_of).label("at"))
        .group_by(Forecast.equipment_id)
        .subquery()
    )
    asked = (
        sa.select(Failure, Equipment, Component)
        .join(Equipment, Equipment.id == Failure.equipment_id)
        .join(first, first.c.equipment_id == Equipment.id)
        .outerjoin(Component, Component.id == Failure.component_id)
        .where(seen(Equipment.site_id, scope), Failure.at > first.c.at, Failure.at <= now)
        .order_by(Failure.at.desc(), Failure.id.desc())
    )
    return asked if equipment_id is None else asked.where(Equipment.id == equipment_id)


def _line(
    session: Session,
    failure: Failure,
    machine: Equipment,
    component: Component | None,
    *,
    told: Mapping[_Key, Sequence[Suggestion]],
    silent: Mapping[_Key, Sequence[Silence]],
) -> FailureLine:
    mode = None if component is None else component.code
    meeting = _meeting(failure, mode, told, silent)
    forecast = _last_forecast(session, machine.id, mode or ANY_MODE, failure.at)
    return FailureLine(
        failure_id=failure.id,
        at=failure.at,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        component="" if component is None else component.name,
        met=meeting.met,
        lead_hours=None if meeting.lead is None else meeting.lead / timedelta(hours=1),
        order_id=meeting.order_id,
        run_id=meeting.run_id,
        repair_order_id=failure.work_order_id,
        forecast_id=None if forecast is None else forecast.id,
        risk=None if forecast is None else forecast.risk,
        risk_hours=None if forecast is None else forecast.risk_hours,
    )


def _meeting(
    failure: Failure,
    mode: str | None,
    told: Mapping[_Key, Sequence[Suggestion]],
    silent: Mapping[_Key, Sequence[Silence]],
) -> Meeting:
    """Judged by the orders of the component, those of no particular one, or, when it is not
    known what failed, by all of the machine's."""
    suggestions = _of(told, failure.equipment_id, mode)
    for suggestion in suggestions:
        # An order that was closed by the very failure it foresaw ended with it, not before.
        if suggestion.order_id == failure.work_order_id and suggestion.created_at < failure.at:
            lead = failure.at - suggestion.created_at
            return Meeting(Met.WARNED, suggestion.order_id, lead=lead)
    return how_met(
        failure.at, suggestions, _of(silent, failure.equipment_id, mode), horizon=HORIZON
    )


def _of(rows: Mapping[_Key, Sequence[_Said]], machine: int, mode: str | None) -> list[_Said]:
    return [
        row
        for (owner, known), found in rows.items()
        if owner == machine and (mode is None or known in (mode, ANY_MODE))
        for row in found
    ]


def _suggestions(session: Session, machines: Iterable[int]) -> dict[_Key, list[Suggestion]]:
    """Every predicted order of the machines, with when it was accepted and when it ended."""
    accepted = (
        sa.select(WorkOrderHistory.work_order_id, sa.func.min(WorkOrderHistory.at).label("at"))
        .where(WorkOrderHistory.action == Action.ACCEPT.value)
        .group_by(WorkOrderHistory.work_order_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(WorkOrder, accepted.c.at, Finding.at)
        .outerjoin(accepted, accepted.c.work_order_id == WorkOrder.id)
        .outerjoin(Finding, Finding.work_order_id == WorkOrder.id)
        .where(WorkOrder.type == OrderType.PREDICTIVE, WorkOrder.equipment_id.in_(set(machines)))
        .order_by(WorkOrder.id)
    )
    found: dict[_Key, list[Suggestion]] = defaultdict(list)
    for order, accepted_at, found_at in rows:
        found[order.equipment_id, order.mode].append(_suggestion(order, accepted_at, found_at))
    return found


def _suggestion(
    order: WorkOrder, accepted_at: datetime | None, found_at: datetime | None
) -> Suggestion:
    is_dismissed = order.state is State.CANCELLED
    # Raised open, by an automatic rule: nobody had to accept it.
    automatic = accepted_at is None and order.state not in (State.REQUESTED, State.CANCELLED)
    return Suggestion(
        order_id=order.id,
        created_at=order.created_at,
        accepted_at=order.created_at if automatic else accepted_at,
        ended_at=found_at if is_dismissed else order.completed_at,
        is_dismissed=is_dismissed,
    )


def _silences(session: Session, machines: Iterable[int]) -> dict[_Key, list[Silence]]:
    rows = session.execute(
        sa.select(Decision, Forecast.as_of)
        .join(Forecast, Forecast.id == Decision.forecast_id)
        .where(
            Decision.verdict.in_([*HELD, Verdict.WITHHELD]),
            Decision.equipment_id.in_(set(machines)),
        )
        .order_by(Decision.id)
    )
    found: dict[_Key, list[Silence]] = defaultdict(list)
    for decision, as_of in rows:
        silence = Silence(decision.run_id, as_of, decision.verdict is Verdict.WITHHELD)
        found[decision.equipment_id, decision.mode].append(silence)
    return found


def _last_forecast(session: Session, machine: int, mode: str, at: datetime) -> Forecast | None:
    """One index seek: the newest forecast of this component issued before the failure."""
    return session.scalar(
        sa.select(Forecast)
        .where(Forecast.equipment_id == machine, Forecast.mode == mode, Forecast.as_of < at)
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
    )
