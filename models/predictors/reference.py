"""What a calendar knows: the risk of a part of this age, from ages alone."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy.optimize import minimize_scalar

from models.predictors.base import (
    FailurePredictor,
    Floats,
    Sight,
    Table,
    Target,
    check_rows,
)

# Outside these shapes a Weibull no longer describes wear or early failure, but a few odd lives.
SHAPES = (0.5, 8.0)
# The mean life of what never failed and has no prior: a finite number that no horizon reaches.
NO_RISK_STEPS = 1e12


class Reference(FailurePredictor):
    """Weibull life with right censoring and left truncation; exponential below `min_events`.

    X is one column: the age at each row, steps. `prior_rate` (events per step) is the class's; it
    counts as `prior_events` events, so that a mode that never failed keeps a small risk.
    """

    sees: ClassVar[Sight] = "age"

    def __init__(
        self,
        edges: tuple[float, ...],
        min_events: int = 8,
        prior_rate: float = 0.0,
        prior_events: float = 1.0,
    ) -> None:
        self.edges = edges
        self.min_events = min_events
        self.prior_rate = prior_rate
        self.prior_events = prior_events

    def fit(self, X: Table, target: Target) -> Self:
        check_rows(X, target)
        entry = np.asarray(X[:, 0], dtype=float)
        ended = target.ends_here
        self.events_ = int(ended.sum())
        self.shape_ = 1.0
        self.scale_ = self._exponential(float(target.exposure.sum()))
        if self.events_ >= self.min_events:
            self.shape_, self.scale_ = weibull(entry, entry + target.exposure, ended)
        return self

    def predict_survival(self, X: Table) -> Floats:
        age = np.asarray(X[:, :1], dtype=float)
        ends = age + np.array([0.0, *self.edges])
        hazard = (ends / self.scale_) ** self.shape_ - (age / self.scale_) ** self.shape_
        return np.asarray(np.exp(-hazard))

    def _exponential(self, exposure: float) -> float:
        """Mean life with the class's rate as a Gamma prior worth `prior_events` events."""
        prior = self.prior_events if self.prior_rate > 0 else 0.0
        events = self.events_ + prior
        watched = exposure + (prior / self.prior_rate if prior else 0.0)
        return watched / events if events else NO_RISK_STEPS


def weibull(entry: Floats, end: Floats, ended: np.ndarray) -> tuple[float, float]:
    """Return (shape, scale) of greatest likelihood for lives watched from `entry` to `end`.

    With rate = D / sum(end^k - entry^k) put in, only the shape k is left (Klein and Moeschberger,
    Survival Analysis, 2003, section 12.2); ages are scaled by their mean against overflow.
    """
    unit = float(end.mean())
    a, b = entry / unit, end / unit
    events = int(ended.sum())
    log_ends = float(np.log(np.maximum(b[ended], 1e-12)).sum())

    def loss(log_shape: float) -> float:
        k = np.exp(log_shape)
        watched = float((b**k - a**k).sum())
        return -float(events * (np.log(events / watched) + log_shape) + (k - 1) * log_ends)

    best = minimize_scalar(loss, bounds=(np.log(SHAPES[0]), np.log(SHAPES[1])), method="bounded")
    shape = float(np.exp(best.x))
    watched = float((b**shape - a**shape).sum())
    return shape, unit * (watched / events) ** (1 / shape)
