"""The class's hazard: one boosted classifier on (features, bin of the horizon)."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from models.predictors.base import (
    Bools,
    CannotFit,
    FailurePredictor,
    Floats,
    Sight,
    Table,
    Target,
    check_rows,
    life_table,
    survival_of,
)

# Leaves hold this share of the rows where there are too few for the full `min_leaf`.
LEAF_SHARE = 100
SMALLEST_LEAF = 10
PREDICT_ROWS = 8_000


class Hazard(FailurePredictor):
    """P(event in the bin | none before), a discrete-time hazard (Singer and Willett 1993).

    Every row is repeated for each bin it was watched in, with the bin's index as one more column,
    so planned replacements end a life without being failures. Bins up to `near` steps keep every
    row: there the sensors speak. Later bins keep `survivors` rows without an event per event and
    at least `min_survivors`, drawn at random; rows that are not taught are left out before. The
    odds are put right afterwards; `max_rows` bounds everything. Sample weights are not used: they
    make the fit 9 times slower.

    `columns` are those it may look at (none named: all); each split of a tree looks at a random
    `share_seen` of them, which keeps one loud column from drowning the others.
    """

    sees: ClassVar[Sight] = "features"

    def __init__(
        self,
        edges: tuple[float, ...],
        iterations: int = 50,
        leaves: int = 15,
        learning_rate: float = 0.2,
        l2: float = 2.0,
        min_leaf: int = 40,
        min_events: int = 8,
        max_rows: int = 500_000,
        survivors: int = 1,
        min_survivors: int = 1_000,
        near: float = 0.0,
        columns: tuple[int, ...] = (),
        share_seen: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.edges = edges
        self.iterations = iterations
        self.leaves = leaves
        self.learning_rate = learning_rate
        self.l2 = l2
        self.min_leaf = min_leaf
        self.min_events = min_events
        self.max_rows = max_rows
        self.survivors = survivors
        self.min_survivors = min_survivors
        self.near = near
        self.columns = tuple(columns)
        self.share_seen = share_seen
        self.seed = seed

    def fit(self, X: Table, target: Target) -> Self:
        check_rows(X, target)
        self.events_ = int(target.ends_here.sum())
        if self.events_ < self.min_events:
            raise CannotFit(f"{self.events_} events; a hazard needs {self.min_events}.")
        row, bin_, event = self._thin(*life_table(target, self.edges), target.taught)
        if event.all():
            raise CannotFit("No row outlived a bin.")
        self.columns_ = self._varying(X[np.unique(row)])
        expanded = _with_bin(X[:, self.columns_], row, bin_)
        self.model_ = self._model(len(event)).fit(expanded, event)
        return self

    def predict_survival(self, X: Table) -> Floats:
        chunk = max(PREDICT_ROWS // len(self.edges), 1)
        parts = [self._survival(X[i : i + chunk]) for i in range(0, len(X), chunk)]
        return np.vstack(parts) if parts else np.ones((0, len(self.edges) + 1))

    def _survival(self, X: Table) -> Floats:
        bins = len(self.edges)
        row = np.repeat(np.arange(len(X)), bins)
        expanded = _with_bin(X[:, self.columns_], row, np.tile(np.arange(bins), len(X)))
        # Odds among the drawn rows of a bin are 1 / kept_ times too high.
        log_odds = self.model_.decision_function(expanded).reshape(-1, bins) + np.log(self.kept_)
        return survival_of(1.0 / (1.0 + np.exp(-log_odds)))

    def _thin(
        self, events: Bools, watched: Bools, taught: Bools | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
        """Return (row, bin, event) of every repeated row that is kept; set `kept_` per bin."""
        rng = np.random.default_rng(self.seed)
        thinned = watched & ~events
        survived = thinned.sum(axis=0)
        if taught is not None:
            thinned &= taught[:, None]
        left = thinned.sum(axis=0)
        wanted = self._wanted(events.sum(axis=0), left)
        for bin_ in np.flatnonzero(wanted < left):
            rows = np.flatnonzero(thinned[:, bin_])
            left_out = rng.choice(rows, left[bin_] - wanted[bin_], replace=False)
            thinned[left_out, bin_] = False
        # A bin of which nobody is left still had its survivors: one stands for them all.
        kept = np.maximum(wanted, 1) / np.maximum(survived, 1)
        self.kept_ = np.where(survived > 0, kept, 1.0).tolist()
        row, column = np.nonzero(events | thinned)
        return row, column, events[row, column]

    def _wanted(self, failed: NDArray[np.int64], survived: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many rows without an event each bin keeps."""
        wanted = np.maximum(self.survivors * failed, self.min_survivors)
        wanted = np.where(np.array(self.edges) <= self.near, survived, wanted)
        most = np.maximum(self.max_rows // len(self.edges) - failed, 1)
        return np.asarray(np.minimum(np.minimum(wanted, survived), most))

    def _varying(self, X: Table) -> NDArray[np.intp]:
        varying = varying_columns(X)
        return varying[np.isin(varying, self.columns)] if self.columns else varying

    def _model(self, rows: int) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=self.iterations,
            max_leaf_nodes=self.leaves,
            learning_rate=self.learning_rate,
            l2_regularization=self.l2,
            max_features=self.share_seen,
            min_samples_leaf=min(self.min_leaf, max(rows // LEAF_SHARE, SMALLEST_LEAF)),
            early_stopping=False,
            random_state=self.seed,
        )


def varying_columns(X: Table) -> NDArray[np.intp]:
    """Return the columns with at least two distinct known values; binning refuses the others."""
    known = np.isfinite(X)
    low = np.where(known, X, np.inf).min(axis=0)
    high = np.where(known, X, -np.inf).max(axis=0)
    return np.flatnonzero(high > low)


def _with_bin(X: Table, row: NDArray[np.intp], bin_: NDArray[np.intp]) -> Floats:
    """Return the rows with their bin as last column, in the type the trees compare in."""
    expanded = np.empty((len(row), X.shape[1] + 1))
    expanded[:, :-1] = X[row]
    expanded[:, -1] = bin_
    return expanded
