"""Do lives end inside the stated intervals, and do risks mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.censoring import censoring_weights
from models.metrics import CLIP
from models.predictors.base import Bools, Floats, Target, survival_at

MIN_LIVES = 10
DECLARED_SHARES = (0.25, 0.5, 0.75)
LOW, HIGH = 0.1, 0.9
NEWTON_STEPS = 50
# No survival is told as less: its logarithm has to be finite.
SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Intervals:
    """RUL intervals of n rows in steps; nominal: the probability each states of itself.

    An upper end beyond the last edge of the forecast is open (inf), and so states more than 80 %.
    """

    low: Floats
    high: Floats
    nominal: Floats

    def take(self, rows: NDArray[np.intp]) -> Intervals:
        """Return the intervals of these rows."""
        return Intervals(self.low[rows], self.high[rows], self.nominal[rows])


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many decisions ended inside; share and nominal 0..1, None below `MIN_LIVES` lives.

    lives: distinct lives judged; decisions: one per life and age; known: whose verdict is known,
    inside: of these; effective: how many equally weighted known ones they are worth.
    """

    share: float | None
    nominal: float | None
    lives: int
    decisions: int
    known: int
    inside: int
    effective: float
    by_age: dict[str, Coverage] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries and numbers."""
        return asdict(self)


def intervals_of(survival: Floats, edges: tuple[float, ...]) -> Intervals:
    """Return the p10 to p90 interval of each curve (n, bins + 1)."""
    curves = np.asarray(survival, float)
    low = _quantiles(curves, edges, LOW, beyond=edges[-1])
    high = _quantiles(curves, edges, HIGH, beyond=np.inf)
    left = np.where(np.isfinite(high), survival_at(curves, edges, high), 0.0)
    return Intervals(low, high, survival_at(curves, edges, low) - left)


def declared_ages(
    age: Floats,
    target: Target,
    life: NDArray[np.int64],
    shares: Sequence[float] = DECLARED_SHARES,
) -> dict[str, float]:
    """Return the ages (steps) by which these shares of lives have failed, by "25 %" and so on.

    Kaplan-Meier of the lives, counted from the age at which each was first watched; a share that
    was never reached is left out.
    """
    first = _first_rows(age, life)
    entry, end = age[first], age[first] + target.duration[first]
    failed = target.kind[first] > 0
    times = np.unique(end[failed])
    at_risk = ((entry < times[:, None]) & (end >= times[:, None])).sum(axis=1)
    deaths = ((end == times[:, None]) & failed).sum(axis=1)
    gone = 1.0 - np.cumprod(1.0 - deaths / at_risk)
    return {
        f"{share:.0%}": float(times[np.argmax(gone >= share - 1e-12)])
        for share in shares
        if len(times) and gone[-1] >= share - 1e-12
    }


def rows_at_age(
    age: Floats, life: NDArray[np.int64], wanted: float, within: float
) -> NDArray[np.intp]:
    """Return for each life the row nearest to an age, the earlier of two; none beyond `within`."""
    distance = np.abs(age - wanted)
    order = np.lexsort((age, distance, life))
    first = np.append(True, np.diff(life[order]) != 0)[: len(order)]
    nearest = order[first]
    return np.sort(nearest[distance[nearest] <= within])


def interval_coverage(
    intervals: Intervals,
    target: Target,
    life: NDArray[np.int64],
    rows_by_age: dict[str, NDArray[np.intp]],
) -> Coverage:
    """Return the coverage at each declared age, and over all of them.

    An end is any kind above 0: where faults do not count as ends, the target says 0. life (n,):
    any number the rows of one life share; rows_by_age: from `rows_at_age`. A decision
    counts as much at one age as at another: to give every life the same say in total would favour
    the short ones, which reach fewer ages, and make good intervals look too long.
    """
    by_age = {name: _coverage(intervals, target, life, r) for name, r in rows_by_age.items()}
    every = np.concatenate([np.empty(0, np.intp), *rows_by_age.values()])
    whole = _coverage(intervals, target, life, every)
    return Coverage(**{**_plain(whole), "by_age": by_age})


def calibration_slope(
    risk: Floats, failed: Bools, weights: Floats | None = None
) -> tuple[float, float] | None:
    """Return (slope, intercept) of the logistic regression of `failed` on logit(risk) (Cox 1958).

    (1, 0) is calibrated; a slope below 1 means that risks are too extreme. None where the rows do
    not tell: one outcome only, one risk only, or outcomes that the risk parts perfectly.
    """
    w = np.ones(len(risk)) if weights is None else weights
    p = np.clip(risk, CLIP, 1 - CLIP)
    X = np.column_stack([np.log(p / (1 - p)), np.ones(len(p))])
    if not _overlap(X[w > 0, 0], failed[w > 0]):
        return None
    at = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        fitted = expit(X @ at)
        slope = X.T @ (w * (failed - fitted))
        step = np.linalg.solve((X.T * (w * fitted * (1 - fitted))) @ X, slope)
        at = at + _shortened(step, X, failed, w, at)
        if np.abs(step).max() < 1e-10:
            return float(at[0]), float(at[1])
    return None


def expected_calibration_error(
    risk: Floats, failed: Bools, bins: int = 10, weights: Floats | None = None
) -> float:
    """Return the mean distance of mean risk to observed share over bins of equal mass.

    Rows of equal risk stay together, in the bin of their middle rank; needs at least one row.
    """
    w = np.ones(len(risk)) if weights is None else weights
    _, level = np.unique(risk, return_inverse=True)
    mass = np.bincount(level, w)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    bin_ = np.minimum((middle * bins).astype(int), bins - 1)[level]
    gap = np.bincount(bin_, w * (risk - failed), bins)
    return float(np.abs(gap).sum() / w.sum())


def _quantiles(curves: Floats, edges: tuple[float, ...], share: float, *, beyond: float) -> Floats:
    """`life_quantile` of all rows at once; `beyond` where it lies beyond the last edge."""
    wanted = -np.log1p(-share)
    hazard = -np.log(np.maximum(curves, SMALLEST))
    right = np.maximum((hazard >= wanted).argmax(axis=1), 1)
    row, ends = np.arange(len(curves)), np.array([0.0, *edges])
    left, rise = hazard[row, right - 1], hazard[row, right] - hazard[row, right - 1]
    part = np.divide(wanted - left, rise, out=np.zeros(len(row)), where=rise > 0)
    steps = ends[right - 1] + part * (ends[right] - ends[right - 1])
    return np.where(hazard[:, -1] < wanted, beyond, steps)


def _coverage(
    intervals: Intervals, target: Target, life: NDArray[np.int64], rows: NDArray[np.intp]
) -> Coverage:
    """The verdict is known when the life ended, or once it outlived the last end that matters."""
    part = intervals.take(rows)
    duration, ended = target.duration[rows], target.kind[rows] > 0
    matters = np.where(np.isfinite(part.high), part.high, part.low)
    known = ended | (duration >= matters)
    in_time = np.where(np.isfinite(part.high), ended & (duration <= part.high), known)
    inside = (duration >= part.low) & in_time
    # A life watched beyond a closed interval ended outside, whatever came of it.
    weights = known * censoring_weights(duration, ended, np.minimum(duration, matters))
    total = float(weights.sum())
    lives = len(np.unique(life[rows[known]]))
    told = lives >= MIN_LIVES and total > 0
    return Coverage(
        share=float(weights @ inside) / total if told else None,
        nominal=float(weights @ part.nominal) / total if told else None,
        lives=len(np.unique(life[rows])),
        decisions=len(rows),
        known=int(known.sum()),
        inside=int(inside.sum()),
        effective=total**2 / float(weights @ weights) if total > 0 else 0.0,
    )


def _overlap(logit: Floats, failed: Bools) -> bool:
    """Whether a best slope exists: neither direction of the risk parts the outcomes."""
    if failed.all() or not failed.any():
        return False
    yes, no = logit[failed], logit[~failed]
    return bool(yes.min() < no.max() and no.min() < yes.max())


def _shortened(step: Floats, X: Floats, failed: Bools, w: Floats, at: Floats) -> Floats:
    """Return the Newton step, halved until the likelihood does not fall."""

    def likelihood(x: Floats) -> float:
        odds = X @ x
        return float(w @ (failed * odds - np.logaddexp(0.0, odds)))

    here = likelihood(at)
    for _ in range(NEWTON_STEPS):
        if likelihood(at + step) >= here - 1e-12 * abs(here):
            break
        step = step / 2
    return step


def _plain(coverage: Coverage) -> dict[str, Any]:
    return {name: getattr(coverage, name) for name in coverage.__slots__}


def _first_rows(age: Floats, life: NDArray[np.int64]) -> NDArray[np.intp]:
    order = np.lexsort((age, life))
    return np.asarray(order[np.append(True, np.diff(life[order]) != 0)[: len(order)]])
