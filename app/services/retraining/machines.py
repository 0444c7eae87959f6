"""The machine stage: every machine validated, fitted and forecast by a worker, stored at once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.training import MachineOutcome, MachineStatus, Stage
from app.domain.roles import system
from app.services.retraining.plan import ClassPlan, MachinePlan, key
from app.services.retraining.store import store_reused, store_trained, store_untrained
from app.services.retraining.work import Work
from models import ClassModel, Failed, Outcome, Trained, train_machines

log = logging.getLogger(__name__)
BY = system("night")


def train(
    work: Work, plans: Sequence[ClassPlan], models: Mapping[str, tuple[ClassModel, int]]
) -> None:
    """Train what is left to do; each outcome is committed as it arrives."""
    _reuse(work, plans)
    left = _left(work, plans)
    owners = {key(machine): (plan, machine) for plan, machine in left}
    tasks = [plan.task(machine, work.database.url) for plan, machine in left]
    work.tell(Stage.MACHINES, 0, len(tasks))
    outcomes = train_machines(
        tasks,
        {code: model for code, (model, _) in models.items()},
        work.engine,
        validate=work.order.is_refit,
        deadline_s=work.order.deadline_s,
    )
    for done, outcome in enumerate(outcomes, start=1):
        work.check()
        plan, machine = owners[outcome.tag]
        _, version_id = models.get(plan.settings.code, (None, None))
        store(work, plan, machine, outcome, class_version_id=version_id)
        if isinstance(outcome, Trained) and outcome.health is not None:
            work.health[outcome.tag] = outcome.health
        work.tell(Stage.MACHINES, done, len(tasks))


def store(
    work: Work,
    plan: ClassPlan,
    machine: MachinePlan,
    outcome: Outcome,
    *,
    class_version_id: int | None,
) -> None:
    """Commit one machine's outcome."""
    with work.writing() as session:
        if isinstance(outcome, Trained):
            store_trained(
                session,
                run=work.run,
                machine=machine,
                plan=plan,
                outcome=outcome,
                class_version_id=class_version_id,
                is_refit=work.order.is_refit,
                is_light=work.order.folds is not None,
                key=work.order.key,
                now=work.now(),
                by=BY,
            )
        else:
            # Pages know a machine by its tag, not by its name inside the night.
            told = replace(outcome, reason=outcome.reason.replace(key(machine), machine.tag))
            store_untrained(session, run=work.run, machine=machine, outcome=told, now=work.now())
    if isinstance(outcome, Failed):
        work.report.failed += 1
        log.error("machine %s failed: %s", machine.tag, outcome.reason)


def count(session: Session, work: Work) -> None:
    """Fill the report from what was stored, so that a resumed run counts all its machines."""
    rows = session.execute(
        sa.select(MachineOutcome, Equipment.tag)
        .join(Equipment, Equipment.id == MachineOutcome.equipment_id)
        .where(MachineOutcome.run_id == work.run.id)
        .order_by(MachineOutcome.id)
    ).all()
    report, statuses = work.report, [row.status for row, _ in rows]
    report.trained = statuses.count(MachineStatus.TRAINED)
    report.reused = statuses.count(MachineStatus.REUSED)
    report.skipped = statuses.count(MachineStatus.SKIPPED)
    report.failed = statuses.count(MachineStatus.FAILED)
    report.failures = [
        {"tag": tag, "reason": row.reason.strip().splitlines()[-1]}
        for row, tag in rows
        if row.status is MachineStatus.FAILED
    ]


def _reuse(work: Work, plans: Sequence[ClassPlan]) -> None:
    for plan in plans:
        for machine in plan.machines:
            if machine.is_wanted and machine.is_reused and not machine.is_done:
                with work.writing() as session:
                    store_reused(session, run=work.run, machine=machine, now=work.now())


def _left(work: Work, plans: Sequence[ClassPlan]) -> list[tuple[ClassPlan, MachinePlan]]:
    """Machines without an outcome yet; the reading pass may have ended some."""
    with work.reading() as session:
        done = set(
            session.scalars(
                sa.select(MachineOutcome.equipment_id).where(MachineOutcome.run_id == work.run.id)
            )
        )
    return [(plan, m) for plan in plans for m in plan.todo if m.id not in done]
