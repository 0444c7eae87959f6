"""What a calendar knows: the risk of a part of this age, from ages alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gamma

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
# Standard deviation over mean of a life entered without a spread: wear, a shape of about 3.
USUAL_SPREAD = 0.35
# An entered life weighs as much as this many failures: three of a plant's own equal it, ten have
# three quarters of the say.
ENTERED_LIVES = 3.0


class Reference(FailurePredictor):
    """Weibull life with right censoring and left truncation; exponential below `min_events`.

    X is one column: the age at each row, steps. `prior_rate` (events per step) is the class's; it
    counts as `prior_events` events, so that a mode that never failed keeps a small risk.

    `entered_life` (mean) and `entered_spread` (standard deviation, None: `USUAL_SPREAD` of the
    life) are what a planner says. They take the place of the class's rate: the rule is a Weibull
    from the first, to which lives of this kind are added, worth `entered_lives` failures. Without
    any life of its own it is the entered one; parts that outlive it lengthen it.
    """

    sees: ClassVar[Sight] = "age"

    def __init__(
        self,
        edges: tuple[float, ...],
        min_events: int = 8,
        prior_rate: float = 0.0,
        prior_events: float = 1.0,
        entered_life: float | None = None,
        entered_spread: float | None = None,
        entered_lives: float = ENTERED_LIVES,
    ) -> None:
        self.edges = edges
        self.min_events = min_events
        self.prior_rate = prior_rate
        self.prior_events = prior_events
        self.entered_life = entered_life
        self.entered_spread = entered_spread
        self.entered_lives = entered_lives

    def fit(self, X: Table, target: Target) -> Self:
        check_rows(X, target)
        entry = np.asarray(X[:, 0], dtype=float)
        ended = target.ends_here
        self.events_ = int(ended.sum())
        entered = self._entered()
        self.shape_ = 1.0
        self.scale_ = self._exponential(float(target.exposure.sum()))
        if entered is not None or self.events_ >= self.min_events:
            self.shape_, self.scale_ = weibull(entry, entry + target.exposure, ended, entered)
        return self

    def predict_survival(self, X: Table) -> Floats:
        age = np.asarray(X[:, :1], dtype=float)
        ends = age + np.array([0.0, *self.edges])
        hazard = (ends / self.scale_) ** self.shape_ - (age / self.scale_) ** self.shape_
        return np.asarray(np.exp(-hazard))

    @property
    def is_informed(self) -> bool:
        """Whether it knows of any failure or entered life, its class's included."""
        return self.scale_ < NO_RISK_STEPS

    def _entered(self) -> EnteredLives | None:
        if self.entered_life is None:
            return None
        spread = self.entered_spread or USUAL_SPREAD * self.entered_life
        return EnteredLives(*weibull_of(self.entered_life, spread), self.entered_lives)

    def _exponential(self, exposure: float) -> float:
        """Mean life with the class's rate as a Gamma prior worth `prior_events` events."""
        prior = self.prior_events if self.prior_rate > 0 else 0.0
        events = self.events_ + prior
        watched = exposure + (prior / self.prior_rate if prior else 0.0)
        return watched / events if events else NO_RISK_STEPS


@dataclass(frozen=True, slots=True)
class EnteredLives:
    """Weibull lives nobody saw, worth `count` failures, as prior data (Ibrahim and Chen, The power
    prior, Statistical Science 15, 2000). Their likelihood is the expected one, so that alone they
    give back exactly this shape and scale."""

    shape: float
    scale: float
    count: float

    @property
    def mean_log(self) -> float:
        """E log T."""
        return float(np.log(self.scale) - np.euler_gamma / self.shape)

    def mean_power(self, k: float) -> float:
        """E T^k."""
        return float(self.scale**k * gamma(1.0 + k / self.shape))

    def per(self, unit: float) -> EnteredLives:
        """Return the same lives in units of `unit`."""
        return EnteredLives(self.shape, self.scale / unit, self.count)


def weibull_of(mean: float, spread: float) -> tuple[float, float]:
    """Return (shape, scale) of the Weibull of this mean and standard deviation.

    The mean is kept where the spread asks for a shape outside `SHAPES` (below 15 % of the mean,
    or above 224 %).
    """

    def excess(shape: float) -> float:
        return float(gamma(1 + 2 / shape) / gamma(1 + 1 / shape) ** 2 - 1 - (spread / mean) ** 2)

    low, high = SHAPES
    if excess(low) <= 0:
        shape = low
    elif excess(high) >= 0:
        shape = high
    else:
        shape = float(brentq(excess, low, high))
    return shape, mean / float(gamma(1 + 1 / shape))


def weibull(
    entry: Floats, end: Floats, ended: np.ndarray, entered: EnteredLives | None = None
) -> tuple[float, float]:
    """Return (shape, scale) of greatest likelihood for lives watched from `entry` to `end`.

    With rate = D / sum(end^k - entry^k) put in, only the shape k is left (Klein and Moeschberger,
    Survival Analysis, 2003, section 12.2); ages are scaled by their mean against overflow.
    Entered lives add their count to D, and their expected log T and T^k to the sums.
    """
    unit = float(end.mean()) if entered is None else max(float(end.mean()), entered.scale)
    a, b = entry / unit, end / unit
    events = float(ended.sum())
    log_ends = float(np.log(np.maximum(b[ended], 1e-12)).sum())
    added = None if entered is None else entered.per(unit)
    if added is not None:
        events += added.count
        log_ends += added.count * added.mean_log

    def watched(k: float) -> float:
        seen = float((b**k - a**k).sum())
        return seen if added is None else seen + added.count * added.mean_power(k)

    def loss(log_shape: float) -> float:
        k = np.exp(log_shape)
        return -float(events * (np.log(events / watched(k)) + log_shape) + (k - 1) * log_ends)

    best = minimize_scalar(loss, bounds=(np.log(SHAPES[0]), np.log(SHAPES[1])), method="bounded")
    shape = float(np.exp(best.x))
    return shape, unit * (watched(shape) / events) ** (1 / shape)
