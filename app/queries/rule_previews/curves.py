"""Survival curves of many forecasts over the same edges, read off all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curves:
    """`survival` has a row for each of `places` (rows of the forecasts) and one column more than
    `edges_hours`: 1 at hour 0, then the share still running at each edge."""

    edges_hours: tuple[float, ...]
    places: Integers
    survival: Floats


def chances(curves: Curves, hours: float) -> Floats:
    """The chance of a failure within *hours* by each curve.

    Number for number what `app.domain.savings.chance_of_failure` gives for one of them.
    """
    survival, edges = curves.survival, (0.0, *curves.edges_hours)
    for column in range(1, len(edges)):
        at, before_at = edges[column], edges[column - 1]
        if hours <= at:
            way = 0.0 if at <= before_at else (max(hours, 0.0) - before_at) / (at - before_at)
            before = survival[:, column - 1]
            return 1.0 - (before + way * (survival[:, column] - before))
    return 1.0 - survival[:, -1]
