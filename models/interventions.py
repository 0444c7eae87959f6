"""What work on a machine hides: the weights that stand in for the failures it prevented.

Who is repaired because a forecast was high does not fail, and who was left alone is unlike them.
The rows of those left alone, each divided by its chance of being left alone, stand for both
(inverse probability of censoring: Robins & Rotnitzky 1992; Gerds & Schumacher 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from models.predictors.base import Bools, Floats, Target

# One survivor never stands for more than this many: beyond it a single life would decide.
MOST_WEIGHT = 10.0
# Where work came every time nobody is left to stand for the others.
MOST_CHANCE = 0.95


@dataclass(frozen=True, slots=True)
class Weights:
    """at_end: (n,) of the event that ended the row's life; in_bin: (n, bins) of being watched."""

    at_end: Floats
    in_bin: Floats


def intervention_weights(
    edges: tuple[float, ...],
    target: Target,
    life: NDArray[np.int64],
    risk_now: Floats,
    intervened: Bools,
) -> Weights:
    """Return 1 / P(no intervention since the row), stabilised, at most `MOST_WEIGHT`.

    life (n,): any number that rows of one life share; they need not be in order. risk_now (n,):
    the risk on which work was decided. intervened (n,): the row's life ended by work. The average
    readiness to intervene, the same for all rows, is left out of the weight (Robins, Hernan &
    Brumback 2000): it only adds noise.
    """
    if not intervened.any():
        return no_weights(len(target), len(edges))
    starts = np.array([0.0, *edges[:-1]])
    duration = target.duration[:, None]
    middles = (np.minimum(starts, duration) + np.minimum(edges, duration)) / 2
    gained = _gained(
        np.hstack([duration, middles]), target, life, _excess(target, risk_now, intervened)
    )
    weights = np.minimum(np.exp(gained), MOST_WEIGHT)
    return Weights(weights[:, 0], weights[:, 1:])


def no_weights(rows: int, bins: int) -> Weights:
    """Return the weights where no work hid anything."""
    return Weights(np.ones(rows), np.ones((rows, bins)))


def intervention_chance(risk_now: Floats, here: Bools, share: Floats) -> Floats:
    """Return P(work before the next row) as a rising step function of the risk, (n,).

    here (n,): work came before the next row; share (n,): how much of the interval was watched.
    """
    rule = IsotonicRegression(y_min=0.0, y_max=MOST_CHANCE, out_of_bounds="clip")
    weight = np.where(here, 1.0, np.maximum(share, 1e-6))
    return np.asarray(rule.fit(risk_now, here.astype(float), weight).predict(risk_now), float)


def _excess(target: Target, risk_now: Floats, intervened: Bools) -> Floats:
    """Intervention hazard of each row's own interval, summed over it, above the average one's."""
    interval = _interval(target)
    # Between two rows of a standing machine no time was watched.
    share = np.divide(target.duration, interval, out=np.zeros(len(target)), where=interval > 0)
    share = np.minimum(share, 1.0)
    here = intervened & (target.duration <= target.watched)
    chance = intervention_chance(risk_now, here, share)
    average = min(float(here.sum() / np.where(here, 1.0, share).sum()), MOST_CHANCE)
    return np.asarray(share * (np.log1p(-average) - np.log1p(-chance)))


def _interval(target: Target) -> Floats:
    """Steps to the next row; the last row of a machine gets the usual distance."""
    known = target.watched[np.isfinite(target.watched)]
    usual = float(np.median(known)) if len(known) else float(target.duration.max())
    return np.where(np.isfinite(target.watched), target.watched, usual)


def _gained(after: Floats, target: Target, life: NDArray[np.int64], excess: Floats) -> Floats:
    """Return the excess (n, k) summed from each row to `after` (n, k) steps later in its life.

    All lives lie one behind the other on one line, each ending at its number x length; between
    two rows the excess grows evenly.
    """
    _, number = np.unique(life, return_inverse=True)
    length = float(target.duration.max()) + 1.0
    place = number * length - target.duration
    order = np.argsort(place, kind="stable")
    last = np.append(np.diff(number[order]) > 0, True)
    summed = np.cumsum(excess[order])
    # Every life ends on the line with all its rows' excess, where the next one begins.
    knots = np.concatenate([place[order], number[order][last] * length])
    values = np.concatenate([summed - excess[order], summed[last]])
    rising = np.argsort(knots, kind="stable")
    line = (knots[rising], values[rising])
    then = np.interp(place[:, None] + after, *line)
    return np.asarray(then - np.interp(place, *line)[:, None])
