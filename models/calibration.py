"""Survival curves made honest: a monotone map of the cumulative hazard, learned out of fold.

If a curve is right, the cumulative hazard it gave to the time of the failure is exponential with
mean 1 (Cox & Snell 1968). Learned is H(v) = a v^b, the Weibull law of these residuals under
censoring: a corrects the level of all risks, b the width of all intervals. Near its end a life is
told with another sharpness than when new, so log a and log b change with the life a curve states.

All rows of a life count alike, although they are not independent: shares of one life that depend
on how long it became would count short lives too much. That each failure is only one is said by
scaling the whole likelihood, so that lives, not rows, speak against the prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.interventions import intervention_weights, no_weights
from models.outcomes import CONFIRMED_FAULT, FAILURE
from models.predictors.base import Bools, Floats, Target
from models.residuals import (
    LARGEST,
    Law,
    Residuals,
    best_law,
    clustering,
    effective_lives,
    place_of,
    residuals,
)

Kind = Literal["identity", "failures", "events"]

MIN_EVENTS = 8
UNCHANGED = Law()
# Lives told alike to this share of the curve tell nothing of a change.
LEAST_SPREAD = 0.02
EXAMPLE = 0.3


@dataclass(frozen=True, slots=True)
class Calibrator:
    """The map, and what it rests on.

    law: H, for lives that lie around the `typical` one, `spread` apart (`residuals.place_of`).
    kind: "identity" = too few events; "failures" = failures, weighted for interventions;
    "events" = failures and confirmed faults alike, where failures are too few. failures, faults,
    interventions: lives. effective: how many equally weighted failed lives it is worth.
    """

    law: Law = UNCHANGED
    kind: Kind = "identity"
    failures: int = 0
    faults: int = 0
    interventions: int = 0
    effective: float = 0.0
    typical: float = 0.0
    spread: float = 1.0

    def apply(self, survival: Floats) -> Floats:
        """Return calibrated curves, shaped like `survival`: (n, bins + 1) or (bins + 1,)."""
        curve = np.asarray(survival, float)
        if self.kind == "identity":
            return np.array(curve)
        place = place_of(curve, self.typical, self.spread)[..., None]
        hazard = -np.log(np.clip(curve, np.exp(-LARGEST), 1.0))
        return np.asarray(np.exp(-self.law.of(hazard, place)))

    @property
    def sentence(self) -> str:
        """What was done to the forecasts, for a page."""
        if self.kind == "identity":
            return (
                f"Not calibrated: {self.failures + self.faults} of the {MIN_EVENTS} failures or "
                "confirmed faults that takes fell into the tested time."
            )
        said = f"A forecast of {EXAMPLE:.0%} is told as {self._of(EXAMPLE):.0%}."
        if self.kind == "events":
            return (
                f"Calibrated to failures and confirmed faults together ({self.failures} and "
                f"{self.faults}): failures alone are too few to stand for the machines that were "
                f"repaired in time. {said}"
            )
        return (
            f"Calibrated to {self.failures} failures it never saw, weighted for "
            f"{self.interventions} lives that work ended first (worth {self.effective:.0f} "
            f"failures). {said}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain numbers and texts; `from_json` takes them back."""
        return asdict(self)

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Calibrator:
        """Return the calibrator that was stored."""
        return Calibrator(**{**said, "law": Law(**said["law"])})

    def _of(self, risk: float) -> float:
        """What a risk becomes where a typical life is stated."""
        return float(-np.expm1(-self.law.of(-np.log1p(-risk), 0.0)))


def fit_calibrator(
    survival: Floats,
    edges: tuple[float, ...],
    target: Target,
    life: NDArray[np.int64],
    risk_now: Floats,
    intervened: Bools,
) -> Calibrator:
    """Return the calibrator of out-of-fold curves (n, bins + 1) of n rows.

    life (n,): any number that the rows of one life of one machine share. risk_now (n,): the risk
    by which work is decided, as it was told then. intervened (n,): the row's life was ended by
    work (planned replacement; confirmed faults count by themselves), not by a failure nor by the
    end of the record.
    """
    intervened = intervened | (target.kind == CONFIRMED_FAULT)
    inside = (target.kind > 0) & (target.duration <= edges[-1])
    failed = inside & (target.kind == FAILURE)
    failures, faults = _lives(life[failed]), _lives(life[inside & ~failed])
    counted = Calibrator(failures=failures, faults=faults, interventions=_lives(life[intervened]))
    if failures + faults < MIN_EVENTS:
        return counted
    weights = intervention_weights(edges, target, life, risk_now, intervened)
    effective = effective_lives(weights.at_end[failed], life[failed])
    # Without a confirmed fault there is nothing else to learn from; the prior then has its say.
    if effective >= MIN_EVENTS or not faults:
        counted = _placed(replace(counted, kind="failures"), survival[failed])
        rows = residuals(
            survival, edges, target.duration, failed, life, weights, counted.typical, counted.spread
        )
        return _fitted(counted, rows, effective)
    counted = _placed(replace(counted, kind="events"), survival[inside])
    nothing_hidden = no_weights(len(target), len(edges))
    rows = residuals(
        survival,
        edges,
        target.duration,
        inside,
        life,
        nothing_hidden,
        counted.typical,
        counted.spread,
    )
    return _fitted(counted, rows, float(failures + faults))


def _fitted(counted: Calibrator, rows: Residuals, effective: float) -> Calibrator:
    """Fit twice: how much the rows are worth is only seen around the right curve."""
    scaled = rows.scaled(effective / rows.event.sum())
    worth = 1.0 / clustering(scaled, best_law(scaled))
    law = best_law(scaled.scaled(worth))
    return replace(counted, law=law, effective=effective * worth)


def _placed(counted: Calibrator, failed: Floats) -> Calibrator:
    """Return it with the typical stated life of the rows (n, bins + 1) that ended, and their
    spread."""
    stated = np.asarray(failed, float).mean(axis=1)
    return replace(
        counted, typical=float(stated.mean()), spread=max(float(stated.std()), LEAST_SPREAD)
    )


def _lives(life: NDArray[np.int64]) -> int:
    return len(np.unique(life))
