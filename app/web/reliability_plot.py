"""What was said against what happened, as circles of an SVG drawn by the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from app.domain.scores import Bin

SIDE, MARGIN = 100.0, 6.0
SMALLEST, LARGEST = 1.5, 6.0


@dataclass(frozen=True, slots=True)
class Dot:
    """Forecasts of alike risk; y grows downwards, the area with the number of rows."""

    x: float
    y: float
    r: float


def dots(bins: Sequence[Bin]) -> tuple[Dot, ...]:
    """One circle a bin in a square of SIDE: risk to the right, share that failed upwards."""
    most = max((each.rows for each in bins), default=1)
    return tuple(
        Dot(
            x=_place(each.mean_risk),
            y=round(SIDE - _place(each.failed / each.rows), 1),
            r=round(SMALLEST + (LARGEST - SMALLEST) * sqrt(each.rows / most), 1),
        )
        for each in bins
        if each.rows
    )


def _place(share: float) -> float:
    return round(MARGIN + share * (SIDE - 2 * MARGIN), 1)
