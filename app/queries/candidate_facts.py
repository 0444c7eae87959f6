"""Everything a night asks the database before it decides: a handful of questions for all machines.

Asked machine by machine it was twenty questions each, which took thirty times as long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.predictions import ClassGate, Forecast, PredictorVersion
from app.db.records import ServiceRecord
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.db.work_orders import Finding, OrderEvidence, WorkOrder
from app.domain.risk import OrderRule
from app.domain.savings import chance_of_failure
from app.domain.work_orders import FINISHED, OrderType, State
from app.queries.rules_in_force import RuleBook

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ToldForecast:
    """What a decision looks at of a stored forecast."""

    id: int
    equipment_id: int
    mode: str
    as_of: datetime
    risk: float
    risk_hours: float
    edges_hours: Sequence[float]
    survival: Sequence[float]
    rul_p10_hours: float | None
    rung: str
    drivers: Sequence[dict[str, Any]]
    standing_since: datetime | None

    def risk_within(self, window: timedelta) -> float:
        """The risk of a failure in *window*: as calibrated where it was told for that window,
        else from the survival curve."""
        hours = window / HOUR
        if hours == self.risk_hours:
            return self.risk
        return chance_of_failure(list(self.edges_hours), list(self.survival), hours)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the machines a run has an outcome for; keys are ids, codes and modes."""

    machines: Mapping[int, Equipment]
    class_versions: Mapping[int, int | None]
    forecasts: Mapping[int, Mapping[str, ToldForecast]]
    components: Mapping[int, Mapping[str, Component]]
    rules: Mapping[int, OrderRule]
    gates: Mapping[int | None, Mapping[str, ClassGate]]
    open_orders: Mapping[tuple[int, str], int]
    snoozes: Mapping[tuple[int, str], datetime]
    findings: Mapping[tuple[int, str], datetime]
    renewals: Mapping[tuple[int, int | None, datetime], datetime]


def known_of(session: Session, *, run_id: int, at: datetime | None = None) -> Known:
    """Ask everything at once about the machines that a run trained or reused.

    What was renewed counts as known at each forecast's own moment, or at *at*.
    """
    ids = sa.select(MachineOutcome.equipment_id).where(
        MachineOutcome.run_id == run_id,
        MachineOutcome.status.in_((MachineStatus.TRAINED, MachineStatus.REUSED)),
    )
    machines = {m.id: m for m in session.scalars(sa.select(Equipment).where(Equipment.id.in_(ids)))}
    versions = {
        version.equipment_id: version
        for version in session.scalars(
            sa.select(PredictorVersion).where(
                PredictorVersion.equipment_id.in_(ids), PredictorVersion.is_current
            )
        )
    }
    forecasts = _told(session, ids, versions, run_id)
    as_ofs = {told.as_of for modes in forecasts.values() for told in modes.values()}
    return Known(
        machines=machines,
        class_versions={id_: version.class_version_id for id_, version in versions.items()},
        forecasts=forecasts,
        components=_components(session),
        rules=_rules(session, machines, forecasts),
        gates=_gates(session, {version.class_version_id for version in versions.values()}),
        open_orders=_open_orders(session, ids),
        snoozes=_snoozes(session, ids),
        findings=_findings(session, ids),
        renewals={
            (machine, component, as_of): ended
            for as_of in as_ofs
            for machine, component, ended in _renewals(session, ids, at or as_of)
        },
    )


def _told(
    session: Session,
    ids: sa.Select[int],
    versions: Mapping[int, PredictorVersion],
    run_id: int,
) -> dict[int, dict[str, ToldForecast]]:
    """What this run forecast; of predictors made for the same day, what those told when made.

    Never older words: a machine that gets no forecast tonight decides nothing tonight.
    """
    issued = _forecasts(session, Forecast.run_id == run_id, Forecast.equipment_id.in_(ids))
    found = {machine: modes for machine, modes in issued.items() if machine in versions}
    if {id_ for id_, version in versions.items() if version.run_id != run_id} <= found.keys():
        return found
    first = _forecasts(
        session,
        Forecast.equipment_id.in_(ids),
        sa.exists().where(
            PredictorVersion.equipment_id == Forecast.equipment_id,
            PredictorVersion.id == Forecast.predictor_version_id,
            PredictorVersion.as_of == Forecast.as_of,
            PredictorVersion.is_current,
            PredictorVersion.run_id != run_id,
        ),
    )
    as_of = session.get_one(TrainingRun, run_id).as_of
    return {id_: told for id_, told in first.items() if as_of - versions[id_].as_of < DAY} | found


def _forecasts(
    session: Session, *conditions: sa.ColumnElement[bool]
) -> dict[int, dict[str, ToldForecast]]:
    """Forecasts by machine and mode; of several the last one."""
    columns = [getattr(Forecast, field.name) for field in fields(ToldForecast)]
    found: dict[int, dict[str, ToldForecast]] = defaultdict(dict)
    for row in session.execute(sa.select(*columns).where(*conditions).order_by(Forecast.id)):
        forecast = ToldForecast(*row)
        found[forecast.equipment_id][forecast.mode] = forecast
    return dict(found)


def _components(session: Session) -> dict[int, dict[str, Component]]:
    found: dict[int, dict[str, Component]] = defaultdict(dict)
    for row in session.scalars(sa.select(Component).order_by(Component.id)):
        found[row.equipment_class_id][row.code] = row
    return found


def _rules(
    session: Session,
    machines: Mapping[int, Equipment],
    forecasts: Mapping[int, Mapping[str, ToldForecast]],
) -> dict[int, OrderRule]:
    """The rule in force at each machine's forecast: its own, else its class's."""
    book = RuleBook(session, {id_: row.equipment_class_id for id_, row in machines.items()})
    return {
        id_: book.at(id_, max(told.as_of for told in modes.values()))
        for id_, modes in forecasts.items()
    }


def _gates(
    session: Session, class_version_ids: Collection[int | None]
) -> dict[int | None, dict[str, ClassGate]]:
    found: dict[int | None, dict[str, ClassGate]] = defaultdict(dict)
    rows = sa.select(ClassGate).where(ClassGate.class_version_id.in_(class_version_ids))
    for row in session.scalars(rows.order_by(ClassGate.id)):
        found[row.class_version_id][row.mode] = row
    return found


def _open_orders(session: Session, ids: sa.Select[int]) -> dict[tuple[int, str], int]:
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.mode, WorkOrder.id).where(
            WorkOrder.equipment_id.in_(ids),
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.state.not_in(FINISHED),
        )
    )
    return {(equipment_id, mode): order_id for equipment_id, mode, order_id in rows}


def _snoozes(session: Session, ids: sa.Select[int]) -> dict[tuple[int, str], datetime]:
    """The latest snooze of cancelled orders."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.mode, sa.func.max(WorkOrder.snoozed_until))
        .where(
            WorkOrder.equipment_id.in_(ids),
            WorkOrder.state == State.CANCELLED,
            WorkOrder.snoozed_until.is_not(None),
        )
        .group_by(WorkOrder.equipment_id, WorkOrder.mode)
    )
    return {(equipment_id, mode): until for equipment_id, mode, until in rows if until}


def _findings(session: Session, ids: sa.Select[int]) -> dict[tuple[int, str], datetime]:
    """The latest finding on a predicted order, or on other work its forecast became part of."""
    own = (
        sa.select(Finding.equipment_id, WorkOrder.mode, Finding.at)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .where(
            Finding.equipment_id.in_(ids),
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.absorbed_into_id.is_(None),
        )
    )
    joined = (
        sa.select(Finding.equipment_id, Forecast.mode, Finding.at)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .join(OrderEvidence, OrderEvidence.work_order_id == WorkOrder.id)
        .join(Forecast, Forecast.id == OrderEvidence.forecast_id)
        .where(
            Finding.equipment_id.in_(ids),
            WorkOrder.type != OrderType.PREDICTIVE,
            Finding.outcome.is_not(None),
        )
    )
    told = sa.union_all(own, joined).subquery()
    rows = session.execute(
        sa.select(told.c.equipment_id, told.c.mode, sa.func.max(told.c.at)).group_by(
            told.c.equipment_id, told.c.mode
        )
    )
    return {(equipment_id, mode): at for equipment_id, mode, at in rows}


def _renewals(
    session: Session, ids: sa.Select[int], at: datetime
) -> Iterator[tuple[int, int | None, datetime]]:
    """The latest renewal of each component known at *at*."""
    rows = session.execute(
        sa.select(
            ServiceRecord.equipment_id, ServiceRecord.component_id, sa.func.max(ServiceRecord.at)
        )
        .where(
            ServiceRecord.equipment_id.in_(ids),
            ServiceRecord.at <= at,
            ServiceRecord.recorded_at <= at,
        )
        .group_by(ServiceRecord.equipment_id, ServiceRecord.component_id)
    )
    yield from ((machine, component, ended) for machine, component, ended in rows)
