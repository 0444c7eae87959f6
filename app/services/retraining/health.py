"""After the machine stage: every class judged at once, machines against their sister machines."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.health import MachineHealth
from app.db.training import MachineOutcome, MachineStatus
from app.domain.health import HealthState, RoleHealth
from app.domain.instants import from_micros
from app.services.retraining.plan import ClassPlan, MachinePlan, key
from app.services.retraining.work import Work
from models import Health, HealthSeries, Sample, judge, sample_machines
from models.health import health_series

log = logging.getLogger(__name__)
# Machines that a worker answered for; of the others there is nothing to compare.
_ANSWERED = (MachineStatus.TRAINED, MachineStatus.REUSED)


def judged(work: Work, plans: Sequence[ClassPlan]) -> dict[int, HealthState]:
    """The health of every machine of the night by id; those nobody could judge are left out.

    A machine whose predictor was reused was judged for the same moment before: that is repeated.
    A machine whose answer was stored before this run was interrupted is read once more.
    """
    with work.reading() as session:
        answered = _answered(session, work.run.id)
        known = _judged_before(session, _reused(plans, answered))
    lost = [
        (plan, machine)
        for plan in plans
        for machine in plan.machines
        if machine.id in answered - known.keys() and key(machine) not in work.health
    ]
    work.health.update(_read_again(work, lost))
    for plan in plans:
        series = _of_class(work.health, plan)
        told = _judge(series, plan)
        known |= {m.id: _state(told[key(m)]) for m in plan.machines if key(m) in told}
    return known


def _judge(series: Mapping[str, HealthSeries], plan: ClassPlan) -> Mapping[str, Health]:
    """Nothing when it breaks: orders from predictions do not wait for this, the log says why."""
    try:
        return judge(series, plan.spec)
    except Exception:  # its machines are noted as not compared tonight
        log.exception("the machines of class %s could not be compared", plan.settings.code)
        return {}


def _answered(session: Session, run_id: int) -> set[int]:
    return set(
        session.scalars(
            sa.select(MachineOutcome.equipment_id).where(
                MachineOutcome.run_id == run_id, MachineOutcome.status.in_(_ANSWERED)
            )
        )
    )


def _reused(plans: Iterable[ClassPlan], answered: set[int]) -> dict[int, ClassPlan]:
    return {
        machine.id: plan
        for plan in plans
        for machine in plan.machines
        if machine.is_reused and machine.id in answered
    }


def _judged_before(session: Session, plan_of: Mapping[int, ClassPlan]) -> dict[int, HealthState]:
    """What the newest night for the same cut-off said of these machines."""
    rows = session.scalars(
        sa.select(MachineHealth)
        .where(
            MachineHealth.equipment_id.in_(plan_of),
            MachineHealth.as_of.in_({plan.settings.until for plan in plan_of.values()}),
        )
        .order_by(MachineHealth.id)
    )
    return {
        row.equipment_id: HealthState(
            as_of=row.as_of,
            score=row.score,
            threshold=row.threshold,
            is_deviating=row.is_deviating,
            since=row.since,
            alarms_per_year=row.alarms_per_year,
            roles=tuple(RoleHealth(**role) for role in row.evidence),
            reason=row.reason if row.score is None else "",
        )
        for row in rows
        if row.evidence and row.as_of == plan_of[row.equipment_id].settings.until
    }


def _read_again(
    work: Work, lost: Sequence[tuple[ClassPlan, MachinePlan]]
) -> Iterator[tuple[str, HealthSeries]]:
    spec_of = {key(machine): plan.spec for plan, machine in lost}
    tasks = [plan.task(machine, work.database.url) for plan, machine in lost]
    if not tasks:
        return
    for sample in sample_machines(tasks, work.engine, deadline_s=work.order.deadline_s):
        work.check()
        if isinstance(sample, Sample):
            yield sample.tag, health_series(sample, spec_of[sample.tag])


def _of_class(health: Mapping[str, HealthSeries], plan: ClassPlan) -> dict[str, HealthSeries]:
    """The class's machines in the order of their ids, never of their arrival."""
    tags = (key(machine) for machine in plan.machines)
    return {tag: health[tag] for tag in tags if tag in health}


def _state(told: Health) -> HealthState:
    return HealthState(
        as_of=from_micros(told.as_of),
        score=told.score,
        threshold=told.threshold,
        is_deviating=told.is_deviating,
        since=None if told.since is None else from_micros(told.since),
        alarms_per_year=told.alarms_per_year,
        roles=tuple(RoleHealth(**asdict(role)) for role in told.roles),
        reason=told.reason,
    )
