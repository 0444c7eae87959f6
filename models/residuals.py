"""What out-of-fold curves say of the lives they foretold, and the Weibull law of it.

The residual of a life is the cumulative hazard its curve gave to its end: exponential with mean 1
where the curve is right (Cox & Snell 1968).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.interventions import Weights
from models.predictors.base import Bools, Floats, survival_at

# a = b = 1 is believed as firmly as if this many failures had shown it.
PRIOR_EVENTS = 8.0
# Fisher information of log b in one event of a Weibull law, at the scale that pivots.
SHAPE_INFORMATION = np.pi**2 / 6
# A residual outside says no more than this: one failure nobody saw coming must not set the shape.
SMALLEST, LARGEST = 1e-5, 14.0
MOST_ROWS = 50_000
BOUNDS = ((-np.log(20.0), np.log(20.0)), (-np.log(5.0), np.log(5.0)))


@dataclass(frozen=True, slots=True)
class Law:
    """H(v) = a p (v / p)^b, p being the residuals' pivot."""

    a: float = 1.0
    b: float = 1.0
    pivot: float = 1.0

    def of(self, hazard: Any) -> Any:
        """Return H of cumulative hazards, a number or an array."""
        return self.a * self.pivot * (hazard / self.pivot) ** self.b


@dataclass(frozen=True, slots=True)
class Residuals:
    """What the likelihood needs: events with their residuals, and the hazard lived through in
    pieces.

    event, log (n,): weight of the event a row ended in, 0 = none, and the logarithm of its
    residual; life (n,): 0 .. lives - 1.
    value, weight, row (m,): row `row` lived through weight x H(value), added up.
    """

    event: Floats
    log: Floats
    life: NDArray[np.intp]
    value: Floats
    weight: Floats
    row: NDArray[np.intp]

    def scaled(self, factor: float) -> Residuals:
        """Return the same evidence, counted `factor` times."""
        return replace(self, event=self.event * factor, weight=self.weight * factor)

    @property
    def pivot(self) -> float:
        """The residual at which level and shape are told independently of each other."""
        lived = self.weight * self.value
        return float(np.exp(lived @ np.log(self.value) / lived.sum()))


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
    ends = [hazard_of(survival_at(curve, edges, np.minimum(edge, time))) for edge in edges]
    value, in_bin = np.column_stack(ends), weights.in_bin[thin]
    weight = in_bin - np.column_stack([in_bin[:, 1:], np.zeros(len(in_bin))])
    kept = weight.ravel() != 0
    return Residuals(
        event=np.where(ended, weights.at_end[thin], 0.0),
        log=np.log(hazard_of(survival_at(curve, edges, time))),
        life=np.unique(life[thin], return_inverse=True)[1],
        value=value.ravel()[kept],
        weight=weight.ravel()[kept],
        row=np.repeat(np.arange(len(time)), len(edges))[kept],
    )


def best_law(rows: Residuals) -> Law:
    """Return the law of greatest posterior density.

    log a and log b have normal priors around 0. At the pivot neither can make up for what the
    prior takes from the other.
    """
    pivot, events = rows.pivot, rows.event.sum()
    ratio = np.log(rows.value / pivot)
    at_events = float(rows.event @ rows.log - events * np.log(pivot))

    def loss(at: Floats) -> tuple[float, Floats]:
        level, log_b = at
        b = np.exp(log_b)
        lived = rows.weight * np.exp(level + b * ratio) * pivot
        pull = PRIOR_EVENTS * np.array([level, SHAPE_INFORMATION * log_b])
        told = events * (level + log_b) + (b - 1.0) * at_events
        slope = np.array([lived.sum() - events, b * (lived @ ratio - at_events) - events])
        return float(lived.sum() - told + pull @ at / 2), slope + pull

    found = minimize(loss, np.zeros(2), jac=True, bounds=BOUNDS, method="L-BFGS-B")
    a, b = np.exp(found.x)
    return Law(float(a), float(b), pivot)


def clustering(rows: Residuals, law: Law) -> float:
    """Return how many times more the lives differ than as many independent failures would.

    The variance of the lives' scores over the information of the likelihood that takes their rows
    as independent, at least 1 (Chandler & Bate 2007).
    """
    hazard = rows.weight * law.of(rows.value)
    events = np.bincount(rows.life, rows.event)
    lived = np.bincount(rows.life[rows.row], hazard, len(events))
    return max(float(((events - lived) ** 2).sum() / events.sum()), 1.0)


def effective_lives(weight: Floats, life: NDArray[np.int64]) -> float:
    """Return how many equally weighted lives the failed rows are worth (Kish 1965)."""
    if not len(weight):
        return 0.0
    _, number = np.unique(life, return_inverse=True)
    per_life = np.bincount(number, weight) / np.bincount(number)
    return float(per_life.sum() ** 2 / (per_life**2).sum())


def hazard_of(survival: Floats) -> Floats:
    """Return cumulative hazards, kept within what counts."""
    return np.asarray(np.clip(-np.log(np.maximum(survival, np.exp(-LARGEST))), SMALLEST, LARGEST))
