"""A machine's own level on top of its class: one factor on the hazard, shrunk by evidence."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy.special import gammaln

from models.predictors.base import (
    FailurePredictor,
    Floats,
    Sight,
    Table,
    Target,
    check_rows,
    survival_at,
)

# From "every machine is its own" to "all machines are alike".
STRENGTHS = np.geomspace(0.2, 1000.0, 80)


class Level(FailurePredictor):
    """Multiplies the class hazard by (a + observed) / (a + expected) events.

    X is the class predictor's survival curve for each row, out of fold: curves of a model that saw
    these rows would make every machine look average. `strength` is a, see `strength_of`.
    """

    sees: ClassVar[Sight] = "survival"

    def __init__(self, edges: tuple[float, ...], strength: float = 10.0) -> None:
        self.edges = edges
        self.strength = strength

    def fit(self, X: Table, target: Target) -> Self:
        check_rows(X, target)
        self.observed_ = int(target.ends_here.sum())
        self.expected_ = float(expected_events(np.asarray(X, float), self.edges, target).sum())
        self.level_ = level(self.observed_, self.expected_, self.strength)
        return self

    def predict_survival(self, X: Table) -> Floats:
        return np.asarray(np.asarray(X, float) ** self.level_)


def level(observed: float, expected: float, strength: float) -> float:
    """Return the shrunk ratio (a + observed) / (a + expected)."""
    return (strength + observed) / (strength + expected)


def expected_events(survival: Floats, edges: tuple[float, ...], target: Target) -> Floats:
    """Return the probability (n,) that each row's own time would hold an event.

    A row that did end in one would have been watched until the next row; counting less, or the
    cumulative hazard, which exceeds 1 where an event is certain, would tilt the balance.
    """
    whole = target.ends_here & np.isfinite(target.watched)
    time = np.where(whole, target.watched, target.exposure)
    return np.asarray(1.0 - survival_at(survival, edges, time))


def strength_of(observed: Floats, expected: Floats) -> float:
    """Return the a of greatest marginal likelihood over machines.

    observed ~ Poisson(expected x level) with level ~ Gamma(a, a) makes observed negative binomial;
    terms without a are dropped (Gelman, Bayesian Data Analysis, 2013, section 2.6). The grid ends
    at 1000: beyond it levels no longer differ from 1 by anything one could notice.
    """
    a = STRENGTHS[:, None]
    likelihood = gammaln(a + observed) - gammaln(a) + a * np.log(a)
    likelihood = likelihood - (a + observed) * np.log(a + expected)
    return float(STRENGTHS[int(likelihood.sum(axis=1).argmax())])
