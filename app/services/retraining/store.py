"""One machine, one outcome, one transaction: version, metrics, forecast, artifact, audit."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Artifact, ClassGate, ClassVersion, Forecast, PredictorVersion
from app.db.training import MachineOutcome, MachineStatus
from app.domain.gates import Judgement, Standing, standing
from app.domain.instants import from_micros
from app.domain.risk import Gate
from app.domain.roles import Actor
from app.queries.back_tests import BackTestGroup
from app.services import audit, back_tests
from app.services.retraining.plan import ClassPlan, MachinePlan
from app.services.runs import OpenRun
from models import (
    ClassModel,
    Failed,
    ModeForecast,
    PastForecasts,
    Skipped,
    Trained,
    artifacts,
)
from models import Forecast as MachineForecast
from models.features import feature_names


def store_class(
    session: Session,
    *,
    run: OpenRun,
    plan: ClassPlan,
    model: ClassModel,
    key: bytes,
    now: datetime,
) -> int:
    """Keep a class's fitted hazard with its gates; return the version's id (once per run)."""
    known = session.scalar(
        sa.select(ClassVersion.id).where(
            ClassVersion.run_id == run.id, ClassVersion.equipment_class_id == plan.settings.id
        )
    )
    if known is not None:
        return known
    manifest, parts = model.to_parts()
    row = ClassVersion(
        run_id=run.id,
        equipment_class_id=plan.settings.id,
        as_of=plan.settings.until,
        created_at=now,
        artifact_digest=_keep(session, artifacts.pack(manifest, parts, key=key)),
        metrics={
            "modes": model.table(),
            "machines": model.machines,
            "names": [name.label for name in feature_names(plan.spec)],
            "trained_from": model.trained_from,
            "trained_until": model.trained_until,
            "libraries": artifacts.libraries(),
        },
    )
    session.add(row)
    session.flush()
    _keep_gates(session, row, model)
    return row.id


def store_trained(
    session: Session,
    *,
    run: OpenRun,
    machine: MachinePlan,
    plan: ClassPlan,
    outcome: Trained,
    class_version_id: int | None,
    is_refit: bool,
    is_light: bool,
    key: bytes,
    now: datetime,
    by: Actor,
) -> None:
    """Keep a machine's predictor and its forecast; a night without refit keeps the old version.

    It never gives a version up for one that cannot forecast: the last good one goes on serving.
    `is_light`: the class was back-tested on its newest origins only.
    """
    current = _current(session, machine.id)
    is_served_by_another = (
        current is not None
        and current.class_version_id != class_version_id
        and outcome.forecast is not None
    )
    if current is None or is_refit or is_served_by_another:
        if current is not None:
            current.is_current = False
            session.flush()
        current = _new_version(
            session, run, machine, plan, outcome, class_version_id, key=key, now=now, by=by
        )
    if outcome.forecast is not None:
        _keep_forecasts(session, run, machine, plan, outcome.forecast, current.id, now)
    if is_refit and outcome.forecast is not None:
        back_tests.keep(
            session,
            equipment_id=machine.id,
            version_id=current.id,
            edges_hours=[edge * plan.step_hours for edge in plan.spec.edges],
            groups=[_past(group) for group in outcome.past],
            is_light=is_light,
            now=now,
        )
    status = MachineStatus.TRAINED if is_refit else MachineStatus.REUSED
    _note(session, run, machine, status, outcome, now=now, rung=outcome.rung)


def store_untrained(
    session: Session,
    *,
    run: OpenRun,
    machine: MachinePlan,
    outcome: Skipped | Failed,
    now: datetime,
) -> None:
    """Keep why a machine has no new predictor; its last good one goes on serving."""
    status = MachineStatus.FAILED if isinstance(outcome, Failed) else MachineStatus.SKIPPED
    _note(session, run, machine, status, outcome, now=now, rung="")


def store_reused(session: Session, *, run: OpenRun, machine: MachinePlan, now: datetime) -> None:
    """Nothing changed since this machine's predictor was made for the same cut-off."""
    current = _current(session, machine.id)
    session.add(
        MachineOutcome(
            run_id=run.id,
            equipment_id=machine.id,
            status=MachineStatus.REUSED,
            rung=current.rung if current else "",
            reason="Nothing changed since the last run for this time.",
            recorded_at=now,
        )
    )


def _keep_gates(session: Session, row: ClassVersion, model: ClassModel) -> None:
    """The gates in force from tonight on: reviewed against those of the version before."""
    before = _standing_before(session, row)
    for mode, told in model.gates.items():
        judged = Judgement(Gate(told.state), told.sentence, told.events)
        now = standing(before.get(mode), judged, at=row.as_of)
        session.add(ClassGate(class_version_id=row.id, mode=mode, **asdict(now)))


def _standing_before(session: Session, row: ClassVersion) -> dict[str, Standing]:
    """Mode -> its gate in the class's newest version not later than this one's cut-off."""
    newest = (
        sa.select(ClassVersion.id)
        .where(
            ClassVersion.equipment_class_id == row.equipment_class_id,
            ClassVersion.as_of <= row.as_of,
            ClassVersion.id != row.id,
        )
        .order_by(ClassVersion.as_of.desc(), ClassVersion.id.desc())
        .limit(1)
    )
    gates = session.scalars(
        sa.select(ClassGate).where(ClassGate.class_version_id == newest.scalar_subquery())
    )
    return {
        gate.mode: Standing(gate.gate, gate.judged, gate.reason, gate.events, gate.reviewed_at)
        for gate in gates
    }


def _new_version(
    session: Session,
    run: OpenRun,
    machine: MachinePlan,
    plan: ClassPlan,
    outcome: Trained,
    class_version_id: int | None,
    *,
    key: bytes,
    now: datetime,
    by: Actor,
) -> PredictorVersion:
    blob = artifacts.pack(outcome.manifest, outcome.parts, key=key) if outcome.manifest else None
    row = PredictorVersion(
        equipment_id=machine.id,
        run_id=run.id,
        class_version_id=class_version_id,
        as_of=plan.settings.until,
        created_at=now,
        fingerprint=machine.fingerprint,
        is_current=True,
        rung=outcome.rung,
        reason=outcome.reason,
        metrics=dict(outcome.metrics),
        artifact_digest=None if blob is None else _keep(session, blob),
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        entity="predictor_version",
        entity_id=row.id,
        action="trained",
        changes={"equipment_id": machine.id, "run_id": run.id, "rung": row.rung},
        now=now,
        by=by,
    )
    return row


def _keep_forecasts(
    session: Session,
    run: OpenRun,
    machine: MachinePlan,
    plan: ClassPlan,
    told: MachineForecast,
    version_id: int,
    now: datetime,
) -> None:
    drivers = [asdict(driver) for driver in told.drivers]
    modes = (told.machine, *(mode for mode in told.modes if mode.mode != told.machine.mode))
    for mode in modes:
        leads = mode.mode in (told.machine.mode, told.leading.mode)
        row = _forecast(mode, plan, drivers if leads else [])
        row.run_id, row.equipment_id, row.predictor_version_id = run.id, machine.id, version_id
        row.as_of, row.issued_at = from_micros(told.as_of), now
        if told.standing_since is not None:
            row.standing_since = from_micros(told.standing_since)
        if mode.mode == told.machine.mode:
            row.context = dict(told.context)
        session.add(row)


def _forecast(mode: ModeForecast, plan: ClassPlan, drivers: list[dict[str, object]]) -> Forecast:
    hours = plan.step_hours
    return Forecast(
        mode=mode.mode,
        rung=mode.rung,
        risk=mode.risk,
        risk_hours=plan.spec.risk_steps * hours,
        risks={f"{horizon * hours:g}": risk for horizon, risk in mode.risks.items()},
        edges_hours=[edge * hours for edge in mode.edges],
        survival=list(mode.survival),
        rul_p10_hours=_hours(mode.rul_p10, hours),
        rul_p50_hours=_hours(mode.rul_p50, hours),
        rul_p90_hours=_hours(mode.rul_p90, hours),
        is_mode_certain=mode.certain,
        drivers=drivers,
        peers=dict(mode.peers),
    )


def _past(told: PastForecasts) -> BackTestGroup:
    return BackTestGroup(told.modes, told.shares, told.rung, told.at, told.survival)


def _note(
    session: Session,
    run: OpenRun,
    machine: MachinePlan,
    status: MachineStatus,
    outcome: Trained | Skipped | Failed,
    *,
    now: datetime,
    rung: str,
) -> None:
    session.add(
        MachineOutcome(
            run_id=run.id,
            equipment_id=machine.id,
            status=status,
            rung=rung,
            reason=outcome.reason,
            seconds=outcome.seconds,
            cpu_seconds=outcome.cpu_seconds,
            recorded_at=now,
        )
    )


def _current(session: Session, equipment_id: int) -> PredictorVersion | None:
    return session.scalar(
        sa.select(PredictorVersion).where(
            PredictorVersion.equipment_id == equipment_id, PredictorVersion.is_current
        )
    )


def _keep(session: Session, blob: bytes) -> str:
    """Store an artifact under its digest; the same bytes are stored once."""
    digest = artifacts.digest(blob)
    if session.get(Artifact, digest) is None:
        session.add(Artifact(digest=digest, size=len(blob), content=blob))
        session.flush()
    return digest


def _hours(steps: float | None, hours: float) -> float | None:
    return None if steps is None else steps * hours
