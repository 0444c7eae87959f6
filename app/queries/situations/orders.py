"""Examples of what the newest nights decided: an order that stands, and those that were not."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import ClassGate, ClassVersion, Decision, Forecast, PredictorVersion
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.risk import Gate, Verdict
from app.domain.roles import Scope
from app.domain.work_orders import UNFINISHED, OrderType
from app.queries.forecasts import drivers
from app.queries.predictions import seen
from app.queries.situations.shape import Example, Situation, Source, Trace
from app.queries.situations.traces import risk_trace, role_trace

ROLE = "role:"


def rising(session: Session, *, scope: Scope) -> Example | None:
    """The open predicted order of the highest risk, with the sensor that speaks for it."""
    row = session.execute(
        sa.select(WorkOrder, Equipment, Component.name, Forecast, OrderEvidence)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(Component, Component.id == WorkOrder.component_id)
        .join(OrderEvidence, OrderEvidence.id == _newest_evidence())
        .join(Forecast, Forecast.id == OrderEvidence.forecast_id)
        .where(
            seen(Equipment.site_id, scope),
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.state.in_(UNFINISHED),
            WorkOrder.withdrawal_proposed_at.is_(None),
        )
        .order_by(-WorkOrder.risk, WorkOrder.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    order, machine, component, forecast, evidence = row
    sentence, trace = _reason(session, machine, forecast)
    return Example(
        kind=Situation.RISING,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        at=order.created_at,
        component=component or "",
        sentence=sentence,
        order_id=order.id,
        run_id=evidence.run_id,
        risk=evidence.risk,
        risk_hours=forecast.risk_hours,
        threshold=evidence.threshold,
        trace=trace,
        sources=(
            Source("work_order", order.id),
            Source("order_evidence", evidence.id),
            Source("forecast", forecast.id),
        ),
    )


def withheld(session: Session, *, scope: Scope) -> Example | None:
    """The newest night's highest risk that its predictor has not earned the right to act on.

    Where no risk was high enough yet: the riskiest machine of a class whose gate is closed.
    """
    kept_back = _kept_back(session, Situation.WITHHELD, Verdict.WITHHELD, scope)
    return kept_back or _behind_a_closed_gate(session, scope)


def held_back(session: Session, *, scope: Scope) -> Example | None:
    """The highest risk of the newest night that found a crew's budget used up."""
    return _kept_back(session, Situation.HELD_BACK, Verdict.HELD_BUDGET, scope)


def _kept_back(session: Session, kind: Situation, verdict: Verdict, scope: Scope) -> Example | None:
    row = session.execute(
        sa.select(Decision, Equipment, Component.name, Forecast)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(Forecast, Forecast.id == Decision.forecast_id)
        .outerjoin(
            Component,
            (Component.equipment_class_id == Equipment.equipment_class_id)
            & (Component.code == Decision.mode),
        )
        .where(Decision.verdict == verdict, seen(Equipment.site_id, scope))
        .order_by(Decision.run_id.desc(), -Decision.risk, Decision.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    decision, machine, component, forecast = row
    return _silence(
        session,
        kind,
        machine,
        component,
        forecast,
        reason=decision.reason,
        run_id=decision.run_id,
        threshold=decision.threshold,
        source=Source("decision", decision.id),
    )


def _behind_a_closed_gate(session: Session, scope: Scope) -> Example | None:
    newest = sa.select(sa.func.max(ClassVersion.id)).group_by(ClassVersion.equipment_class_id)
    row = session.execute(
        sa.select(ClassGate, Equipment, Component.name, Forecast)
        .join(ClassVersion, ClassVersion.id == ClassGate.class_version_id)
        .join(PredictorVersion, PredictorVersion.class_version_id == ClassVersion.id)
        .join(Equipment, Equipment.id == PredictorVersion.equipment_id)
        .join(
            Forecast,
            (Forecast.predictor_version_id == PredictorVersion.id)
            & (Forecast.mode == ClassGate.mode),
        )
        .outerjoin(
            Component,
            (Component.equipment_class_id == Equipment.equipment_class_id)
            & (Component.code == ClassGate.mode),
        )
        .where(
            ClassGate.gate == Gate.CLOSED,
            ClassVersion.id.in_(newest),
            PredictorVersion.is_current,
            seen(Equipment.site_id, scope),
        )
        .order_by(Forecast.as_of.desc(), -Forecast.risk, Forecast.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    gate, machine, component, forecast = row
    return _silence(
        session,
        Situation.WITHHELD,
        machine,
        component,
        forecast,
        reason=gate.reason,
        run_id=forecast.run_id,
        threshold=None,
        source=Source("class_gate", gate.id),
    )


def _silence(
    session: Session,
    kind: Situation,
    machine: Equipment,
    component: str | None,
    forecast: Forecast,
    *,
    reason: str,
    run_id: int,
    threshold: float | None,
    source: Source,
) -> Example:
    """A forecast that became no order, and why."""
    return Example(
        kind=kind,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        at=forecast.as_of,
        component=component or "",
        sentence=reason,
        run_id=run_id,
        risk=forecast.risk,
        risk_hours=forecast.risk_hours,
        threshold=threshold,
        trace=risk_trace(
            session,
            equipment_id=machine.id,
            mode=forecast.mode,
            until=forecast.as_of,
            threshold=threshold,
        ),
        sources=(source, Source("forecast", forecast.id)),
    )


def _newest_evidence() -> sa.ScalarSelect[Any]:
    return (
        sa.select(OrderEvidence.id)
        .where(OrderEvidence.work_order_id == WorkOrder.id)
        .order_by(OrderEvidence.run_id.desc())
        .limit(1)
        .correlate(WorkOrder)
        .scalar_subquery()
    )


def _reason(session: Session, machine: Equipment, forecast: Forecast) -> tuple[str, Trace | None]:
    """What the forecast says points to it first, and the line of the first sensor among it."""
    told = drivers(forecast.drivers)
    sentence = told[0].sentence if told else ""
    for driver in told:
        if driver.group.startswith(ROLE):
            trace = role_trace(
                session,
                equipment_id=machine.id,
                role=driver.group.removeprefix(ROLE),
                until=forecast.as_of,
                normal=driver.normal,
            )
            if trace is not None:
                return sentence, trace
    return sentence, None
