"""A night whose forecasts are written down instead of learned, so that its decisions can be."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.db.equipment import Equipment, OrderRuleRow
from app.db.predictions import Artifact, ClassGate, ClassVersion, Forecast, PredictorVersion
from app.db.training import MachineOutcome, MachineStatus, RunKind, RunState, Stage, TrainingRun
from app.domain.risk import Gate
from app.domain.roles import system
from app.services import predictions
from app.services.predictions import Decided

DAY = timedelta(days=1)
NOTHING = b""
DIGEST = hashlib.sha256(NOTHING).hexdigest()
Risks = dict[tuple[str, str], float]


class WrittenNight:
    """Writes what a night would have stored, then lets the real decisions be made."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        self.rul_p10_hours: float | None = None
        self.drivers: list[dict[str, object]] = [
            {"sentence": "Vibration is 5.1 mm/s, normal is 2.0."}
        ]

    def rule(self, class_id: int, **more: object) -> None:
        """Set the order rule of a class; what is not named has its default."""
        with self.database.transaction() as session:
            row = OrderRuleRow(equipment_class_id=class_id, effective_at=self.now - 400 * DAY)
            for name, value in {"weekly_budget": None, "storm_share": 1.0, **more}.items():
                setattr(row, name, value)
            session.add(row)

    def __call__(
        self,
        risks: Risks,
        *,
        gate: Gate | None = Gate.OPEN,
        rung: str = "class_hazard",
        days: float = 0,
        without: Sequence[str] = (),
        standing: Sequence[str] = (),
        is_in_order: bool = True,
    ) -> Decided:
        """Decide on *risks* by (tag, mode), *days* later; machines in *without* have failed."""
        run_id = self.tell(
            risks,
            gate=gate,
            rung=rung,
            days=days,
            without=without,
            standing=standing,
            is_in_order=is_in_order,
        )
        return self.decide(run_id, sorted({tag for tag, _ in risks}), days)

    def tell(
        self,
        risks: Risks,
        *,
        gate: Gate | None,
        rung: str,
        days: float,
        without: Sequence[str],
        standing: Sequence[str],
        is_in_order: bool,
    ) -> int:
        """Write a run with its outcomes and forecasts; return its id."""
        with self.database.transaction() as session:
            run = self._run(session, days)
            for tag in sorted({tag for tag, _ in risks}, reverse=not is_in_order):
                machine = _machine(session, tag)
                has_failed = tag in without
                status = MachineStatus.FAILED if has_failed else MachineStatus.TRAINED
                session.add(
                    MachineOutcome(
                        run_id=run.id,
                        equipment_id=machine.id,
                        status=status,
                        recorded_at=run.as_of,
                    )
                )
                if has_failed:
                    continue
                modes = {mode: risk for (owner, mode), risk in risks.items() if owner == tag}
                version = self._version(session, run, machine, sorted(modes), gate, rung)
                for mode, risk in modes.items():
                    forecast = _forecast(run, version, mode, risk, rung)
                    forecast.drivers = list(self.drivers)
                    forecast.rul_p10_hours = self.rul_p10_hours
                    forecast.standing_since = run.as_of - DAY if tag in standing else None
                    session.add(forecast)
            return run.id

    def decide(self, run_id: int, tags: Sequence[str], days: float = 0) -> Decided:
        """Decide on what a run has told of these machines."""
        with self.database.transaction() as session:
            return predictions.decide(
                session,
                run_id=run_id,
                equipment_ids=[_machine(session, tag).id for tag in tags],
                now=self.now + days * DAY,
                by=system("night"),
            )

    def _run(self, session: Session, days: float) -> TrainingRun:
        moment = self.now + days * DAY
        run = TrainingRun(
            kind=RunKind.MANUAL,
            local_date=moment.date(),
            as_of=moment,
            state=RunState.RUNNING,
            stage=Stage.ORDERS,
            issued_at=moment,
            started_at=moment,
            lease_owner="test",
            lease_expires_at=moment,
            engine="loky",
            workers=1,
        )
        session.add(run)
        session.flush()
        return run

    def _version(
        self,
        session: Session,
        run: TrainingRun,
        machine: Equipment,
        modes: Sequence[str],
        gate: Gate | None,
        rung: str,
    ) -> PredictorVersion:
        session.execute(
            sa.update(PredictorVersion)
            .where(PredictorVersion.equipment_id == machine.id)
            .values(is_current=False)
        )
        version = PredictorVersion(
            equipment_id=machine.id,
            run_id=run.id,
            class_version_id=_class_version(session, run, machine, modes, gate),
            as_of=run.as_of,
            created_at=run.as_of,
            fingerprint=DIGEST,
            rung=rung,
            metrics={},
        )
        session.add(version)
        session.flush()
        return version


def _machine(session: Session, tag: str) -> Equipment:
    return session.scalars(sa.select(Equipment).where(Equipment.tag == tag)).one()


def _class_version(
    session: Session,
    run: TrainingRun,
    machine: Equipment,
    modes: Sequence[str],
    gate: Gate | None,
) -> int:
    """The class's version of this run, with a gate for every mode that has none yet."""
    key = {"run_id": run.id, "equipment_class_id": machine.equipment_class_id}
    found = session.scalar(sa.select(ClassVersion).filter_by(**key))
    if found is None:
        if session.get(Artifact, DIGEST) is None:
            session.add(Artifact(digest=DIGEST, size=0, content=NOTHING))
            session.flush()
        found = ClassVersion(
            **key, as_of=run.as_of, created_at=run.as_of, artifact_digest=DIGEST, metrics={}
        )
        session.add(found)
        session.flush()
    held = set(
        session.scalars(sa.select(ClassGate.mode).where(ClassGate.class_version_id == found.id))
    )
    for mode in [mode for mode in modes if gate is not None and mode not in held]:
        session.add(
            ClassGate(
                class_version_id=found.id,
                mode=mode,
                gate=gate,
                reason=f"The gate is {gate}.",
                events=9,
            )
        )
    session.flush()
    return found.id


def _forecast(
    run: TrainingRun, version: PredictorVersion, mode: str, risk: float, rung: str
) -> Forecast:
    return Forecast(
        run_id=run.id,
        equipment_id=version.equipment_id,
        predictor_version_id=version.id,
        mode=mode,
        as_of=run.as_of,
        issued_at=run.as_of,
        rung=rung,
        risk=risk,
        risk_hours=96.0,
        risks={"336": risk},
        edges_hours=[336.0],
        survival=[1.0, 1.0 - risk],
        drivers=[{"sentence": "Vibration is 5.1 mm/s, normal is 2.0."}],
    )
