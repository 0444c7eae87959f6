"""What one alarm limit on one sensor knows: a threshold on a single column."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from models.predictors.base import (
    FailurePredictor,
    Floats,
    Sight,
    Table,
    Target,
    check_rows,
    life_table,
    survival_of,
)

FARTHEST = float(np.finfo(np.float32).max)


class SensorLimit(FailurePredictor):
    """The best single limit, chosen by log score of "an event within `window` steps".

    `columns` are the candidates; without any, or without a useful split, it is the base rate. The
    hazard of each side is its life table, shrunk by `prior_rows` towards both sides together.
    """

    sees: ClassVar[Sight] = "features"

    def __init__(
        self,
        edges: tuple[float, ...],
        window: float,
        columns: tuple[int, ...] = (),
        min_rows: int = 20,
        prior_rows: float = 5.0,
    ) -> None:
        self.edges = edges
        self.window = window
        self.columns = columns
        self.min_rows = min_rows
        self.prior_rows = prior_rows

    def fit(self, X: Table, target: Target) -> Self:
        check_rows(X, target)
        self.column_, self.limit_, self.missing_above_ = self._split(X, target)
        above = self._above(X)
        events, watched = life_table(target, self.edges)
        overall = events.sum(axis=0) / np.maximum(watched.sum(axis=0), 1)
        sides = [events[above == side].sum(axis=0) for side in (False, True)]
        seen = [watched[above == side].sum(axis=0) for side in (False, True)]
        prior = self.prior_rows
        self.hazards_ = (np.array(sides) + prior * overall) / (np.array(seen) + prior)
        return self

    def predict_survival(self, X: Table) -> Floats:
        return np.asarray(survival_of(self.hazards_)[self._above(X).astype(int)])

    def _split(self, X: Table, target: Target) -> tuple[int | None, float, bool]:
        failed = (target.kind > 0) & (target.duration <= self.window)
        known = failed | (target.duration >= self.window)
        seen = np.isfinite(X[known][:, list(self.columns)]).any(axis=0)
        columns = np.array(self.columns, dtype=int)[seen]
        if not len(columns) or len(np.unique(failed[known])) < 2:
            return None, 0.0, False
        tree = DecisionTreeClassifier(
            max_depth=1,
            criterion="log_loss",
            min_samples_leaf=self.min_rows,
            random_state=0,
        ).fit(X[known][:, columns], failed[known])
        if tree.tree_.node_count == 1:
            return None, 0.0, False
        chosen = int(columns[tree.tree_.feature[0]])
        # A split that only tells known from missing has its limit at infinity, which is not JSON.
        return (
            chosen,
            float(np.clip(tree.tree_.threshold[0], -FARTHEST, FARTHEST)),
            not bool(tree.tree_.missing_go_to_left[0]),
        )

    def _above(self, X: Table) -> NDArray[np.bool_]:
        if self.column_ is None:
            return np.zeros(len(X), bool)
        value = X[:, self.column_].astype(np.float32)
        return np.where(np.isnan(value), self.missing_above_, value > self.limit_)
