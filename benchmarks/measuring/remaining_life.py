"""How far forecasts of remaining life are from the truth. Lengths in steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.forecasts import life_quantile, restricted_mean
from models.predictors.base import survival_at

Floats = NDArray[np.float64]
Edges = tuple[float, ...]

# PHM08 (Saxena and others 2008): a life foretold too long costs more than one foretold too short.
TOO_SHORT, TOO_LONG = 13.0, 10.0


def mean_lives(survival: Floats, edges: Edges, cap: float | None = None) -> Floats:
    """Return the expected remaining life (n,) of curves (n, bins + 1), at most `cap`.

    The mean of min(T, cap), the area under the curve up to it, is what makes the squared error of
    a capped life least. Without a cap the area ends at the last edge.
    """
    if cap is not None and cap < edges[-1]:
        kept = [edge for edge in edges if edge < cap]
        survival = np.column_stack(
            [survival[:, : len(kept) + 1], survival_at(survival, edges, cap)]
        )
        edges = (*kept, cap)
    return np.array([restricted_mean(curve, edges) for curve in survival])


def life_quantiles(survival: Floats, edges: Edges, share: float) -> Floats:
    """Return the steps (n,) by which `share` of such units have failed; inf = past the curve."""
    found = [life_quantile(curve, edges, share) for curve in survival]
    return np.array([np.inf if life is None else life for life in found])


def coverage_80(survival: Floats, edges: Edges, true: Floats) -> float:
    """Return the share of true lives (n,) between the curve's 10 % and 90 % quantiles."""
    low, high = (life_quantiles(survival, edges, share) for share in (0.1, 0.9))
    return float(((low <= true) & (true <= high)).mean())


def rmse(told: Floats, true: Floats) -> float:
    """Return the root of the mean squared difference."""
    return float(np.sqrt(((told - true) ** 2).mean()))


def phm08_score(told: Floats, true: Floats) -> float:
    """Return the sum over units of exp(-d / 13) - 1 below and exp(d / 10) - 1 above the truth.

    d = told - true. It is a sum, not a mean: one bad unit can be most of it.
    """
    late = told - true
    return float(np.expm1(np.where(late < 0, -late / TOO_SHORT, late / TOO_LONG)).sum())
