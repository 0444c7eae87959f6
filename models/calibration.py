"""Survival curves made honest: one monotone map of the cumulative hazard, learned out of fold.

If a curve is right, the cumulative hazard it gave to the time of the failure is exponential with
mean 1 (Cox & Snell 1968). Learned is H(v) = a v^b, the Weibull law of these residuals under
censoring: a corrects the level of all risks, b the width of all intervals.

All rows of a life count alike, although they are not independent: shares of one life that depend
on how long it became would count short lives too much. That each failure is only one is said by
scaling the whole likelihood, so that lives, not rows, speak against the prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.interventions import Weights, intervention_weights, no_weights
from models.outcomes import CONFIRMED_FAULT, FAILURE
from models.predictors.base import Bools, Floats, Target, survival_at

Kind = Literal["identity", "failures", "events"]

MIN_EVENTS = 8
# a = b = 1 is believed as firmly as if this many failures had shown it.
PRIOR_EVENTS = 8.0
# Fisher information of log b in one event of a Weibull law, at the scale that pivots.
SHAPE_INFORMATION = np.pi**2 / 6
# A residual outside says no more than this: one failure nobody saw coming must not set the shape.
SMALLEST, LARGEST = 1e-5, 14.0
MOST_ROWS = 50_000
BOUNDS = ((-np.log(20.0), np.log(20.0)), (-np.log(5.0), np.log(5.0)))
EXAMPLE = 0.3


@dataclass(frozen=True, slots=True)
class Calibrator:
    """The map, and what it rests on.

    kind: "identity" = too few events; "failures" = failures, weighted for interventions;
    "events" = failures and confirmed faults alike, where failures are too few. failures, faults,
    interventions: lives. effective: how many equally weighted failed lives it is worth.
    """

    a: float = 1.0
    b: float = 1.0
    kind: Kind = "identity"
    failures: int = 0
    faults: int = 0
    interventions: int = 0
    effective: float = 0.0

    def apply(self, survival: Floats) -> Floats:
        """Return calibrated curves, shaped like `survival`: (n, bins + 1) or (bins + 1,)."""
        if self.a == self.b == 1.0:
            return np.array(survival, dtype=float)
        hazard = -np.log(np.clip(np.asarray(survival, float), np.exp(-LARGEST), 1.0))
        return np.asarray(np.exp(-self.a * hazard**self.b))

    @property
    def sentence(self) -> str:
        """What was done to the forecasts, for a page."""
        if self.kind == "identity":
            return (
                f"Not calibrated: {self.failures + self.faults} of the {MIN_EVENTS} failures or "
                "confirmed faults that takes fell into the tested time."
            )
        said = f"A forecast of {EXAMPLE:.0%} is told as {self._of(EXAMPLE):.0%}."
        if self.kind == "events":
            return (
                f"Calibrated to failures and confirmed faults together ({self.failures} and "
                f"{self.faults}): failures alone are too few to stand for the machines that were "
                f"repaired in time. {said}"
            )
        return (
            f"Calibrated to {self.failures} failures it never saw, weighted for "
            f"{self.interventions} lives that work ended first (worth {self.effective:.0f} "
            f"failures). {said}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers and texts; `from_json` takes them back."""
        return asdict(self)

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Calibrator:
        """Return the calibrator that was stored."""
        return Calibrator(**said)

    def _of(self, risk: float) -> float:
        return 1.0 - float(self.apply(np.array([1.0 - risk]))[0])


@dataclass(frozen=True, slots=True)
class Residuals:
    """What the likelihood needs of k lives: their weighted events, and the hazard they lived
    through in pieces.

    events (k,); logs (k,): the same times the logarithm of their residuals, added up; value,
    weight, life (m,): life `life` lived through weight x H(value), added up.
    """

    events: Floats
    logs: Floats
    value: Floats
    weight: Floats
    life: NDArray[np.intp]

    def scaled(self, factor: float) -> Residuals:
        """Return the same evidence, counted `factor` times."""
        return replace(
            self,
            events=self.events * factor,
            logs=self.logs * factor,
            weight=self.weight * factor,
        )

    @property
    def pivot(self) -> float:
        """The residual at which level and shape are told independently of each other."""
        lived = self.weight * self.value
        return float(np.exp(lived @ np.log(self.value) / lived.sum()))


def fit_calibrator(
    survival: Floats,
    edges: tuple[float, ...],
    target: Target,
    life: NDArray[np.int64],
    risk_now: Floats,
    intervened: Bools,
) -> Calibrator:
    """Return the calibrator of out-of-fold curves (n, bins + 1) of n rows.

    life (n,): any number that the rows of one life of one machine share. risk_now (n,): the risk
    by which work is decided, as it was told then. intervened (n,): the row's life was ended by
    work (planned replacement; confirmed faults count by themselves), not by a failure nor by the
    end of the record.
    """
    intervened = intervened | (target.kind == CONFIRMED_FAULT)
    inside = (target.kind > 0) & (target.duration <= edges[-1])
    failed = inside & (target.kind == FAILURE)
    failures, faults = _lives(life[failed]), _lives(life[inside & ~failed])
    counted = Calibrator(failures=failures, faults=faults, interventions=_lives(life[intervened]))
    if failures + faults < MIN_EVENTS:
        return counted
    weights = intervention_weights(edges, target, life, risk_now, intervened)
    effective = effective_lives(weights.at_end[failed], life[failed])
    # Without a confirmed fault there is nothing else to learn from; the prior then has its say.
    if effective >= MIN_EVENTS or not faults:
        rows = residuals(survival, edges, target.duration, failed, life, weights)
        return _fitted(counted, "failures", rows, effective)
    nothing_hidden = no_weights(len(target), len(edges))
    rows = residuals(survival, edges, target.duration, inside, life, nothing_hidden)
    return _fitted(counted, "events", rows, float(failures + faults))


def effective_lives(weight: Floats, life: NDArray[np.int64]) -> float:
    """Return how many equally weighted lives the failed rows are worth (Kish 1965)."""
    if not len(weight):
        return 0.0
    _, number = np.unique(life, return_inverse=True)
    per_life = np.bincount(number, weight) / np.bincount(number)
    return float(per_life.sum() ** 2 / (per_life**2).sum())


def residuals(
    survival: Floats,
    edges: tuple[float, ...],
    duration: Floats,
    event: Bools,
    life: NDArray[np.int64],
    weights: Weights,
) -> Residuals:
    """Return what rows (n,) with curves (n, bins + 1) say of their lives.

    Where weights change along a row, so does what each piece of its watched hazard counts.
    """
    # A fixed stride over rows in any order that knows nothing of the future.
    thin = slice(None, None, max(-(-len(duration) // MOST_ROWS), 1))
    curve, time, ended = np.asarray(survival[thin], float), duration[thin], event[thin]
    _, number = np.unique(life[thin], return_inverse=True)
    ends = [_hazard(survival_at(curve, edges, np.minimum(edge, time))) for edge in edges]
    value, in_bin = np.column_stack(ends), weights.in_bin[thin]
    weight = in_bin - np.column_stack([in_bin[:, 1:], np.zeros(len(in_bin))])
    kept = weight.ravel() != 0
    of_event = np.where(ended, weights.at_end[thin], 0.0)
    at_event = np.log(_hazard(survival_at(curve, edges, time)))
    return Residuals(
        events=np.bincount(number, of_event).astype(float),
        logs=np.bincount(number, of_event * at_event).astype(float),
        value=value.ravel()[kept],
        weight=weight.ravel()[kept],
        life=np.repeat(number, len(edges))[kept],
    )


def weibull_of(rows: Residuals) -> tuple[float, float]:
    """Return (a, b) of H(v) = a v^b, of greatest posterior density.

    H = e^p x pivot x (v / pivot)^b, with a normal prior on p and log b around 0. At the pivot
    neither can make up for what the prior takes from the other.
    """
    pivot, events = rows.pivot, rows.events.sum()
    ratio, at_events = np.log(rows.value / pivot), rows.logs.sum() - events * np.log(pivot)

    def loss(at: Floats) -> tuple[float, Floats]:
        level, log_b = at
        b = np.exp(log_b)
        lived = rows.weight * np.exp(level + b * ratio) * pivot
        pull = PRIOR_EVENTS * np.array([level, SHAPE_INFORMATION * log_b])
        told = events * (level + log_b) + (b - 1.0) * at_events
        slope = np.array([lived.sum() - events, b * (lived @ ratio - at_events) - events])
        return float(lived.sum() - told + pull @ at / 2), slope + pull

    found = minimize(loss, np.zeros(2), jac=True, bounds=BOUNDS, method="L-BFGS-B")
    b = float(np.exp(found.x[1]))
    return float(np.exp(found.x[0]) * pivot ** (1.0 - b)), b


def clustering(rows: Residuals, a: float, b: float) -> float:
    """Return how many times more the lives differ than as many independent failures would.

    The variance of the lives' scores over the information of the likelihood that takes their rows
    as independent, at least 1 (Chandler & Bate 2007).
    """
    lived = np.bincount(rows.life, rows.weight * a * rows.value**b, len(rows.events))
    return max(float(((rows.events - lived) ** 2).sum() / rows.events.sum()), 1.0)


def _fitted(counted: Calibrator, kind: Kind, rows: Residuals, effective: float) -> Calibrator:
    """Fit twice: how much the rows are worth is only seen around the right curve."""
    scaled = rows.scaled(effective / rows.events.sum())
    worth = 1.0 / clustering(scaled, *weibull_of(scaled))
    a, b = weibull_of(scaled.scaled(worth))
    return replace(counted, a=a, b=b, kind=kind, effective=effective * worth)


def _hazard(survival: Floats) -> Floats:
    return np.asarray(np.clip(-np.log(np.maximum(survival, np.exp(-LARGEST))), SMALLEST, LARGEST))


def _lives(life: NDArray[np.int64]) -> int:
    return len(np.unique(life))
