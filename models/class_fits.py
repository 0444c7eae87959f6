"""The class stage's tasks: a recipe, or its rivals, of one group up to one origin; the final fits.

A recipe's task fits the hazard. The rivals' task fits what one would use instead: the age rule,
the best single-sensor limit, the base rate; once per fold, however many recipes are compared.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.class_data import AnyFold, ClassData
from models.cross_fits import Fitted
from models.features import FeatureName, age_columns
from models.gate import MIN_EVENTS
from models.group_models import ModeGroup, age_survival, reference_survival
from models.pools import Pool, ages, lives
from models.predictors.base import CannotFit, Table, Target
from models.predictors.deep import Deep
from models.predictors.ensemble import Ensemble
from models.predictors.hazard import Hazard
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference
from models.recipes import BY_NAME, Recipe
from models.samples import Sample
from models.spec import ClassSpec

RIVALS = ""  # the name of the task that fits no recipe
Curves = Mapping[str, NDArray[np.float32]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FitTask:
    """Fit one recipe of a group, or its RIVALS; `fold` None = a final fit, on everything that its
    `side` may look at (`ClassData.sides`).
    """

    class_code: str
    group: int
    fold: int | None
    recipe: str
    weight: float
    side: int = 0


@dataclass(frozen=True, slots=True)
class Rivals:
    """What one would use instead, of one group as of one cut."""

    references: Mapping[str, Reference]
    limit: SensorLimit
    base: SensorLimit


@dataclass(frozen=True, slots=True)
class FitResult:
    """`hazard` or `rivals` of a final fit, `reason` why there is no hazard; `curves` by forecaster
    (n, bins + 1) of a fold's test rows, empty where a recipe could not be fitted.
    """

    hazard: Fitted | None = None
    rivals: Rivals | None = None
    reason: str = ""
    curves: Curves = field(default_factory=dict)
    cpu_seconds: float = 0.0


def run_fit(task: FitTask, shared: Mapping[str, ClassData]) -> FitResult:
    """Run one task, one thread; a fold's predictors only live to foretell its test rows."""
    started = time.process_time()
    data = shared[task.class_code]
    group = data.groups[task.group]
    fold = None if task.fold is None else data.folds[task.fold]
    with threadpool_limits(1):
        if task.recipe == RIVALS:
            found = _rivals_task(data, group, fold)
        else:
            found = _recipe_task(data, group, fold, task)
    return replace(found, cpu_seconds=time.process_time() - started)


def _rivals_task(data: ClassData, group: ModeGroup, fold: AnyFold | None) -> FitResult:
    samples = data.learned_samples(fold)
    rivals = fit_rivals(data, group, samples, data.learned_rows(samples, group, fold))
    if fold is None:
        return FitResult(rivals=rivals)
    return FitResult(curves=_told_by_rivals(rivals, data, group, fold))


def _told_by_rivals(rivals: Rivals, data: ClassData, group: ModeGroup, fold: AnyFold) -> Curves:
    rows = data.tested_rows(group, fold)
    age = {mode: ages(data.samples, mode, rows) for mode in group.modes}
    curves = {
        "reference": reference_survival(rivals.references, age),
        "age": age_survival(rivals.references, rows.X, age_columns(data.samples[0].names)),
        "limit": rivals.limit.predict_survival(rows.X),
        "base": rivals.base.predict_survival(rows.X),
    }
    return {name: curve.astype(np.float32) for name, curve in curves.items()}


def _recipe_task(
    data: ClassData, group: ModeGroup, fold: AnyFold | None, task: FitTask
) -> FitResult:
    recipe, seed = BY_NAME[task.recipe], data.seed(group, fold)
    if fold is None:
        seen = data.blinded_rows(group, data.sides(group)[task.side])
        hazard, reason = fit_hazard(seen, data, recipe, seed)
        return FitResult(hazard=hazard, reason=reason)
    learned = data.learned_rows(data.learned_samples(fold), group, fold)
    hazard, reason = fit_hazard(learned, data, recipe, seed)
    if hazard is None:
        return FitResult(reason=reason)
    curve = hazard.predict_survival(data.tested_rows(group, fold).X)
    return FitResult(curves={"hazard": curve.astype(np.float32)})


def fit_hazard(rows: Pool, data: ClassData, recipe: Recipe, seed: int) -> tuple[Fitted | None, str]:
    """Return the hazard of a recipe, or None and why there is none."""
    try:
        hazard = unfitted(recipe, data.spec, data.samples[0].names, seed)
        return hazard.fit(rows.X, rows.target), ""
    except CannotFit as trouble:
        return None, str(trouble)


def unfitted(
    recipe: Recipe, spec: ClassSpec, names: Sequence[FeatureName], seed: int, **but: Any
) -> Fitted:
    """Return the predictor of a recipe before it learned; `but` are settings to use instead."""
    if recipe.kind == "deep":
        told = tuple((n.group, n.code, n.statistic, n.window) for n in names)
        settings: dict[str, Any] = {**recipe.settings, **but}
        return Deep(spec.edges, names=told, seed=seed, **settings)
    if recipe.kind == "ensemble":
        return Ensemble(spec.edges, tuple(_hazard(r, spec, names, seed, but) for r in recipe.of))
    return _hazard(recipe, spec, names, seed, but)


def _hazard(
    recipe: Recipe,
    spec: ClassSpec,
    names: Sequence[FeatureName],
    seed: int,
    but: Mapping[str, Any],
) -> Hazard:
    settings: dict[str, Any] = {**recipe.settings, **but}
    columns = recipe.columns(names)
    return Hazard(spec.edges, near=spec.risk_steps, columns=columns, seed=seed, **settings)


def fit_rivals(data: ClassData, group: ModeGroup, samples: Sequence[Sample], rows: Pool) -> Rivals:
    """Return age rules, the best single-sensor limit and the base rate of one group."""
    spec = data.spec
    limits = deviation_columns(data.samples[0], spec)
    window = float(spec.risk_steps)
    return Rivals(
        references=_references(samples, spec, group.modes),
        limit=_limit(rows, SensorLimit(spec.edges, window, limits)),
        base=_limit(rows, SensorLimit(spec.edges, window)),
    )


def deviation_columns(sample: Sample, spec: ClassSpec) -> tuple[int, ...]:
    """Return the columns a limit could be set on: deviations of what measures health."""
    health = {role.code for role in spec.roles if not role.is_condition}
    return tuple(
        column
        for column, name in enumerate(sample.names)
        if name.statistic == "deviation" and name.code in health
    )


def _limit(rows: Pool, limit: SensorLimit) -> SensorLimit:
    """Fit a limit; before anything was watched its hazard is nil."""
    return limit.fit(rows.X, rows.target) if len(rows) else limit.fit(*_nothing_seen(rows))


def _nothing_seen(rows: Pool) -> tuple[Table, Target]:
    one = np.ones(1)
    return np.full((1, rows.X.shape[1]), np.nan), Target(one, np.zeros(1, np.int8), one)


def _references(
    samples: Sequence[Sample], spec: ClassSpec, modes: Sequence[str]
) -> dict[str, Reference]:
    """Return the age rule of each mode. Its prior is the life a planner entered, else the rate of
    the class's average mode.

    Back-tests use what is entered today: the age rule is then the stronger rival.
    """
    known = {mode: lives(samples, mode) for mode in spec.mode_codes}
    events = sum(int(target.ends_here.sum()) for _, target in known.values())
    watched = sum(float(target.exposure.sum()) for _, target in known.values())
    rate = events / watched if watched > 0 else 0.0
    return {
        mode: _age_rule(spec, mode, rate).fit(*known[mode]) for mode in modes if len(known[mode][1])
    }


def _age_rule(spec: ClassSpec, mode: str, rate: float) -> Reference:
    entered = spec.typical_lives.get(mode)
    if entered is None:
        return Reference(spec.edges, MIN_EVENTS, rate)
    return Reference(
        spec.edges,
        MIN_EVENTS,
        entered_life=entered.life_steps,
        entered_spread=entered.spread_steps,
    )
