"""What would have been told of one machine over the past year: its out-of-fold forecasts, kept.

Each row is a decision of the back-test, foretold by a predictor, a blend and a calibration that
learned before its fold began, at the machine's level by the folds before it. What is not played
again is what was chosen: the recipe, the groups of modes and their shares, and the rung are
today's; nor is what a machine lacked back then (a new one, a silent one). The rows are the tested
ones: a machine that stood has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.choices import Choice
from models.group_models import Curves
from models.own import OwnHazard
from models.samples import Sample
from models.spec import DAY_US, ClassSpec

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]

KEPT_DAYS = 366
# Rungs of a class whose curve is kept; any other may raise nothing, so its moments are enough.
_BY_HAZARD = frozenset({"class_hazard", "own_level", "own_hazard"})


@dataclass(frozen=True, slots=True, eq=False)
class PastForecasts:
    """n forecasts of one group of modes, one a night at most, `at` rising (microseconds UTC).

    survival: (n, bins) at the class's edges, without the 1 before the first; a mode's own is
    survival ** its share. (n, 0) on a rung that raises no order.
    """

    modes: tuple[str, ...]
    shares: tuple[float, ...]
    rung: str
    at: Instants
    survival: NDArray[np.float32]


def past_forecasts(
    sample: Sample, spec: ClassSpec, choices: Sequence[Choice], curves: Mapping[str, Curves]
) -> tuple[PastForecasts, ...]:
    """Return the past forecasts of one machine by group; `curves` are its out-of-fold ones."""
    nights = _nights(sample, spec)
    told = [
        _of_group(choice, spec, curves[choice.model.group.name], nights)
        for choice in choices
        if choice.model.group.name in curves
    ]
    return tuple(group for group in told if len(group.at))


def _nights(sample: Sample, spec: ClassSpec) -> Instants:
    """The first decision of every day of the past year: reviews may be closer than nights."""
    _, first = np.unique((sample.at - spec.decision_us) // DAY_US, return_index=True)
    nights = sample.at[first]
    return nights[nights > sample.until - KEPT_DAYS * DAY_US]


def _of_group(choice: Choice, spec: ClassSpec, curves: Curves, nights: Instants) -> PastForecasts:
    rung, at, survival = _served(choice, spec, curves)
    kept = np.isin(at, nights)
    group = choice.model.group
    return PastForecasts(
        modes=group.modes,
        shares=group.shares,
        rung=rung,
        at=at[kept],
        survival=survival[kept, 1:].astype(np.float32),
    )


def _served(choice: Choice, spec: ClassSpec, curves: Curves) -> tuple[str, Instants, Floats]:
    """What serves the group on this machine, and what it said: moments, curves (n, bins + 1)."""
    if choice.rung == "own_hazard" and isinstance(choice.own, OwnHazard):
        return choice.rung, choice.own.tested_at, choice.own.tested
    rung = "reference" if spec.predictor == "own" else choice.model.rung
    if rung not in _BY_HAZARD:
        return rung, curves.at, np.empty((len(curves.at), 0))
    hazard = curves.hazard.astype(float)
    return rung, curves.at, hazard ** curves.level[:, None] if rung == "own_level" else hazard
