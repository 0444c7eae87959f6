"""Failures since the first forecast, and how each was met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.places import Site
from app.db.predictions import Decision, Forecast
from app.db.records import Failure
from app.db.training import TrainingRun
from app.db.work_orders import ANY_MODE, Finding, WorkOrder, WorkOrderHistory
from app.domain.risk import HELD, Verdict
from app.domain.roles import Scope
from app.domain.warnings import Meeting, Met, Silence, Suggestion, how_met
from app.domain.work_orders import Action, OrderType, State
from app.queries.predictions import seen

# An order or a silence that ended longer before a failure did not speak of it.
HORIZON = timedelta(days=14)
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
    component_id: int | None = None
    class_id: int = 0
    class_name: str = ""
    site_name: str = ""


def failures(
    session: Session, *, scope: Scope, now: datetime, equipment_id: int | None = None
) -> tuple[FailureLine, ...]:
    """Every failure of a machine after its first forecast, the newest first."""
    rows = session.execute(_failed(scope, now, equipment_id)).all()
    machines = {row.Equipment.id for row in rows}
    told = _suggestions(session, machines)
    silent = _silences(session, machines)
    return tuple(_line(row, told=told, silent=silent) for row in rows)


def _failed(scope: Scope, now: datetime, equipment_id: int | None) -> Any:
    """Failures with their machine and the last forecast of their component issued before."""
    earlier = aliased(Forecast)
    was_forecast = sa.exists().where(
        earlier.equipment_id == Failure.equipment_id, earlier.as_of < Failure.at
    )
    asked = (
        sa.select(
            Failure,
            Equipment,
            Component,
            EquipmentClass.name.label("class_name"),
            Site.name.label("site_name"),
            Forecast.id.label("forecast_id"),
            Forecast.risk,
            Forecast.risk_hours,
        )
        .join(Equipment, Equipment.id == Failure.equipment_id)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .join(Site, Site.id == Equipment.site_id)
        .outerjoin(Component, Component.id == Failure.component_id)
        .outerjoin(Forecast, Forecast.id == _last_forecast())
        .where(seen(Equipment.site_id, scope), was_forecast, Failure.at <= now)
        .order_by(Failure.at.desc(), Failure.id.desc())
    )
    return asked if equipment_id is None else asked.where(Equipment.id == equipment_id)


def _last_forecast() -> sa.ScalarSelect[int]:
    """One index seek a failure: the newest forecast of its component issued before it."""
    return (
        sa.select(Forecast.id)
        .where(
            Forecast.equipment_id == Failure.equipment_id,
            Forecast.mode == sa.func.coalesce(Component.code, ANY_MODE),
            Forecast.as_of < Failure.at,
        )
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
        .correlate(Failure, Component)
        .scalar_subquery()
    )


def _line(
    row: Any,
    *,
    told: Mapping[int, Mapping[str, Sequence[Suggestion]]],
    silent: Mapping[int, Mapping[str, Sequence[Silence]]],
) -> FailureLine:
    failure, machine, component = row.Failure, row.Equipment, row.Component
    meeting = _meeting(failure, None if component is None else component.code, told, silent)
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
        forecast_id=row.forecast_id,
        risk=row.risk,
        risk_hours=row.risk_hours,
        component_id=failure.component_id,
        class_id=machine.equipment_class_id,
        class_name=row.class_name,
        site_name=row.site_name,
    )


def _meeting(
    failure: Failure,
    mode: str | None,
    told: Mapping[int, Mapping[str, Sequence[Suggestion]]],
    silent: Mapping[int, Mapping[str, Sequence[Silence]]],
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


def _of(
    rows: Mapping[int, Mapping[str, Sequence[_Said]]], machine: int, mode: str | None
) -> list[_Said]:
    known = rows.get(machine, {})
    modes = known if mode is None else {mode, ANY_MODE}
    return [row for each in modes for row in known.get(each, ())]


def _suggestions(
    session: Session, machines: Iterable[int]
) -> dict[int, dict[str, list[Suggestion]]]:
    """Every predicted order of the machines, with when it was accepted and when it ended."""
    host = aliased(WorkOrder)
    accepted = (
        sa.select(WorkOrderHistory.work_order_id, sa.func.min(WorkOrderHistory.at).label("at"))
        .where(WorkOrderHistory.action == Action.ACCEPT.value)
        .group_by(WorkOrderHistory.work_order_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(WorkOrder, accepted.c.at, Finding.at, host.completed_at, host.closed_at)
        .outerjoin(host, host.id == WorkOrder.absorbed_into_id)
        .outerjoin(accepted, accepted.c.work_order_id == WorkOrder.id)
        .outerjoin(Finding, Finding.work_order_id == WorkOrder.id)
        .where(WorkOrder.type == OrderType.PREDICTIVE, WorkOrder.equipment_id.in_(set(machines)))
        .order_by(WorkOrder.id)
    )
    found: dict[int, dict[str, list[Suggestion]]] = defaultdict(lambda: defaultdict(list))
    for order, accepted_at, found_at, done_at, closed_at in rows:
        said = _suggestion(order, accepted_at, found_at)
        if order.absorbed_into_id is not None:
            # Its work was accepted as part of another order and ends with that.
            accepted_at, ended_at = found_at or order.created_at, done_at or closed_at
            said = replace(said, accepted_at=accepted_at, ended_at=ended_at, is_dismissed=False)
        found[order.equipment_id][order.mode].append(said)
    for equipment_id, mode, said in _joined(session, machines):
        found[equipment_id][mode].append(said)
    return found


def _joined(session: Session, machines: Iterable[int]) -> Iterator[tuple[int, str, Suggestion]]:
    """Work that was in hand already when a night's forecast agreed with it: no order was raised,
    and none was needed."""
    rows = session.execute(
        sa.select(
            Decision.equipment_id,
            Decision.mode,
            WorkOrder.id,
            WorkOrder.completed_at,
            WorkOrder.closed_at,
            sa.func.min(TrainingRun.as_of),
        )
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .join(WorkOrder, WorkOrder.id == Decision.work_order_id)
        .where(Decision.verdict == Verdict.ABSORBED, Decision.equipment_id.in_(set(machines)))
        .group_by(
            Decision.equipment_id,
            Decision.mode,
            WorkOrder.id,
            WorkOrder.completed_at,
            WorkOrder.closed_at,
        )
        .order_by(WorkOrder.id, Decision.mode)
    )
    for equipment_id, mode, order_id, completed_at, closed_at, since in rows:
        ended_at = completed_at or closed_at
        yield equipment_id, mode, Suggestion(order_id, since, since, ended_at, is_dismissed=False)


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


def _silences(session: Session, machines: Iterable[int]) -> dict[int, dict[str, list[Silence]]]:
    rows = session.execute(
        sa.select(Decision, Forecast.as_of)
        .join(Forecast, Forecast.id == Decision.forecast_id)
        .where(
            Decision.verdict.in_([*HELD, Verdict.WITHHELD]),
            Decision.equipment_id.in_(set(machines)),
        )
        .order_by(Decision.id)
    )
    found: dict[int, dict[str, list[Silence]]] = defaultdict(lambda: defaultdict(list))
    for decision, as_of in rows:
        silence = Silence(decision.run_id, as_of, decision.verdict is Verdict.WITHHELD)
        found[decision.equipment_id][decision.mode].append(silence)
    return found
