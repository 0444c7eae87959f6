"""The manners every predictor keeps, and what it is taught with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Table = NDArray[np.floating[Any]]
Kinds = NDArray[np.int8]
Bools = NDArray[np.bool_]

Sight = Literal["features", "age", "survival"]


class CannotFit(ValueError):
    """The rows do not allow a fit; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Target:
    """What happened after each row, all rows being at risk at their start. Lengths in steps.

    duration: until the life ended or was last seen; kind: 0 censored, 1 failure, 2 confirmed
    fault; watched: until the next row of the same life, so that adding up rows counts each step
    of a life and each end once. taught: whether a flexible predictor looks at the row itself; one
    it does not look at is counted all the same, and others stand for it. None = all.
    """

    duration: Floats
    kind: Kinds
    watched: Floats
    taught: Bools | None = None

    def __len__(self) -> int:
        return len(self.duration)

    @property
    def exposure(self) -> Floats:
        """Steps of life that belong to this row alone."""
        return np.minimum(self.duration, self.watched)

    @property
    def ends_here(self) -> Bools:
        """Whether the life ends in an event before the next row."""
        return np.asarray((self.kind > 0) & (self.duration <= self.watched))

    def take(self, rows: Bools) -> Target:
        """Return the marked rows."""
        taught = None if self.taught is None else self.taught[rows]
        return Target(self.duration[rows], self.kind[rows], self.watched[rows], taught)


class FailurePredictor(ABC):
    """Settings in `__init__`, checks in `fit`, results end in an underscore, `fit` returns self.

    `sees` says what the columns of X are: the features, the age alone (one column, steps), or the
    survival curve of another predictor (len(edges) + 1 columns).
    """

    sees: ClassVar[Sight]
    edges: tuple[float, ...]

    @abstractmethod
    def fit(self, X: Table, target: Target) -> Self:
        """Learn from rows X (n, d) and what happened; raise CannotFit."""

    @abstractmethod
    def predict_survival(self, X: Table) -> Floats:
        """Return P(no event by each edge), (n, len(edges) + 1), falling from 1."""


def check_rows(X: Table, target: Target) -> None:
    """Raise CannotFit unless X is (n, d) with n labels and something was watched."""
    if X.ndim != 2 or len(X) != len(target):
        raise CannotFit(f"{X.shape} rows do not match {len(target)} labels.")
    if not (target.exposure > 0).any():
        raise CannotFit("No row was watched for any time.")


def life_table(target: Target, edges: tuple[float, ...]) -> tuple[Bools, Bools]:
    """Return (event in the bin, bin fully watched or ended by the event), (n, bins) each.

    Bins are (previous edge, edge]. A bin that was cut short by censoring is not counted.
    """
    ends = np.array(edges)
    starts = np.array([0.0, *edges[:-1]])
    duration = target.duration[:, None]
    inside = (duration > starts) & (duration <= ends) & (target.kind > 0)[:, None]
    return inside, inside | (duration >= ends)


def survival_of(hazards: Floats) -> Floats:
    """Return the survival curve (n, bins + 1) of bin hazards (n, bins)."""
    start = np.ones((len(hazards), 1))
    return np.hstack([start, np.cumprod(1.0 - hazards, axis=1)])


def survival_at(survival: Floats, edges: tuple[float, ...], steps: float | Floats) -> Floats:
    """Return survival (n,) after `steps`, the hazard being constant within a bin.

    `steps` is one number, or one per row; beyond the last edge the curve stays where it ended.
    """
    ends = np.array([0.0, *edges])
    after = np.clip(np.broadcast_to(steps, len(survival)), 0.0, ends[-1])
    right = np.clip(np.searchsorted(ends, after, side="left"), 1, len(edges))
    share = (after - ends[right - 1]) / (ends[right] - ends[right - 1])
    row = np.arange(len(survival))
    left, end = survival[row, right - 1], survival[row, right]
    fallen = np.divide(end, left, out=np.zeros_like(end), where=left > 0)
    return np.asarray(left * fallen**share)
