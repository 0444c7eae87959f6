"""What a night is about to do: which machines, which were done, which have not changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import PredictorVersion
from app.db.training import MachineOutcome
from app.queries.fleet import Fleet, FleetClass, FleetMachine, fleet
from app.queries.typical_lives import lives_by_mode
from app.services.retraining.loader import MachineLoader
from app.services.retraining.specs import class_spec, step_hours
from models import ClassSpec, MachineTask
from models.training import OwnRecords

# Raised by hand when the meaning of features, labels or predictors changes.
RECIPE = 3


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """One machine of the night: `is_reused` when its predictor is already the one we would make.

    own_records: by group of modes, how its own hazard compared at its last full refit.
    """

    id: int
    tag: str
    fingerprint: str
    is_wanted: bool
    is_reused: bool
    is_done: bool
    own_records: OwnRecords = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """One class of the night with its machines, in the order of their ids."""

    settings: FleetClass
    spec: ClassSpec
    machines: tuple[MachinePlan, ...]

    @property
    def step_hours(self) -> float:
        """Hours in one step."""
        return step_hours(self.settings)

    @property
    def todo(self) -> tuple[MachinePlan, ...]:
        """Machines that still need an outcome made by a worker."""
        return tuple(m for m in self.machines if m.is_wanted and not (m.is_reused or m.is_done))

    def task(self, machine: MachinePlan, database_url: str) -> MachineTask:
        """What a worker is sent for one machine."""
        settings = self.settings
        loader = MachineLoader(
            database_url=database_url,
            key=key(machine),
            equipment_id=machine.id,
            class_code=settings.code,
            until=settings.until,
            is_hourly=settings.is_hourly,
            step_us=self.spec.step_us,
            running_role=settings.running_role,
            running_above=settings.running_above,
        )
        return MachineTask(
            tag=key(machine), load=loader, spec=self.spec, own_records=machine.own_records
        )


def key(machine: MachinePlan) -> str:
    """The machine's name inside a night: tags may repeat from site to site, ids do not."""
    return f"{machine.tag}#{machine.id}"


def plan_night(
    session: Session,
    *,
    run_id: int,
    site_id: int | None,
    as_of: datetime,
    tags: Collection[str],
    is_refit: bool,
    is_forced: bool,
) -> tuple[ClassPlan, ...]:
    """Plan a night: every class with machines in service, each machine with its fingerprint.

    A refit is skipped for a machine whose class, settings and code did not change since its
    current predictor was made for the same cut-off, unless *is_forced*.
    """
    known = fleet(session, site_id=site_id, as_of=as_of, tags=tags)
    done = _done(session, run_id)
    plans = []
    for settings in known.classes:
        spec = class_spec(settings, lives_by_mode(session, class_id=settings.id))
        shared = _class_fingerprint(known, settings, spec)
        machines = tuple(
            _machine(
                session,
                machine,
                settings,
                shared,
                tags,
                done,
                is_refit=is_refit,
                may_reuse=is_refit and not is_forced,
            )
            for machine in known.of_class(settings.id)
        )
        plans.append(ClassPlan(settings, spec, machines))
    return tuple(plans)


def _machine(
    session: Session,
    machine: FleetMachine,
    settings: FleetClass,
    shared: str,
    tags: Collection[str],
    done: Collection[int],
    *,
    is_refit: bool,
    may_reuse: bool,
) -> MachinePlan:
    fingerprint = _digest([shared, machine.id])
    return MachinePlan(
        id=machine.id,
        tag=machine.tag,
        fingerprint=fingerprint,
        is_wanted=not tags or machine.tag in tags,
        is_reused=may_reuse and _is_current(session, machine.id, fingerprint, settings.until),
        is_done=machine.id in done,
        own_records={} if is_refit else _own_records(session, machine.id),
    )


def _own_records(session: Session, equipment_id: int) -> OwnRecords:
    metrics = session.scalar(
        sa.select(PredictorVersion.metrics).where(
            PredictorVersion.equipment_id == equipment_id, PredictorVersion.is_current
        )
    )
    groups = (metrics or {}).get("groups", {})
    return {group: told["own"] for group, told in groups.items() if "own" in told}


def _is_current(session: Session, equipment_id: int, fingerprint: str, until: datetime) -> bool:
    return (
        session.scalar(
            sa.select(PredictorVersion.id).where(
                PredictorVersion.equipment_id == equipment_id,
                PredictorVersion.is_current,
                PredictorVersion.fingerprint == fingerprint,
                PredictorVersion.as_of == until,
            )
        )
        is not None
    )


def _done(session: Session, run_id: int) -> frozenset[int]:
    """Machines this run has already an outcome for (it was killed and goes on)."""
    rows = session.scalars(
        sa.select(MachineOutcome.equipment_id).where(MachineOutcome.run_id == run_id)
    )
    return frozenset(rows)


def _class_fingerprint(known: Fleet, settings: FleetClass, spec: ClassSpec) -> str:
    """Everything a class's predictors are made from, the data by its version counters."""
    machines = [[m.id, m.data_version] for m in known.of_class(settings.id)]
    running = [settings.running_role, settings.running_above]
    return _digest([RECIPE, _libraries(), spec.settings_hash(), running, machines])


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


@cache
def _libraries() -> list[str]:
    return [f"{name} {version(name)}" for name in ("numpy", "scikit-learn")]
