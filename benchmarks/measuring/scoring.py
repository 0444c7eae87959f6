"""Scores of the Azure protocol: every machine, component and day counts once (micro average).

Grids are (machines, components, days); a risk is the probability that the component fails within
the horizon after the decision of that day. `where` picks machines and components of a grid:
anything numpy takes as its first one or two indices and that leaves three dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import metrics
from models.coverage import calibration_slope, expected_calibration_error

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Instants = NDArray[np.int64]
Where = Any

DAY_US = 86_400_000_000
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Foretold:
    """One forecaster's risks of the tested days, one day and one week ahead.

    `threshold` was fixed on training time, for the risk of one day; a number, or a grid of them.
    """

    day: Floats
    week: Floats
    threshold: float | Floats

    @property
    def alarm(self) -> Bools:
        """The grid of alarms of one day."""
        return np.asarray(self.day >= self.threshold)

    def take(self, where: Where) -> Foretold:
        """Return what was foretold of some machines and components."""
        threshold = np.broadcast_to(self.threshold, self.day.shape)
        return Foretold(self.day[where], self.week[where], threshold[where])


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

    @property
    def day_counts(self) -> Bools:
        """Which decisions count for the next day."""
        return np.asarray(self.judged & self.known_day)

    @property
    def week_counts(self) -> Bools:
        """Which decisions count for the next week."""
        return np.asarray(self.judged & self.known_week)

    @property
    def failures(self) -> int:
        """Failures within a day of a decision: decisions are a day apart, so each counts once."""
        return int((self.day & self.known_day).sum())

    def take(self, where: Where) -> Truth:
        """Return what happened to some machines and components."""
        return replace(self, day=self.day[where], week=self.week[where], judged=self.judged[where])


def failed_within(at: Instants, failures: Instants, horizon_us: int) -> Bools:
    """Return for each decision whether a failure lies in (t, t + horizon]; `failures` rises."""
    before = np.searchsorted(failures, at, side="right")
    return np.asarray(np.searchsorted(failures, at + horizon_us, side="right") > before)


def score(foretold: Foretold, truth: Truth) -> dict[str, Any]:
    """Return every score of one forecaster. False alarms are alarms without a failure within a day.

    Decisions are a day apart, so no two alarms lie closer than the horizon: each counts.
    """
    day, week = truth.day_counts, truth.week_counts
    risk, failed, alarm = foretold.day[day], truth.day[day], foretold.alarm[day]
    risk_week, failed_week = foretold.week[week], truth.week[week]
    years = truth.day.shape[0] * int(truth.known_day.sum()) / YEAR_DAYS
    return {
        **precision_recall(alarm, failed),
        "f1_24h": f1(alarm, failed),
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


def f1(alarm: Bools, failed: Bools) -> float:
    """Return the F1 of alarms; 0 without alarm and failure."""
    return metrics.f1_score(alarm.astype(float), failed, threshold=1.0)


def calibration(foretold: Foretold, truth: Truth) -> dict[str, dict[str, float | None]]:
    """Return for a day and a week whether risks mean what they say.

    The calibration error is the mean distance of mean risk to failed share over ten bins of equally
    many rows; slope and intercept are those of the logistic regression of the outcome on the logit
    of the risk (1 and 0 are calibrated, None where the rows do not tell).
    """
    day, week = truth.day_counts, truth.week_counts
    return {
        "24h": _calibrated(foretold.day[day], truth.day[day]),
        "7d": _calibrated(foretold.week[week], truth.week[week]),
    }


def skill(risk: Floats, failed: Bools, base: float) -> float | None:
    """Return the Brier skill against always saying the share of failures in training time."""
    return metrics.brier_skill(risk, failed, np.full(risk.size, base))


def _calibrated(risk: Floats, failed: Bools) -> dict[str, float | None]:
    slope, intercept = calibration_slope(risk, failed) or (None, None)
    return {
        "expected_calibration_error": expected_calibration_error(risk, failed),
        "slope": slope,
        "intercept": intercept,
        "mean_risk": float(risk.mean()),
        "failed_share": float(failed.mean()),
    }


def _share(count: int, of: Bools) -> float | None:
    total = int(of.sum())
    return count / total if total else None
