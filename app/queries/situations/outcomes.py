"""Examples of what became of predictions, from the record: right, wrong, and too late."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.db.predictions import Forecast
from app.db.work_orders import ANY_MODE, WorkOrder
from app.domain.warnings import Met
from app.domain.work_orders import Outcome
from app.queries.record import FailureLine, FindingLine
from app.queries.situations.shape import Example, Situation, Source, Trace
from app.queries.situations.traces import risk_trace


def caught(session: Session, findings: Sequence[FindingLine]) -> Example | None:
    """The newest fault that a predicted order found before the machine failed."""
    for line in findings:
        if line.outcome is Outcome.FAULT_AS_PREDICTED and not line.is_failure:
            return _found(session, Situation.CAUGHT, line)
    return None


def in_vain(session: Session, findings: Sequence[FindingLine]) -> Example | None:
    """The newest predicted order on which nothing was found."""
    for line in findings:
        if line.outcome in (Outcome.NOTHING_FOUND, Outcome.NOTHING_FOUND_REPLACED):
            return _found(session, Situation.IN_VAIN, line)
    return None


def missed(session: Session, failures: Sequence[FailureLine]) -> Example | None:
    """The newest failure that came without any word before it."""
    line = next((line for line in failures if line.met is Met.MISSED), None)
    if line is None:
        return None
    sources = [Source("failure", line.failure_id)]
    if line.forecast_id is not None:
        sources.append(Source("forecast", line.forecast_id))
    return Example(
        kind=Situation.MISSED,
        equipment_id=line.equipment_id,
        tag=line.tag,
        name=line.name,
        at=line.at,
        component=line.component,
        order_id=line.repair_order_id,
        risk=line.risk,
        risk_hours=line.risk_hours,
        trace=_trace_of_failure(session, line),
        sources=tuple(sources),
    )


def _found(session: Session, kind: Situation, line: FindingLine) -> Example:
    order = session.get_one(WorkOrder, line.order_id)
    return Example(
        kind=kind,
        equipment_id=line.equipment_id,
        tag=line.tag,
        name=line.name,
        at=line.at,
        component=line.component,
        order_id=line.order_id,
        risk=line.risk,
        threshold=line.threshold,
        lead_hours=line.lead_hours,
        trace=risk_trace(
            session,
            equipment_id=line.equipment_id,
            mode=order.mode,
            until=line.at,
            threshold=line.threshold,
        ),
        sources=(Source("finding", line.finding_id), Source("work_order", line.order_id)),
    )


def _trace_of_failure(session: Session, line: FailureLine) -> Trace:
    forecast = session.get(Forecast, line.forecast_id) if line.forecast_id else None
    return risk_trace(
        session,
        equipment_id=line.equipment_id,
        mode=ANY_MODE if forecast is None else forecast.mode,
        until=line.at,
        threshold=None,
    )
