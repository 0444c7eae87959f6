"""The out-of-fold forecasts of one group, as each fold would have served them.

What is learned from forecasts (the blend with the limit, the calibration, each machine's level)
is learned for a fold from the folds before it only, and for tonight from all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.blends import ALONE, BLENDS, CAUTIOUS, CHOSEN_FROM, Blend, near_bins
from models.calibration import Calibrator, fit_calibrator
from models.class_data import ClassData, UnitFold
from models.class_fits import RIVALS
from models.group_models import ModeGroup
from models.labels import CENSORED, FAILURE
from models.losses import Losses, losses_of
from models.pools import Pool, no_rows, stack
from models.predictors.base import Target, survival_at
from models.predictors.level import STRENGTHS, expected_events, level, strength_of
from models.races import Race
from models.spec import ClassSpec

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

FORECASTERS = ("hazard", "reference", "limit", "base")


@dataclass(frozen=True, slots=True)
class Tested:
    """All tested rows of one group, their curves by forecaster, and the own level back then.

    "hazard" is what the class serves, "recipe" the bare hazard of its recipe. blend and
    calibrator are tonight's.
    """

    rows: Pool
    fold: Indices
    curves: Mapping[str, Floats]
    blend: Blend
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
        blend=served.blend,
        calibrator=served.calibrator,
        level=_levels(observed, expected)[rows.machine, fold],
        observed=observed.sum(axis=1),
        expected=expected.sum(axis=1),
        strength=_strength(observed.sum(axis=1), expected.sum(axis=1)),
    )


def _together(data: ClassData, race: Race) -> dict[str, Floats]:
    """Curves of all folds; where no hazard could be fitted, the age rule's."""
    width = len(data.spec.edges) + 1
    told: dict[str, list[Floats]] = {
        n: [np.ones((0, width))] for n in (*FORECASTERS, "age", "recipe")
    }
    for fold in range(len(data.folds)):
        rivals = race.curves[RIVALS, fold]
        known = {**rivals, **race.told(race.serving, fold)}
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
        self.near = near_bins(data.spec.edges, data.spec.horizon_steps)
        everything = np.ones(len(rows), bool)
        self.blend, self.calibrator = self._learned(everything, data.until)

    def as_each_fold(self) -> Floats:
        """Return the curves as each fold would have served them."""
        served = self.curves["recipe"].copy()
        for index, fold in enumerate(self.data.folds):
            here = self.fold == index
            if isinstance(fold, UnitFold):
                blend, calibrator = self._learned(self.fold != index, self.data.until)
            else:
                blend, calibrator = self._learned(self.fold < index, fold.origin)
            served[here] = calibrator.apply(self._blended(here, blend))
        return served

    def _learned(self, before: Bools, origin: int) -> tuple[Blend, Calibrator]:
        """Learn from these rows, with what was known of them at an instant."""
        rows = known_by(self.data, self.rows.take(before), origin)
        blend = self._best_blend(before, rows)
        curve = self._blended(before, blend)
        window = float(self.data.spec.risk_steps)
        calibrator = fit_calibrator(
            curve,
            self.data.spec.edges,
            rows.target,
            life=rows.life,
            risk_now=1.0 - survival_at(curve, self.data.spec.edges, window),
            intervened=(rows.ends_at < origin) & (rows.target.kind != FAILURE),
            knots=knots_of(self.data.spec),
        )
        return blend, calibrator

    def _blended(self, known: Bools, blend: Blend) -> Floats:
        parts = {name: self.curves[name][known] for name in ("recipe", "limit", "age")}
        return blend.of(parts, self.near)

    def _best_blend(self, known: Bools, rows: Pool) -> Blend:
        """The best of those that are clearly better than the recipe alone; the cautious one while
        too few lives have ended to tell."""
        if len(np.unique(rows.life[rows.target.kind > 0])) < CHOSEN_FROM:
            return CAUTIOUS
        machines = len(self.data.samples)
        told = {
            blend: losses_of(self._blended(known, blend), rows, self.data.spec, machines)
            for blend in BLENDS
        }
        better = [b for b in BLENDS if told[b].is_clearly_better_than(told[ALONE])]
        return min(better, key=lambda blend: told[blend].mean, default=ALONE)


def knots_of(spec: ClassSpec) -> tuple[float, ...]:
    """Return the edges where one law of calibration ends: the order rule's window, its horizon,
    and as far again, where sensors still speak but ever less sharply."""
    return (float(spec.risk_steps), float(spec.horizon_steps), 2.0 * spec.horizon_steps)


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


def losses_by_rung(data: ClassData, tested: Tested) -> dict[str, Losses]:
    """Return what each rung lost; empty without a judged row."""
    curves = {
        "reference": tested.curves["reference"],
        "class_hazard": tested.curves["hazard"],
        "own_level": tested.own,
    }
    machines = len(data.samples)
    told = {n: losses_of(c, tested.rows, data.spec, machines) for n, c in curves.items()}
    return {name: losses for name, losses in told.items() if losses.known}


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
