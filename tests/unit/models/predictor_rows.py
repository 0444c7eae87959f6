"""Rows with a known hazard, for every predictor test."""

from __future__ import annotations

import numpy as np

from models.predictors.base import Target

EDGES = (1.0, 2.0, 4.0, 8.0)


def rows(n: int = 600, seed: int = 0) -> tuple[np.ndarray, Target]:
    """Lives whose hazard is 5 times higher where column 0 is positive; column 1 is noise."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 4)).astype(np.float32)
    X[:, 2], X[:, 3] = np.nan, 7.0
    life = random.exponential(np.where(X[:, 0] > 0, 4.0, 20.0))
    censored = random.uniform(2.0, 12.0, n)
    kind = (life <= censored).astype(np.int8)
    return X, Target(np.minimum(life, censored), kind, np.full(n, np.inf))
