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

# a = b = 1 without rises is believed as firmly as if this many failures had shown it.
PRIOR_EVENTS = 8.0
# Fisher information of log b in one event of a Weibull law, at the scale that pivots.
SHAPE_INFORMATION = np.pi**2 / 6
# A residual outside says no more than this: one failure nobody saw coming must not set the shape.
SMALLEST, LARGEST = 1e-5, 14.0
MOST_ROWS = 50_000
BOUNDS = ((-np.log(20.0), np.log(20.0)), (-np.log(5.0), np.log(5.0)), (-1.0, 1.0), (-0.5, 0.5))
# A life is told to be at most this many spreads from the typical one.
FURTHEST = 2.0


@dataclass(frozen=True, slots=True)
class Law:
    """H(v) = a p (v / p)^b, p being the residuals' pivot, for a life in the typical place.

    z spreads from there it is e^(a_rise z) a and e^(b_rise z) b.
    """

    a: float = 1.0
    b: float = 1.0
    pivot: float = 1.0
    a_rise: float = 0.0
    b_rise: float = 0.0

    def of(self, hazard: Any, place: Any) -> Any:
        """Return H of cumulative hazards at these places, numbers or arrays that fit."""
        power = self.b * np.exp(self.b_rise * place)
        return self.a * np.exp(self.a_rise * place) * self.pivot * (hazard / self.pivot) ** power


@dataclass(frozen=True, slots=True)
class Residuals:
    """What the likelihood needs: events with their residuals, and the hazard lived through in
    pieces.

    event, log (n,): weight of the event a row ended in, 0 = none, and the logarithm of its
    residual; life (n,): 0 .. lives - 1; place (n,): stated life, in spreads from the typical one.
    value, weight, row (m,): row `row` lived through weight x H(value), added up.
    """

    event: Floats
    log: Floats
    life: NDArray[np.intp]
    place: Floats
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
    typical: float,
    spread: float,
) -> Residuals:
    """Return what rows (n,) with curves (n, bins + 1) say of their lives.

    Where weights change along a row, so does what each piece of its watched hazard counts.
    typical, spread: of the lives that curves state, see `place_of`.
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
        place=place_of(curve, typical, spread),
        value=value.ravel()[kept],
        weight=weight.ravel()[kept],
        row=np.repeat(np.arange(len(time)), len(edges))[kept],
    )


def best_law(rows: Residuals) -> Law:
    """Return the law of greatest posterior density.

    log a, log b and their rises have normal priors around 0. At the pivot neither level nor shape
    can make up for what the prior takes from the other.
    """
    pivot = rows.pivot
    at_event, at_piece = rows.log - np.log(pivot), np.log(rows.value / pivot)
    z, of_piece = rows.place, rows.place[rows.row]
    prior = PRIOR_EVENTS * np.array([1.0, SHAPE_INFORMATION, 1.0, SHAPE_INFORMATION])

    def loss(at: Floats) -> tuple[float, Floats]:
        level, shape = at[0] + at[2] * z, at[1] + at[3] * z
        b, b_piece = np.exp(shape), np.exp(at[1] + at[3] * of_piece)
        rise = np.minimum(at[0] + at[2] * of_piece + b_piece * at_piece, LARGEST)
        lived = rows.weight * pivot * np.exp(rise)
        told = rows.event @ (level + shape + (b - 1.0) * at_event)
        by_shape = lived * b_piece * at_piece
        of_events = rows.event * (1.0 + b * at_event)
        slope = np.array(
            [
                lived.sum() - rows.event.sum(),
                by_shape.sum() - of_events.sum(),
                lived @ of_piece - rows.event @ z,
                by_shape @ of_piece - of_events @ z,
            ]
        )
        return float(lived.sum() - told + prior @ at**2 / 2), slope + prior * at

    found = minimize(loss, np.zeros(4), jac=True, bounds=BOUNDS, method="L-BFGS-B").x
    a, b = np.exp(found[:2])
    return Law(float(a), float(b), pivot, float(found[2]), float(found[3]))


def clustering(rows: Residuals, law: Law) -> float:
    """Return how many times more the lives differ than as many independent failures would.

    The variance of the lives' scores over the information of the likelihood that takes their rows
    as independent, at least 1 (Chandler & Bate 2007).
    """
    hazard = rows.weight * law.of(rows.value, rows.place[rows.row])
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


def place_of(curve: Floats, typical: float, spread: float) -> Floats:
    """Return where the lives stated by curves (..., bins + 1) lie, in spreads from the typical one.

    The stated life is the mean of a curve over its bins: as these grow geometrically, one of log
    time.
    """
    return np.asarray(
        np.clip((curve.mean(axis=-1) - typical) / spread, -FURTHEST, FURTHEST), dtype=float
    )


def hazard_of(survival: Floats) -> Floats:
    """Return cumulative hazards, kept within what counts."""
    return np.asarray(np.clip(-np.log(np.maximum(survival, np.exp(-LARGEST))), SMALLEST, LARGEST))
