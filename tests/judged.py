"""A machine with a year of judged forecasts and a class version that tells all a night can tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.db.equipment import Equipment
from app.db.predictions import (
    Artifact,
    ClassGate,
    ClassRecipe,
    ClassVersion,
    Forecast,
    ForecastScore,
    PredictorVersion,
    RecipeRole,
)
from app.db.records import Failure
from app.domain.risk import Gate
from tests.plant import Plant

DAY = timedelta(days=1)
HOURS = 96.0
DIGEST = "d" * 64

CONTEXT: dict[str, Any] = {
    "drift": {"sentence": "vibration is higher than ever learned from."},
    "repair": [{"sentence": "after the overhaul its vibration is not back to normal."}],
    "similar": {
        "sentence": "most like the bearing failure of P-102 in October",
        "tag": "P-102",
        "at": "2025-10-03T04:00:00Z",
        "mode": "bearing",
    },
    "seen_before": {"times": 23, "failed": 16, "days": 14, "sentence": "of 23 times 16 failed"},
}

# What a night keeps of a mode, under the keys it uses.
MODE: dict[str, Any] = {
    "mode": "bearing",
    "group": "bearing",
    "rung": "class_hazard",
    "reason": "The class serves: it beats the age rule.",
    "events": 21,
    "recipe": "trends, slow",
    "recipe_reason": "Best on every fold.",
    "shadow": "levels, slow",
    "tried": [
        {
            "recipe": "everything, quick",
            "sees": "everything",
            "folds": 2,
            "log_score": 0.12,
            "cpu_seconds": 3.3,
            "verdict": "left out after 2 of 4",
        },
        {
            "recipe": "trends, slow",
            "sees": "levels and trends",
            "folds": 4,
            "log_score": 0.0911,
            "cpu_seconds": 12.3,
            "verdict": "serves",
        },
    ],
    "blend": "The learned hazard speaks alone.",
    "calibration": {
        "laws": [{"a": 0.1, "b": 0.9, "pivot": 0.5}],
        "ends": [14],
        "kind": "failures",
        "sentence": "Risks are scaled by 12 failures.",
        "events": 12,
        "effective": 9.4,
    },
    "metrics": {
        "events": 12,
        "observed_over_expected": 1.1,
        "coverage_80": {"share": 0.81, "lives": 31, "effective": 27.4, "counts": {"inside": 25}},
        "folds": [
            {
                "origin": 1_760_000_000_000_000,
                "rows": 100,
                "events": 3,
                "log_score": {"hazard": 0.1, "reference": 0.2, "limit": None},
            }
        ],
        "horizons": {
            "96": {
                "rows": 400,
                "failed": 40,
                "hazard": {"log_score": 0.09, "average_precision": 0.6, "brier_skill": 0.3},
                "reference": {"log_score": 0.2, "average_precision": 0.2, "brier_skill": 0.0},
                "reliability": [{"rows": 400, "risk": 0.12, "observed": 0.1}],
            }
        },
    },
}
OWN = {"events": 12, "rows": 2000, "log_score": 0.102, "class_log_score": 0.021}
METRICS: dict[str, Any] = {
    "modes": [MODE],
    "machines": 2,
    "names": ["Vibration: mean of 24 h", "Age"],
    "trained_from": 1_730_000_000_000_000,
    "trained_until": 1_760_000_000_000_000,
    "libraries": {"numpy": "2.3.1"},
}


def judged_machine(
    make: Plant, *, failures: int = 2, metrics: Any = METRICS, until: datetime | None = None
) -> Equipment:
    """P-101 with forty judged nights, *failures* of them followed by one, and its class version.

    *until* is where the year ends: now, for pages, which read the real clock.
    Nights are five days apart, so that every failure lies in exactly one window of four days.
    """
    machine = make.equipment("P-101")
    make.equipment("P-102")
    for night in range(40):
        as_of = (until or make.now) - (300 - 5 * night) * DAY
        _issue(make, machine, as_of=as_of, has_failed=night < failures)
    # Two days from any judged night: one run a day.
    at = make.now if until is None else until - 103 * DAY
    _version(make, machine, metrics, at)
    return machine


def _issue(make: Plant, machine: Equipment, *, as_of: datetime, has_failed: bool) -> None:
    run = make.run(on=as_of.date(), as_of=as_of)
    told = make.forecast(machine, mode="any", risk=0.8 if has_failed else 0.1, run=run)
    with make.database.transaction() as session:
        row = session.get_one(Forecast, told.id)
        row.peers = {"reference": 0.25, "limit": 0.3}
        row.context = CONTEXT
        session.add(
            ForecastScore(
                forecast_id=told.id,
                equipment_id=machine.id,
                mode="any",
                as_of=as_of,
                hours=HOURS,
                risk=told.risk,
                has_failed=has_failed,
                is_punctual=True,
                run_id=run.id,
                scored_at=as_of + 8 * DAY,
            )
        )
        if has_failed:
            at = as_of + 2 * DAY
            session.add(Failure(equipment_id=machine.id, at=at, recorded_at=at))


def _version(make: Plant, machine: Equipment, metrics: Any, at: datetime) -> None:
    run = make.run(on=at.date(), as_of=at)
    made = make.predictor(machine, run)
    with make.database.transaction() as session:
        session.add(Artifact(digest=DIGEST, size=1, content=b"x"))
        session.flush()
        version = ClassVersion(
            run_id=run.id,
            equipment_class_id=machine.equipment_class_id,
            as_of=run.as_of,
            created_at=run.as_of,
            artifact_digest=DIGEST,
            metrics=metrics,
        )
        session.add(version)
        session.flush()
        row = session.get_one(PredictorVersion, made.id)
        row.class_version_id, row.rung = version.id, "class_hazard"
        row.reason = "The class serves."
        row.metrics = {"groups": {MODE["group"]: {"own": OWN}}}
        session.add(
            ClassGate(
                class_version_id=version.id,
                mode="bearing",
                gate=Gate.OPEN,
                reason="Open: it beats both.",
                events=12,
            )
        )
        session.add(
            ClassRecipe(
                equipment_class_id=machine.equipment_class_id,
                mode_group="bearing",
                recipe="trends, slow",
                role=RecipeRole.CHAMPION,
                run_id=run.id,
                since=run.as_of - 30 * DAY,
                explored_at=run.as_of,
                reason="Won as a shadow.",
            )
        )
