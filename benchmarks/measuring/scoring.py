"""Scores of the Azure protocol: every machine, component and day counts once (micro average).

Grids are (machines, components, days); a risk is the probability that the component fails within
the horizon after the decision of that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import metrics

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Instants = NDArray[np.int64]

DAY_US = 86_400_000_000
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Foretold:
    """One forecaster's risks of the tested days, one day and one week ahead.

    `threshold` was fixed on training time, for the risk of one day.
    """

    day: Floats
    week: Floats
    threshold: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What happened on the tested days; `base_*` are the shares of failures in training time.

    The last days, whose horizon ends after the records, are not `known_*` (days,). `judged`
    (machines, components, days) marks the decisions that count.
    """

    day: Bools
    week: Bools
    known_day: Bools
    known_week: Bools
    judged: Bools
    base_day: float
    base_week: float


def failed_within(at: Instants, failures: Instants, horizon_us: int) -> Bools:
    """Return for each decision whether a failure lies in (t, t + horizon]; `failures` rises."""
    before = np.searchsorted(failures, at, side="right")
    return np.asarray(np.searchsorted(failures, at + horizon_us, side="right") > before)


def score(foretold: Foretold, truth: Truth) -> dict[str, Any]:
    """Return every score of one forecaster. False alarms are alarms without a failure within a day.

    Decisions are a day apart, so no two alarms lie closer than the horizon: each counts.
    """
    day, week = truth.judged & truth.known_day, truth.judged & truth.known_week
    risk, failed = foretold.day[day], truth.day[day]
    risk_week, failed_week = foretold.week[week], truth.week[week]
    alarm = risk >= foretold.threshold
    years = truth.day.shape[0] * int(truth.known_day.sum()) / YEAR_DAYS
    return {
        **precision_recall(alarm, failed),
        "f1_24h": metrics.f1_score(risk, failed, foretold.threshold),
        "ap_24h": metrics.average_precision(risk, failed),
        "ap_7d": metrics.average_precision(risk_week, failed_week),
        "brier_skill_24h": skill(risk, failed, truth.base_day),
        "brier_skill_7d": skill(risk_week, failed_week, truth.base_week),
        "false_alarms_per_machine_year": float((alarm & ~failed).sum() / years),
    }


def precision_recall(alarm: Bools, failed: Bools) -> dict[str, float | None]:
    """Return precision and recall; None where nothing was alarmed, or nothing failed."""
    both = int((alarm & failed).sum())
    return {"precision": _share(both, alarm), "recall": _share(both, failed)}


def skill(risk: Floats, failed: Bools, base: float) -> float | None:
    """Return the Brier skill against always saying the share of failures in training time."""
    return metrics.brier_skill(risk, failed, np.full(risk.size, base))


def _share(count: int, of: Bools) -> float | None:
    total = int(of.sum())
    return count / total if total else None
