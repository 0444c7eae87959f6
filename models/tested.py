"""The out-of-fold forecasts of one group, as each fold would have served them.

What is learned from forecasts (the blend with the limit, the calibration, each machine's level)
is learned for a fold from the folds before it only, and for tonight from all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.calibration import Calibrator, fit_calibrator
from models.class_data import ClassData, UnitFold
from models.class_fits import RIVALS, mean_loss
from models.group_models import ModeGroup, blend
from models.labels import CENSORED, FAILURE
from models.metrics import known_within, log_losses
from models.pools import Pool, no_rows, stack
from models.predictors.base import Target, survival_at
from models.predictors.level import STRENGTHS, expected_events, level, strength_of
from models.races import Race
from models.spec import ClassSpec

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

FORECASTERS = ("hazard", "reference", "limit", "base")
# The share of the limit where a blend serves: two opinions, one each.
BLENDED = 0.5


@dataclass(frozen=True, slots=True)
class Tested:
    """All tested rows of one group, their curves by forecaster, and the own level back then.

    "hazard" is what the class serves, "recipe" the bare hazard of its recipe. limit_share and
    calibrator are tonight's.
    """

    rows: Pool
    fold: Indices
    curves: Mapping[str, Floats]
    limit_share: float
    calibrator: Calibrator
    level: Floats
    observed: Floats
    expected: Floats
    strength: float

    @property
    def own(self) -> Floats:
        """The class's curves at each machine's own level."""
        return np.asarray(self.curves["hazard"] ** self.level[:, None])


def tested_group(data: ClassData, group: ModeGroup, race: Race) -> Tested:
    """Put the folds of the winning recipe together and learn from them what serves."""
    parts = [data.tested_rows(group, fold) for fold in data.folds]
    rows = stack(parts) if parts else no_rows(data.samples, group.modes)
    fold = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    curves = _together(data, race)
    served = _Serving(data, rows, fold, curves)
    curves["hazard"] = served.as_each_fold()
    observed, expected = _tallies(rows, fold, curves["hazard"], data, len(parts))
    return Tested(
        rows=rows,
        fold=fold,
        curves=curves,
        limit_share=served.limit_share,
        calibrator=served.calibrator,
        level=_levels(observed, expected)[rows.machine, fold],
        observed=observed.sum(axis=1),
        expected=expected.sum(axis=1),
        strength=_strength(observed.sum(axis=1), expected.sum(axis=1)),
    )


def _together(data: ClassData, race: Race) -> dict[str, Floats]:
    """Curves of all folds; where no hazard could be fitted, the age rule's."""
    width = len(data.spec.edges) + 1
    told: dict[str, list[Floats]] = {n: [np.ones((0, width))] for n in (*FORECASTERS, "recipe")}
    for fold in range(len(data.folds)):
        rivals = race.curves[RIVALS, fold]
        known = {**rivals, **race.curves[race.serving.name, fold]}
        known["recipe"] = known.get("hazard", rivals["reference"])
        for name, parts in told.items():
            parts.append(known.get(name, known["recipe"]).astype(float))
    return {name: np.concatenate(parts) for name, parts in told.items()}


class _Serving:
    """Blend and calibration of one group, learned from some of its folds."""

    def __init__(
        self, data: ClassData, rows: Pool, fold: Indices, curves: Mapping[str, Floats]
    ) -> None:
        self.data = data
        self.rows = rows
        self.fold = fold
        self.curves = curves
        everything = np.ones(len(rows), bool)
        self.limit_share, self.calibrator = self._learned(everything, data.until)

    def as_each_fold(self) -> Floats:
        """Return the curves as each fold would have served them."""
        served = self.curves["recipe"].copy()
        for index, fold in enumerate(self.data.folds):
            here = self.fold == index
            if isinstance(fold, UnitFold):
                share, calibrator = self._learned(self.fold != index, self.data.until)
            else:
                share, calibrator = self._learned(self.fold < index, fold.origin)
            served[here] = calibrator.apply(self._blended(here, share))
        return served

    def _learned(self, before: Bools, origin: int) -> tuple[float, Calibrator]:
        """Learn from these rows, with what was known of them at an instant."""
        rows = known_by(self.data, self.rows.take(before), origin)
        share = self._limit_share(before, rows)
        curve = self._blended(before, share)
        window = float(self.data.spec.risk_steps)
        calibrator = fit_calibrator(
            curve,
            self.data.spec.edges,
            rows.target,
            life=rows.life,
            risk_now=1.0 - survival_at(curve, self.data.spec.edges, window),
            intervened=(rows.ends_at < origin) & (rows.target.kind != FAILURE),
        )
        return share, calibrator

    def _blended(self, known: Bools, share: float) -> Floats:
        return blend(self.curves["recipe"][known], self.curves["limit"][known], share)

    def _limit_share(self, known: Bools, rows: Pool) -> float:
        """A blend serves when it is better by more than one standard error over machines."""
        window = float(self.data.spec.risk_steps)
        failed, told = known_within(rows.target.duration, rows.target.kind, window)
        if not failed[told].any():
            return 0.0
        losses = [
            log_losses(
                1.0 - survival_at(self._blended(known, share)[told], self.data.spec.edges, window),
                failed[told],
            )
            for share in (0.0, BLENDED)
        ]
        gain = _per_machine(losses[0] - losses[1], rows.machine[told])
        error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
        return BLENDED if gain.mean() > error else 0.0


def known_by(data: ClassData, rows: Pool, origin: int) -> Pool:
    """Return the rows with what was known of them at an instant: later ends are censored there."""
    late = rows.ends_at >= origin
    if not late.any():
        return rows
    target = rows.target
    left = np.array(target.duration)
    for machine in np.unique(rows.machine[late]):
        mine = late & (rows.machine == machine)
        sample = data.samples[machine]
        left[mine] = sample.elapsed_steps(np.array([origin])) - sample.elapsed_steps(rows.at[mine])
    kind = np.where(late, CENSORED, target.kind).astype(np.int8)
    known = Target(np.maximum(left, 0.0), kind, target.watched)
    return replace(rows, target=known, ends_at=np.minimum(rows.ends_at, origin))


def losses_of(spec: ClassSpec, tested: Tested) -> dict[str, float]:
    """Log score by rung, averaged over the class's windows; empty without a judged row."""
    curves = {
        "reference": tested.curves["reference"],
        "class_hazard": tested.curves["hazard"],
        "own_level": tested.own,
    }
    told = {name: mean_loss(curve, tested.rows, spec) for name, curve in curves.items()}
    return {name: loss for name, (loss, rows) in told.items() if rows}


def _per_machine(gain: Floats, machine: Indices) -> Floats:
    """Sum of a gain over the rows of each machine."""
    _, index = np.unique(machine, return_inverse=True)
    return np.bincount(index, weights=gain).astype(float)


def _tallies(
    rows: Pool, fold: Indices, hazard: Floats, data: ClassData, folds: int
) -> tuple[Floats, Floats]:
    """Return observed and expected events, (machines, folds) each."""
    shape = (len(data.samples), folds)
    observed, expected = np.zeros(shape), np.zeros(shape)
    np.add.at(observed, (rows.machine, fold), rows.target.ends_here)
    hazards = expected_events(hazard, data.spec.edges, rows.target)
    np.add.at(expected, (rows.machine, fold), hazards)
    return observed, expected


def _levels(observed: Floats, expected: Floats) -> Floats:
    """Return each machine's level at each fold, from the folds before it only."""
    levels = np.ones(observed.shape)
    for fold in range(1, observed.shape[1]):
        seen, due = observed[:, :fold].sum(axis=1), expected[:, :fold].sum(axis=1)
        levels[:, fold] = level(seen, due, strength_of(seen, due))
    return levels


def _strength(observed: Floats, expected: Floats) -> float:
    """Return a; without anything expected nothing speaks for levels of their own."""
    return strength_of(observed, expected) if expected.sum() > 0 else float(STRENGTHS[-1])
