"""The class's hazard from a small convolutional network; an optional extra, learned in Keras 3."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

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
from models.predictors.deep_network import (
    ColumnName,
    Layout,
    Weights,
    first_weights,
    inputs_of,
    layout_of,
    log_odds,
    scaling_of,
)
from models.predictors.deep_training import Lessons, teach

PREDICT_ROWS = 4_000


class Deep(FailurePredictor):
    """P(event in the bin | none before), all bins at once (Gensheimer and Narasimhan 2019).

    The trailing windows of the class are the time axis: every statistic of a role, and every event
    code, is a channel that runs from the longest window to the shortest. Convolutions over it are
    joined with ages and attributes. `names` are the columns of X; without them there is no time
    axis, and the columns go to a dense network.

    There is no early stopping: rows carry no machine here, and held-out rows of machines that are
    learned from would stop nothing. Instead the lessons are few (`steps`, and no row more than
    `epochs` times), the learning rate falls to nothing, weights decay and values are blurred; the
    time is known beforehand. At most `max_rows` rows are learned from; each then stands, by its
    weight, for those of its kind that were left out.

    All that a fit found is in `weights_`, float32 arrays by name; forecasts are plain numpy.
    """

    sees: ClassVar[Sight] = "features"

    def __init__(
        self,
        edges: tuple[float, ...],
        names: tuple[ColumnName, ...] = (),
        filters: int = 16,
        width: int = 32,
        steps: int = 800,
        epochs: int = 60,
        batch: int = 256,
        learning_rate: float = 0.003,
        weight_decay: float = 1.0,
        noise: float = 0.3,
        min_events: int = 8,
        max_rows: int = 50_000,
        seed: int = 0,
    ) -> None:
        self.edges = edges
        self.names = names
        self.filters = filters
        self.width = width
        self.steps = steps
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.noise = noise
        self.min_events = min_events
        self.max_rows = max_rows
        self.seed = seed

    def fit(self, X: Table, target: Target) -> Self:
        """Learn from rows X (n, d); raise CannotFit, and DeepUnavailable without Keras."""
        check_rows(X, target)
        layout = self._layout(X)
        self.events_ = int(target.ends_here.sum())
        if self.events_ < self.min_events:
            raise CannotFit(f"{self.events_} events; a network needs {self.min_events}.")
        events, watched = life_table(target, self.edges)
        hazards = _shared_hazards(events, watched)
        rows, weight = self._drawn(events, watched, target.taught)
        X, bins = X[rows], watched[rows] * weight[:, None]
        start = scaling_of(X) | first_weights(layout, self.filters, self.width, hazards, self.seed)
        self.weights_ = teach(start, layout, X, events[rows], bins, self._lessons(len(X)))
        return self

    def predict_survival(self, X: Table) -> Floats:
        layout = self._layout(X)
        parts = [
            _survival(self.weights_, layout, X[i : i + PREDICT_ROWS])
            for i in range(0, len(X), PREDICT_ROWS)
        ]
        return np.vstack(parts) if parts else np.ones((0, len(self.edges) + 1))

    def _layout(self, X: Table) -> Layout:
        if self.names and len(self.names) != X.shape[1]:
            raise CannotFit(f"{X.shape[1]} columns do not match {len(self.names)} names.")
        return layout_of(self.names, X.shape[1])

    def _lessons(self, rows: int) -> Lessons:
        batch = min(self.batch, rows)
        steps = min(self.steps, -(-self.epochs * rows // batch))
        regular = self.weight_decay, self.noise
        return Lessons(steps, batch, self.learning_rate, *regular, self.seed)

    def _drawn(
        self, events: Bools, watched: Bools, taught: Bools | None = None
    ) -> tuple[NDArray[np.intp], Floats]:
        """Return at most `max_rows` rows, and how many each stands for; mean weight 1.

        Rows with an event inside the horizon are kept as long as they are at most half.
        """
        random = np.random.default_rng(self.seed)
        is_failing = events.any(axis=1)
        failed = np.flatnonzero(is_failing)
        has_survived = watched.any(axis=1) & ~is_failing
        survived = np.flatnonzero(has_survived if taught is None else has_survived & taught)
        few = min(len(failed), self.max_rows // 2)
        many = min(len(survived), self.max_rows - few)
        parts = [
            np.sort(random.choice(rows, kept, replace=False))
            for rows, kept in ((failed, few), (survived, many))
        ]
        stands_for = [len(failed) / max(few, 1), has_survived.sum() / max(many, 1)]
        weight = np.repeat(stands_for, [few, many])
        return np.concatenate(parts), weight / weight.mean()


def _shared_hazards(events: Bools, watched: Bools) -> Floats:
    """Return the hazard (bins,) all rows have in common; a bin nobody watched has the average."""
    average = events.sum() / max(watched.sum(), 1)
    if not 0 < average < 1:
        raise CannotFit(f"{'Every' if average else 'No'} bin that was watched holds an event.")
    return np.asarray((events.sum(axis=0) + average) / (watched.sum(axis=0) + 1.0))


def _survival(weights: Weights, layout: Layout, X: Table) -> Floats:
    odds = log_odds(inputs_of(X, layout, weights), weights)
    return survival_of(1.0 / (1.0 + np.exp(-odds)))
