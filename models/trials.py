"""A trial as the benchmarks run it: learn up to one origin, be judged on everything after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.class_fits import ClassData, FitTask, prepare, run_fit, tested_rows
from models.engines import Engine, Lost
from models.metrics import best_threshold, f1_score, known_within, scores
from models.pools import Pool, stack
from models.predictors.base import survival_at
from models.samples import Sample
from models.spec import ClassSpec
from models.splits import Fold

Floats = NDArray[np.float64]
BEFORE, AFTER = "before", "after"


class TrialFailed(RuntimeError):
    """A fit of the trial was lost; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows of one group with every forecaster's survival curves (n, bins + 1)."""

    group: str
    rows: Pool
    curves: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Trial:
    """before: out-of-fold rows of training time, for thresholds; after: the rows to judge."""

    spec: ClassSpec
    before: tuple[Judged, ...]
    after: tuple[Judged, ...]

    def at_horizon(self, horizon: float) -> dict[str, Any]:
        """Return the scores over all groups, machines and decisions together (micro average).

        The threshold of F1 is the best one of training time. Rows censored before the horizon
        are not judged; neither is the row at whose very instant a component ends.
        """
        truth, risks = self._together(self.after, horizon)
        learned, foretold = self._together(self.before, horizon)
        result: dict[str, Any] = {"rows": len(truth), "failed": int(truth.sum())}
        for name, risk in risks.items():
            threshold = best_threshold(foretold[name], learned)
            at = {"threshold": threshold, "f1": f1_score(risk, truth, threshold)}
            result[name] = scores(risk, truth, risks["base"]) | at
        return result

    def _together(
        self, judged: Sequence[Judged], horizon: float
    ) -> tuple[NDArray[np.bool_], dict[str, Floats]]:
        truths, risks = [], dict[str, list[Floats]]()
        for part in judged:
            target = part.rows.target
            failed, known = known_within(target.duration, target.kind, horizon)
            truths.append(failed[known])
            for name, curve in part.curves.items():
                left = survival_at(curve[known], self.spec.edges, horizon)
                risks.setdefault(name, []).append(1.0 - left)
        return np.concatenate(truths), {n: np.concatenate(parts) for n, parts in risks.items()}


def run_trial(
    spec: ClassSpec, samples: Sequence[Sample], origin: int, engine: Engine, *, gap_steps: int
) -> Trial:
    """Return the trial of one class: train on rows up to origin - gap, judge from origin on.

    Raise TrialFailed when a fit was lost.
    """
    before = prepare(spec, [s.as_of(origin) for s in samples if s.at[0] <= origin])
    fold = Fold(origin, origin - gap_steps * spec.step_us, max(s.until for s in samples))
    after = replace(prepare(spec, samples), groups=before.groups, folds=(fold,))
    shared = {BEFORE: before, AFTER: after}
    tasks = [
        FitTask(key, group, index, len(data.samples))
        for key, data in shared.items()
        for group in range(len(data.groups))
        for index in range(len(data.folds))
    ]
    curves = {}
    for index, result in engine.stream(run_fit, tasks, shared=shared):
        if isinstance(result, Lost):
            raise TrialFailed(f"{tasks[index]}: {result.reason}")
        task = tasks[index]
        curves[task.class_code, task.group, task.fold] = result.curves
    return Trial(spec, _judged(BEFORE, before, curves), _judged(AFTER, after, curves))


def _judged(
    key: str, data: ClassData, curves: Mapping[tuple[str, int, int | None], Mapping[str, Any]]
) -> tuple[Judged, ...]:
    judged = []
    for index, group in enumerate(data.groups):
        parts = [curves[key, index, fold] for fold in range(len(data.folds))]
        if parts:
            rows = stack([tested_rows(data, group, fold) for fold in data.folds])
            joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            judged.append(Judged(group.name, rows, joined))
    return tuple(judged)
