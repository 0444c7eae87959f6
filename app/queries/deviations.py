"""What the night must know before it suggests an inspection: who speaks for a machine already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, SensorRole
from app.db.records import ServiceRecord
from app.db.sensors import SensorAssignment
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.db.work_orders import ANY_MODE, Finding, WorkOrder
from app.domain.activities import RENEWING
from app.domain.risk import Gate
from app.domain.roles import EVERYWHERE
from app.domain.work_orders import FINISHED, OrderType, Source, State
from app.queries.candidate_facts import Known, known_of
from app.queries.candidates import UNPREDICTIVE
from app.queries.rules_in_force import RuleBook
from app.queries.sensor_faults import sensor_faults

WEEK = timedelta(days=7)
LOOKING = (OrderType.PREDICTIVE, OrderType.CORRECTIVE, OrderType.INSPECTION)
SUGGESTED = (Source.DEVIATION, Source.PREDICTION)


@dataclass(frozen=True, slots=True)
class Suspect:
    """One machine of tonight's run with everything that speaks for or against an inspection.

    `spoken_for` names the component whose predictions have earned their say; "" = nobody's have.
    `faulty_roles` are filled by sensors whose readings cannot be true.
    """

    equipment_id: int
    tag: str
    crew: tuple[int, int | None]
    team_id: int | None
    as_of: datetime
    status: MachineStatus
    outcome_reason: str
    spoken_for: str
    faulty_roles: frozenset[str]
    cooldown: timedelta
    own_order_id: int | None
    other_order_id: int | None
    snoozed_until: datetime | None
    worked_on_at: datetime | None

    @property
    def quiet_until(self) -> datetime | None:
        """Until when recent work or a dismissal keeps the night quiet; None = it does not."""
        if self.worked_on_at is None or self.worked_on_at + self.cooldown <= self.as_of:
            return None
        return self.worked_on_at + self.cooldown


def suspects(session: Session, *, run_id: int) -> tuple[Suspect, ...]:
    """Every machine with an outcome in this run, by tag."""
    as_of = session.get_one(TrainingRun, run_id).as_of
    rows = session.execute(
        sa.select(Equipment, MachineOutcome)
        .join(MachineOutcome, MachineOutcome.equipment_id == Equipment.id)
        .where(MachineOutcome.run_id == run_id)
        .order_by(Equipment.tag, Equipment.id)
    ).all()
    ids = [machine.id for machine, _ in rows]
    known = known_of(session, run_id=run_id)
    own, other = _open_orders(session, ids)
    snoozed = _snoozes(session, ids)
    worked = _work_ends(session, ids, as_of)
    faulty = _faulty_roles(session, as_of)
    rules = RuleBook(session, {machine.id: machine.equipment_class_id for machine, _ in rows})
    return tuple(
        Suspect(
            equipment_id=machine.id,
            tag=machine.tag,
            crew=(machine.site_id, machine.team_id),
            team_id=machine.team_id,
            as_of=as_of,
            status=outcome.status,
            outcome_reason=outcome.reason,
            spoken_for=_spoken_for(known, machine),
            faulty_roles=frozenset(faulty.get(machine.id, ())),
            cooldown=rules.at(machine.id, as_of).cooldown,
            own_order_id=own.get(machine.id),
            other_order_id=other.get(machine.id),
            snoozed_until=_later(snoozed.get(machine.id), as_of),
            worked_on_at=worked.get(machine.id),
        )
        for machine, outcome in rows
    )


def suggested_this_week(session: Session, *, now: datetime) -> Counter[tuple[int, int | None]]:
    """Inspections suggested in the last seven days per crew (site, team)."""
    rows = session.execute(
        sa.select(Equipment.site_id, WorkOrder.team_id, sa.func.count())
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .where(
            WorkOrder.source == Source.DEVIATION,
            WorkOrder.created_at > now - WEEK,
            WorkOrder.created_at <= now,
        )
        .group_by(Equipment.site_id, WorkOrder.team_id)
    )
    return Counter({(site_id, team_id): count for site_id, team_id, count in rows})


def _spoken_for(known: Known, machine: Equipment) -> str:
    """The component of the riskiest mode whose predictor has earned its say; "" when none has.

    A predictor that knows only age has not, whatever its gate says: a calendar knows as much.
    """
    forecasts = known.forecasts.get(machine.id, {})
    components: Mapping[str, Component] = known.components.get(machine.equipment_class_id, {})
    gates = known.gates.get(known.class_versions.get(machine.id), {})
    earned = [
        forecast
        for mode, forecast in forecasts.items()
        if (mode != ANY_MODE or not components)
        and forecast.rung not in UNPREDICTIVE
        and mode in gates
        and gates[mode].gate is not Gate.CLOSED
    ]
    if not earned:
        return ""
    leading = max(earned, key=lambda forecast: (forecast.risk, forecast.mode)).mode
    return components[leading].name if leading in components else "the machine"


def _faulty_roles(session: Session, as_of: datetime) -> dict[int, set[str]]:
    """Machine -> the roles whose sensor is stuck, silent or out of range."""
    faults = {f.sensor_id: f for f in sensor_faults(session, scope=EVERYWHERE, now=as_of)}
    rows = session.execute(
        sa.select(SensorAssignment.sensor_id, SensorRole.code)
        .join(SensorRole, SensorRole.id == SensorAssignment.sensor_role_id)
        .where(SensorAssignment.sensor_id.in_(faults), SensorAssignment.ended_at.is_(None))
    )
    found: dict[int, set[str]] = {}
    for sensor_id, role in rows:
        found.setdefault(faults[sensor_id].equipment_id, set()).add(role)
    return found


def _open_orders(session: Session, ids: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Machine -> its open suggestion of an inspection, and the newest other order that looks."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.id, WorkOrder.source)
        .where(
            WorkOrder.equipment_id.in_(ids),
            WorkOrder.state.not_in(FINISHED),
            sa.or_(WorkOrder.type.in_(LOOKING), WorkOrder.source == Source.DEVIATION),
        )
        .order_by(WorkOrder.id)
    ).all()
    own = {machine: order for machine, order, source in rows if source is Source.DEVIATION}
    other = {machine: order for machine, order, source in rows if source is not Source.DEVIATION}
    return own, other


def _snoozes(session: Session, ids: Iterable[int]) -> dict[int, datetime]:
    """The latest snooze of a dismissed suggestion: the machine is to be left in peace."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, sa.func.max(WorkOrder.snoozed_until))
        .where(
            WorkOrder.equipment_id.in_(ids),
            WorkOrder.state == State.CANCELLED,
            WorkOrder.source.in_(SUGGESTED),
            WorkOrder.snoozed_until.is_not(None),
        )
        .group_by(WorkOrder.equipment_id)
    )
    return {machine: until for machine, until in rows if until}


def _work_ends(session: Session, ids: Iterable[int], as_of: datetime) -> dict[int, datetime]:
    """When work that renewed something, a finding on a suggestion or a dismissal last ended."""
    ids = list(ids)
    found: dict[int, datetime] = {}
    renewals = (
        sa.select(ServiceRecord.equipment_id, sa.func.max(ServiceRecord.at))
        .where(
            ServiceRecord.equipment_id.in_(ids),
            ServiceRecord.activity.in_(RENEWING),
            ServiceRecord.at <= as_of,
            ServiceRecord.recorded_at <= as_of,
        )
        .group_by(ServiceRecord.equipment_id)
    )
    findings = (
        sa.select(Finding.equipment_id, sa.func.max(Finding.at))
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .where(Finding.equipment_id.in_(ids), WorkOrder.source.in_(SUGGESTED))
        .group_by(Finding.equipment_id)
    )
    for asked in (renewals, findings):
        for machine, at in session.execute(asked):
            found[machine] = max(at, found.get(machine, at))
    return found


def _later(until: datetime | None, as_of: datetime) -> datetime | None:
    return until if until is not None and until > as_of else None
