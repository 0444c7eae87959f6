"""Scores of forecasts whose truth is known: pairs of (risk, failed). Standard library only.

The same definitions as the prediction library's: log score and Brier score (1950) are means over
rows, smaller is better; average precision is the area under the precision-recall steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

Row = tuple[float, bool]

# A forecast of exactly 0 that fails would cost infinitely much; one in a million is certain enough.
CLIP = 1e-6
BINS = 10
# Below so many failures a share says nothing yet: they are shown as counts.
FEW_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of alike risk: how many, what they said on average, how many came true."""

    low: float
    high: float
    rows: int
    mean_risk: float
    failed: int


def log_score(rows: Sequence[Row]) -> float | None:
    """Mean of -ln of the probability given to what happened; None without rows."""
    if not rows:
        return None
    clipped = ((min(max(risk, CLIP), 1 - CLIP), failed) for risk, failed in rows)
    return math.fsum(-math.log(p if failed else 1 - p) for p, failed in clipped) / len(rows)


def brier_score(rows: Sequence[Row]) -> float | None:
    """Mean squared distance of the risk to what happened; None without rows."""
    if not rows:
        return None
    return math.fsum((risk - failed) ** 2 for risk, failed in rows) / len(rows)


def average_precision(rows: Sequence[Row]) -> float | None:
    """Area under the precision-recall steps; rows of equal risk are one step. None: no failure."""
    total = sum(failed for _, failed in rows)
    if not total:
        return None
    area, found, flagged = 0.0, 0, 0
    ranked = sorted(rows, key=lambda row: -row[0])
    for _, step in groupby(ranked, key=lambda row: row[0]):
        outcomes = [failed for _, failed in step]
        gain, flagged = sum(outcomes), flagged + len(outcomes)
        found += gain
        area += gain / total * found / flagged
    return area


def observed_over_expected(rows: Sequence[Row]) -> float | None:
    """Rows that failed for each one expected: 1 is calibrated; None when none was expected."""
    expected = math.fsum(risk for risk, _ in rows)
    return sum(failed for _, failed in rows) / expected if expected > 0 else None


def reliability(rows: Sequence[Row], bins: int = BINS) -> tuple[Bin, ...]:
    """The rows by equal steps of risk, the highest including 1; empty bins are left out."""
    sorted_in: dict[int, list[Row]] = {}
    for row in rows:
        sorted_in.setdefault(min(int(row[0] * bins), bins - 1), []).append(row)
    return tuple(
        Bin(
            low=place / bins,
            high=(place + 1) / bins,
            rows=len(found),
            mean_risk=math.fsum(risk for risk, _ in found) / len(found),
            failed=sum(failed for _, failed in found),
        )
        for place, found in sorted(sorted_in.items())
    )
