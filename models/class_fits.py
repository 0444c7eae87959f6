"""The class stage's tasks: one fit per group of modes and origin, and the final one."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from models.classes import POOLED, ModeGroup, reference_survival
from models.gate import MIN_EVENTS
from models.pools import Pool, ages, event_counts, fingerprint, in_order, lives, pool
from models.predictors.base import CannotFit, Table, Target
from models.predictors.hazard import Hazard
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference
from models.samples import Sample
from models.spec import ClassSpec
from models.splits import Fold, forward_folds

# A mode that never failed keeps this weight in the split of a shared hazard.
SHARE_PRIOR = 0.5
FORECASTERS = ("hazard", "reference", "limit", "base")


@dataclass(frozen=True, slots=True)
class ClassData:
    """What every task of one class is given: samples in canonical order, groups, folds, seed."""

    spec: ClassSpec
    samples: tuple[Sample, ...]
    prints: tuple[str, ...]
    groups: tuple[ModeGroup, ...]
    folds: tuple[Fold, ...]

    @property
    def until(self) -> int:
        """The instant up to which the class has learned."""
        return max(sample.until for sample in self.samples)


@dataclass(frozen=True, slots=True)
class FitTask:
    """Fit one group up to one origin; `fold` None = the final fit on everything."""

    class_code: str
    group: int
    fold: int | None
    weight: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The predictors of one group as of one cut. hazard None: `reason` says why."""

    hazard: Hazard | None
    reason: str
    references: Mapping[str, Reference]
    limit: SensorLimit
    base: SensorLimit


@dataclass(frozen=True, slots=True)
class FitResult:
    """`fitted` of the final fit; `curves` by forecaster, (n, bins + 1), of a fold's test rows."""

    fitted: Fitted | None
    curves: Mapping[str, NDArray[np.float32]]
    cpu_seconds: float


def prepare(spec: ClassSpec, samples: Sequence[Sample], folds: int | None = None) -> ClassData:
    """Return what the class stage works on; `folds` keeps only the newest origins."""
    ordered = in_order(samples)
    first_at = min(int(sample.at[0]) for sample in ordered)
    until = max(sample.until for sample in ordered)
    return ClassData(
        spec=spec,
        samples=ordered,
        prints=tuple(fingerprint(sample) for sample in ordered),
        groups=group_modes(event_counts(ordered, spec.mode_codes)),
        folds=forward_folds(spec, first_at, until, newest=folds),
    )


def group_modes(events: Mapping[str, int]) -> tuple[ModeGroup, ...]:
    """Return one group per mode with enough events, and one for all the others together."""
    alone = [mode for mode, count in events.items() if count >= MIN_EVENTS]
    rare = tuple(mode for mode in events if mode not in alone)
    groups = [ModeGroup(mode, (mode,), (1.0,), (events[mode],)) for mode in alone]
    if rare:
        weights = [events[mode] + SHARE_PRIOR for mode in rare]
        shares = tuple(weight / sum(weights) for weight in weights)
        name = rare[0] if len(rare) == 1 else POOLED
        groups.append(ModeGroup(name, rare, shares, tuple(events[mode] for mode in rare)))
    return tuple(groups)


def fit_tasks(data: ClassData) -> list[FitTask]:
    """Return the tasks of one class; those of a group without an event have nothing to learn."""
    rows = float(sum(len(sample.at) for sample in data.samples))
    folds: list[int | None] = [None, *range(len(data.folds))]
    return [
        FitTask(data.spec.code, group, fold, rows * (1.0 if fold is None else (fold + 1) / 5))
        for group in range(len(data.groups))
        for fold in folds
    ]


def run_fit(task: FitTask, shared: Mapping[str, ClassData]) -> FitResult:
    """Fit one task, one thread; a fold's predictors only live to foretell its test rows."""
    started = time.process_time()
    data = shared[task.class_code]
    group = data.groups[task.group]
    fitted, curves = None, dict[str, NDArray[np.float32]]()
    with threadpool_limits(1):
        if task.fold is None:
            fitted = fit_group(data, group, data.samples, None)
        else:
            curves = _out_of_fold(data, group, data.folds[task.fold])
    return FitResult(fitted, curves, time.process_time() - started)


def tested_rows(data: ClassData, group: ModeGroup, fold: Fold) -> Pool:
    """Return the rows a fold is tested on, with what is known of them today."""
    everything = pool(data.samples, group.modes)
    return everything.take(fold.test(everything.at))


def fit_group(
    data: ClassData, group: ModeGroup, samples: Sequence[Sample], fold: Fold | None
) -> Fitted:
    """Return the predictors of one group, learned from samples as they were known at a cut."""
    spec = data.spec
    rows = pool(samples, group.modes)
    if fold is not None:
        rows = rows.take(fold.train(rows.at))
    hazard, reason = _hazard(rows, spec, _seed(data, group, fold))
    limits = deviation_columns(data.samples[0], spec)
    window = float(spec.risk_steps)
    return Fitted(
        hazard=hazard,
        reason=reason,
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


def _hazard(rows: Pool, spec: ClassSpec, seed: int) -> tuple[Hazard | None, str]:
    try:
        return Hazard(spec.edges, near=spec.risk_steps, seed=seed).fit(rows.X, rows.target), ""
    except CannotFit as trouble:
        return None, str(trouble)


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


def _out_of_fold(data: ClassData, group: ModeGroup, fold: Fold) -> dict[str, NDArray[np.float32]]:
    """Learn what was known at the fold's origin and foretell the rows after it."""
    known = [sample.as_of(fold.origin) for sample in data.samples]
    fitted = fit_group(data, group, known, fold)
    return _foretell(fitted, data.samples, group, tested_rows(data, group, fold))


def _foretell(
    fitted: Fitted, samples: Sequence[Sample], group: ModeGroup, rows: Pool
) -> dict[str, NDArray[np.float32]]:
    """Return every forecaster's curves; where no hazard could be fitted, the age rule's."""
    age = {mode: ages(samples, mode, rows) for mode in group.modes}
    reference = reference_survival(fitted.references, age)
    hazard = reference if fitted.hazard is None else fitted.hazard.predict_survival(rows.X)
    curves = {
        "hazard": hazard,
        "reference": reference,
        "limit": fitted.limit.predict_survival(rows.X),
        "base": fitted.base.predict_survival(rows.X),
    }
    return {name: curve.astype(np.float32) for name, curve in curves.items()}


def _seed(data: ClassData, group: ModeGroup, fold: Fold | None) -> int:
    """Return a seed from what was learned and why, never from a name of a machine."""
    purpose = f"{group.name} {fold.origin if fold else 'final'}"
    return zlib.crc32(" ".join([*data.prints, purpose]).encode())
