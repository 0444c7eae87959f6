"""Survival curves made honest: monotone maps of the cumulative hazard, learned out of fold.

If a curve is right, the cumulative hazard it gave to the time of the failure is exponential with
mean 1 (Cox & Snell 1968). Learned is H(v) = a v^b, the Weibull law of these residuals under
censoring: a corrects the level of all risks, b the width of all intervals. What sensors say of
tomorrow is sharper than what they say of next month, so each stretch of time between the windows
that decide has a law of its own, learned from the rows that reached it.

All rows of a life count alike, although they are not independent: shares of one life that depend
on how long it became would count short lives too much. That each failure is only one is said by
scaling the whole likelihood, so that lives, not rows, speak against the prior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.interventions import Weights, intervention_weights, no_weights
from models.outcomes import CONFIRMED_FAULT, FAILURE
from models.predictors.base import Bools, Floats, Target
from models.residuals import (
    LARGEST,
    Law,
    Residuals,
    best_law,
    clustering,
    effective_lives,
    residuals,
)

Kind = Literal["identity", "failures", "events"]

# Lives to start from; the prior holds back what so few of them say.
MIN_EVENTS = 3
UNCHANGED = Law()
# Beyond this a curve has fallen to nothing: what it says of a later stretch is not looked at.
SMALLEST_SURVIVAL = 1e-9
EXAMPLE = 0.3


@dataclass(frozen=True, slots=True)
class Calibrator:
    """The map, and what it rests on.

    laws: one for every stretch of bins, which end with the bins `ends` (counted from 1; the last
    one is open). kind: "identity" = too few events; "failures" = failures, weighted for
    interventions; "events" = failures and confirmed faults alike, where failures are too few.
    failures, faults, interventions: lives. effective: how many equally weighted failed lives the
    first law is worth.
    """

    laws: tuple[Law, ...] = ()
    ends: tuple[int, ...] = ()
    kind: Kind = "identity"
    failures: int = 0
    faults: int = 0
    interventions: int = 0
    effective: float = 0.0

    def apply(self, survival: Floats) -> Floats:
        """Return calibrated curves, shaped like `survival`: (n, bins + 1) or (bins + 1,)."""
        curve = np.asarray(survival, float)
        if self.kind == "identity":
            return np.array(curve)
        hazard = -np.log(np.clip(curve, np.exp(-LARGEST), 1.0))
        changed = np.zeros_like(hazard)
        for law, first, last in zip(self.laws, (0, *self.ends), self.ends, strict=False):
            before, after = hazard[..., [first]], hazard[..., [last]]
            changed += law.of(np.clip(hazard, before, after) - before)
        return np.asarray(np.exp(-changed))

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
        return asdict(self) | {"laws": [asdict(law) for law in self.laws], "ends": [*self.ends]}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Calibrator:
        """Return the calibrator that was stored."""
        laws = tuple(Law(**law) for law in said["laws"])
        return Calibrator(**{**said, "laws": laws, "ends": tuple(said["ends"])})

    def _of(self, risk: float) -> float:
        """What a risk in the order rule's window becomes."""
        return float(-np.expm1(-self.laws[0].of(-np.log1p(-risk))))


def fit_calibrator(
    survival: Floats,
    edges: tuple[float, ...],
    target: Target,
    life: NDArray[np.int64],
    risk_now: Floats,
    intervened: Bools,
    knots: Sequence[float] = (),
) -> Calibrator:
    """Return the calibrator of out-of-fold curves (n, bins + 1) of n rows.

    knots: after how many steps another law begins, the order rule's window first; each ends with
    the last bin that ends by then.

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
    rows = Rows(np.asarray(survival, float), (0.0, *edges), target.duration, failed, life, weights)
    # Without a confirmed fault there is nothing else to learn from; the prior then has its say.
    if effective >= MIN_EVENTS or not faults:
        return _fitted(replace(counted, kind="failures"), rows, knots)
    rows = replace(rows, event=inside, weights=no_weights(len(target), len(edges)))
    return _fitted(replace(counted, kind="events"), rows, knots)


@dataclass(frozen=True, slots=True)
class Rows:
    """n rows: curves (n, bins + 1) at `ends` (bins + 1,), which ended in an event or otherwise
    after `duration` (n,), and the weights of their bins."""

    survival: Floats
    ends: tuple[float, ...]
    duration: Floats
    event: Bools
    life: NDArray[np.int64]
    weights: Weights

    def residuals(self, first: int, last: int) -> Residuals:
        """Return what the rows that reached end `first` say of the stretch from there to `last`."""
        begin, end = self.ends[first], self.ends[last]
        kept = self.duration > begin
        start = np.maximum(self.survival[kept, first], SMALLEST_SURVIVAL)[:, None]
        return residuals(
            np.minimum(self.survival[kept, first : last + 1] / start, 1.0),
            tuple(edge - begin for edge in self.ends[first + 1 : last + 1]),
            np.minimum(self.duration[kept], end) - begin,
            self.event[kept] & (self.duration[kept] <= end),
            self.life[kept],
            Weights(self.weights.at_end[kept], self.weights.in_bin[kept, first:last]),
        )


def _fitted(counted: Calibrator, rows: Rows, knots: Sequence[float]) -> Calibrator:
    """Return it with the laws of all stretches; one with too few events changes nothing."""
    bins = len(rows.ends) - 1
    cuts = [int(cut) - 1 for cut in np.searchsorted(rows.ends, knots, side="right")]
    ends = tuple(sorted({*cuts, bins} - {0}))
    found = [_law(rows.residuals(*stretch)) for stretch in zip((0, *ends), ends, strict=False)]
    laws = tuple(law for law, _ in found)
    return replace(counted, laws=laws, ends=ends, effective=found[0][1])


def _law(rows: Residuals) -> tuple[Law, float]:
    """Fit twice: how much the rows are worth is only seen around the right curve.

    Return the law, and how many equally weighted failed lives it is worth.
    """
    seen = rows.event > 0
    if _lives(rows.life[seen]) < MIN_EVENTS:
        return UNCHANGED, 0.0
    effective = effective_lives(rows.event[seen], rows.life[seen])
    scaled = rows.scaled(effective / rows.event.sum())
    worth = 1.0 / clustering(scaled, best_law(scaled))
    return best_law(scaled.scaled(worth)), effective * worth


def _lives(life: NDArray[np.int64]) -> int:
    return len(np.unique(life))
