"""How issued risks relate to the true chance of failing: the slope of a logistic regression.

A slope of 1 says that odds mean what they say; below 1 the risks are too extreme; near 0 they say
nothing. Cox 1958; Steyerberg, Clinical Prediction Models, 2nd edition, 15.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST = 1e-4
"""Risks below this, or as close to 1, are taken as this: their odds say more than anybody knows."""
STEPS, CLOSE = 50, 1e-10
FEWEST = 20


def slope(risk: Floats, chance: Floats) -> float | None:
    """Slope of logit(true chance) on logit(issued risk), both (n,) in 0..1, by maximum likelihood.

    *chance* may be 0 or 1 (what came true) or what the simulator knows to be the probability: the
    likelihood's expectation is the same and far less noisy. None for fewer than 20 forecasts, when
    all risks are the same, or when the fit has no finite end (one kind of outcome only).
    """
    if len(risk) < FEWEST or np.ptp(risk) == 0.0 or not 0.0 < chance.mean() < 1.0:
        return None
    clipped = np.clip(risk, LEAST, 1.0 - LEAST)
    X = np.column_stack([np.ones(len(risk)), np.log(clipped / (1.0 - clipped))])
    return _newton(X, chance)


def _newton(X: Floats, y: Floats) -> float | None:
    # The mean outcome alone is a safe place to start from.
    weights = np.array([np.log(y.mean() / (1.0 - y.mean())), 0.0])
    for _ in range(STEPS):
        told = 1.0 / (1.0 + np.exp(-np.clip(X @ weights, -500.0, 500.0)))
        curvature = (X * (told * (1.0 - told))[:, None]).T @ X
        if np.linalg.cond(curvature) > 1.0 / np.finfo(float).eps:
            return None
        step = np.linalg.solve(curvature, X.T @ (y - told))
        weights = weights + step
        if np.abs(step).max() < CLOSE:
            return float(weights[1])
    return None
