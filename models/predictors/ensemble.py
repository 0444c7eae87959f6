"""Several hazards that look at a machine differently, and one curve: their mean opinion."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.predictors.base import FailurePredictor, Floats, Sight, Table, Target
from models.predictors.hazard import Hazard


class Ensemble(FailurePredictor):
    """The mean of the cumulative hazards of `hazards`, a log opinion pool (Genest & Zidek 1986).

    One that sees every short-lived sign and one that sees slow wear alone err differently; the
    mean errs less than either where neither is clearly right.
    """

    sees: ClassVar[Sight] = "features"

    def __init__(self, edges: tuple[float, ...], hazards: tuple[Hazard, ...]) -> None:
        self.edges = edges
        self.hazards = hazards

    def fit(self, X: Table, target: Target) -> Self:
        self.hazards_ = tuple(copy(hazard).fit(X, target) for hazard in self.hazards)
        return self

    def predict_survival(self, X: Table) -> Floats:
        return mean_opinion([hazard.predict_survival(X) for hazard in self.hazards_])

    @staticmethod
    def of(edges: tuple[float, ...], fitted: tuple[Hazard, ...]) -> Ensemble:
        """Return the ensemble of hazards that were fitted each by itself, on the same rows."""
        ensemble = Ensemble(edges, fitted)
        ensemble.hazards_ = fitted
        return ensemble


def mean_opinion(curves: Sequence[NDArray[Any]]) -> Floats:
    """Return the survival curve of the mean cumulative hazard of curves shaped alike."""
    return np.asarray(np.prod(np.asarray(curves, float), axis=0) ** (1.0 / len(curves)))
