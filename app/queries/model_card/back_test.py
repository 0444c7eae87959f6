"""What a predictor's back-test says: on rows it never saw, beside what one would use instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.equipment import EquipmentClass
from app.db.predictions import ClassVersion, PredictorVersion
from app.domain.scores import BINS, FEW_EVENTS, Bin

HOUR_MINUTES = 60
# In the order a reader compares them; the names are those of the prediction library.
FORECASTERS = (
    "hazard",
    "own_level",
    "own_hazard",
    "deep",
    "shadow",
    "limit",
    "reference",
    "base",
)


@dataclass(frozen=True, slots=True)
class Score:
    """One forecaster on the tested rows; the smaller the log score, the better."""

    forecaster: str
    log_score: float | None
    average_precision: float | None
    brier_skill: float | None


@dataclass(frozen=True, slots=True)
class ClassTest:
    """The class's back-test for one failure mode over the order rule's window.

    `observed_over_expected` is None below ten failures: too few for a share.
    """

    mode: str
    name: str
    hours: float
    rows: int
    failures: int
    learned_from: int
    observed_over_expected: float | None
    scores: tuple[Score, ...]
    reliability: tuple[Bin, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTest:
    """The same on this machine's own rows; `failed` counts rows that had a failure ahead."""

    name: str
    rows: int
    failed: int
    log_scores: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The back-test behind a machine's predictor."""

    rung: str
    reason: str
    as_of: datetime
    class_tests: tuple[ClassTest, ...]
    own_tests: tuple[OwnTest, ...]


def model_card(
    session: Session,
    *,
    version: PredictorVersion,
    risk_hours: float,
    names: Mapping[str, str],
) -> Card:
    """The card of one predictor version, over the window its orders are decided on.

    *names* are the failure modes' names by code.
    """
    return Card(
        rung=version.rung,
        reason=version.reason,
        as_of=version.as_of,
        class_tests=_class_tests(session, version, risk_hours, names),
        own_tests=tuple(
            OwnTest(
                name=names.get(group, group),
                rows=int(test.get("rows", 0)),
                failed=int(test.get("failed", 0)),
                log_scores=tuple((test.get("log_score") or {}).items()),
            )
            for group, test in (version.metrics.get("groups") or {}).items()
        ),
    )


def _class_tests(
    session: Session, version: PredictorVersion, risk_hours: float, names: Mapping[str, str]
) -> tuple[ClassTest, ...]:
    row = session.get(ClassVersion, version.class_version_id) if version.class_version_id else None
    if row is None:
        return ()
    step = session.get_one(EquipmentClass, row.equipment_class_id).step_minutes / HOUR_MINUTES
    return tuple(
        test
        for mode in row.metrics.get("modes") or ()
        if (test := _class_test(mode, step, risk_hours, names)) is not None
    )


def _class_test(
    mode: Mapping[str, Any], step_hours: float, risk_hours: float, names: Mapping[str, str]
) -> ClassTest | None:
    """The test over the window nearest to the order rule's; None when nothing was tested."""
    metrics = mode.get("metrics") or {}
    horizons = metrics.get("horizons") or {}
    if not horizons:
        return None
    steps = min(horizons, key=lambda key: (abs(float(key) * step_hours - risk_hours), float(key)))
    tested = horizons[steps]
    failures = int(metrics["events"])
    return ClassTest(
        mode=mode["mode"],
        name=names.get(mode["mode"], mode["mode"]),
        hours=float(steps) * step_hours,
        rows=int(tested["rows"]),
        failures=failures,
        learned_from=int(mode["events"]),
        observed_over_expected=metrics.get("observed_over_expected")
        if failures >= FEW_EVENTS
        else None,
        scores=tuple(
            Score(
                name,
                scores.get("log_score"),
                scores.get("average_precision"),
                scores.get("brier_skill"),
            )
            for name in FORECASTERS
            if (scores := tested.get(name)) is not None
        ),
        reliability=tuple(_bin(entry) for entry in tested.get("reliability") or ()),
    )


def _bin(entry: Mapping[str, Any]) -> Bin:
    """The library keeps the share that failed; a card counts the rows."""
    rows, risk = int(entry["rows"]), float(entry["risk"])
    low = min(int(risk * BINS), BINS - 1) / BINS
    return Bin(low, low + 1 / BINS, rows, risk, round(rows * float(entry["observed"])))
