"""A made-up year as rows of a database: master data, nights, forecasts, failures, work, orders."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.places import Site, Team
from app.db.predictions import Artifact, ClassGate, ClassVersion, Forecast, PredictorVersion
from app.db.records import Failure, ServiceRecord
from app.db.training import RunKind, RunState, Stage, TrainingRun
from app.db.work_orders import Finding, WorkOrder
from app.domain.instants import from_micros
from app.domain.risk import Gate
from app.domain.work_orders import OrderType, Outcome, Source, State
from app.queries.back_tests import BackTestGroup
from app.services import back_tests
from benchmarks.measuring.policy.naive import Crew, Part
from benchmarks.measuring.policy.years import EDGES, MODES, MadeYear

NOTHING = b""
DIGEST = hashlib.sha256(NOTHING).hexdigest()
AT_ONCE = 5_000
_FORECASTS = cast("sa.Table", Forecast.__table__)


def write_crews(session: Session, count: int) -> list[Crew]:
    """A site with so many crews."""
    site = _add(session, Site(code="north", name="North", timezone="UTC"))
    teams = [_add(session, Team(site_id=site.id, name=f"crew {n}")) for n in range(count)]
    return [(site.id, team.id) for team in teams]


def write_class(session: Session) -> tuple[int, dict[str, int]]:
    """A class with its modes; return its id and mode -> component."""
    made = EquipmentClass(
        code="pump", name="Pump", windows=[24], horizons_hours=[24, 168, 336], baseline_steps=720
    )
    class_id = _add(session, made).id
    parts = [Component(equipment_class_id=class_id, code=mode, name=mode) for mode in MODES]
    return class_id, {part.code: _add(session, part).id for part in parts}


def write_year(session: Session, made: MadeYear) -> int:
    """Write everything of a year; return the class. Its machines have the ids of its parts."""
    class_id, components = write_class(session)
    crews = {part.equipment_id: crew for part, crew in made.year.crews.items()}
    for part in made.year.crews:
        if part.mode == MODES[0]:
            session.add(_machine(part, class_id, crews[part.equipment_id]))
    session.flush()
    runs = {night: _add(session, _run(from_micros(night))).id for night in sorted(made.year.nights)}
    versions = _versions(session, class_id, sorted(crews), min(runs.values()), made.since)
    forecasts = _forecasts(made, runs, versions)
    while some := list(islice(forecasts, AT_ONCE)):
        session.execute(sa.insert(_FORECASTS), some)
    _write_back_tests(session, made, versions)
    _write_records(session, made, components)
    _write_others(session, made, len(crews))
    session.flush()
    return class_id


def _machine(part: Part, class_id: int, crew: Crew) -> Equipment:
    return Equipment(
        id=part.equipment_id,
        site_id=crew[0],
        team_id=crew[1],
        equipment_class_id=class_id,
        tag=part.tag,
        name=part.tag,
    )


def _run(at: datetime) -> TrainingRun:
    return TrainingRun(
        kind=RunKind.NIGHTLY,
        local_date=at.date(),
        as_of=at,
        state=RunState.FINISHED,
        stage=Stage.DONE,
        issued_at=at,
        started_at=at,
        lease_owner="made",
        lease_expires_at=at,
        engine="loky",
        workers=1,
    )


def _versions(
    session: Session, class_id: int, machines: Sequence[int], run_id: int, at: datetime
) -> dict[int, int]:
    """A predictor for each machine, of one class version with open gates."""
    session.add(Artifact(digest=DIGEST, size=0, content=NOTHING))
    session.flush()
    of_class = ClassVersion(
        run_id=run_id,
        equipment_class_id=class_id,
        as_of=at,
        created_at=at,
        artifact_digest=DIGEST,
        metrics={},
    )
    version_id = _add(session, of_class).id
    for mode in MODES:
        gate = ClassGate(
            class_version_id=version_id, mode=mode, gate=Gate.OPEN, reason="Made.", events=20
        )
        session.add(gate)
    versions = [
        PredictorVersion(
            equipment_id=machine,
            run_id=run_id,
            class_version_id=version_id,
            as_of=at,
            created_at=at,
            fingerprint=DIGEST,
            rung="class_hazard",
            metrics={},
        )
        for machine in machines
    ]
    session.add_all(versions)
    session.flush()
    return {version.equipment_id: version.id for version in versions}


def _forecasts(
    made: MadeYear, runs: dict[int, int], versions: dict[int, int]
) -> Iterator[dict[str, Any]]:
    for night, rows in made.year.nights.items():
        at = from_micros(night)
        for row in rows:
            if night < made.borders[row.part.equipment_id]:
                continue
            yield {
                "run_id": runs[night],
                "equipment_id": row.part.equipment_id,
                "predictor_version_id": versions[row.part.equipment_id],
                "mode": row.part.mode,
                "as_of": at,
                "issued_at": at,
                "rung": "class_hazard",
                "risk": row.risk,
                "risk_hours": row.risk_hours,
                "risks": {},
                "edges_hours": EDGES,
                "survival": row.survival,
                "drivers": [],
            }


def _write_back_tests(session: Session, made: MadeYear, versions: dict[int, int]) -> None:
    """What no night issued, as the night that came first would have kept it."""
    curves: dict[tuple[int, str], list[tuple[int, list[float]]]] = defaultdict(list)
    for night, rows in made.year.nights.items():
        for row in rows:
            if night < made.borders[row.part.equipment_id]:
                curves[row.part.equipment_id, row.part.mode].append((night, row.survival[1:]))
    groups: dict[int, list[BackTestGroup]] = defaultdict(list)
    for (machine, mode), told in curves.items():
        at, survival = zip(*told, strict=True)
        group = BackTestGroup(
            (mode,), (1.0,), "class_hazard", np.array(at), np.array(survival, dtype=np.float32)
        )
        groups[machine].append(group)
    for machine, told_of in groups.items():
        back_tests.keep(
            session,
            equipment_id=machine,
            version_id=versions[machine],
            edges_hours=EDGES,
            groups=told_of,
            is_light=False,
            now=from_micros(made.borders[machine]),
        )


def _write_records(session: Session, made: MadeYear, components: dict[str, int]) -> None:
    for part in made.year.crews:
        what = {"equipment_id": part.equipment_id, "component_id": components[part.mode]}
        for at in made.failures[part]:
            session.add(Failure(**what, at=from_micros(at), recorded_at=from_micros(at)))
        for done, known in made.services[part]:
            times = {"at": from_micros(done), "recorded_at": from_micros(known)}
            session.add(ServiceRecord(**what, **times, activity="replace"))
        for at, outcome in made.findings[part]:
            _write_finding(session, part, components[part.mode], from_micros(at), outcome)


def _write_finding(
    session: Session, part: Part, component_id: int, at: datetime, outcome: Outcome
) -> None:
    order = _add(session, _order(part.equipment_id, part.mode, None, at))
    session.add(
        Finding(
            work_order_id=order.id,
            equipment_id=part.equipment_id,
            component_id=component_id,
            at=at,
            outcome=outcome,
            recorded_at=at,
        )
    )


def _write_others(session: Session, made: MadeYear, machines: int) -> None:
    """Orders of machines of another class, which use up the crews' budgets, too."""
    other = EquipmentClass(
        code="fan", name="Fan", windows=[24], horizons_hours=[24], baseline_steps=720
    )
    fans = _add(session, other).id
    for place, (crew, moments) in enumerate(made.year.others.items()):
        part = Part(f"F-{place}", "any", machines + place + 1)
        session.add(_machine(part, fans, crew))
        session.flush()
        for at in moments:
            session.add(_order(part.equipment_id, "any", crew[1], from_micros(at)))


def _order(equipment_id: int, mode: str, team_id: int | None, at: datetime) -> WorkOrder:
    """A predicted order that is over: open ones of one machine and mode exclude each other."""
    return WorkOrder(
        equipment_id=equipment_id,
        mode=mode,
        type=OrderType.PREDICTIVE,
        source=Source.PREDICTION,
        state=State.CLOSED,
        title="Inspect",
        team_id=team_id,
        created_at=at,
    )


def _add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
