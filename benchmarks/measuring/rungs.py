"""Every rung of the ladder side by side on the same decisions, and what the product would serve.

All rungs learn the same: what was known of every machine at its cut. `own` is one hazard per
machine on its own rows only, whatever that may be worth; a machine with too few failures for any
fit has the age rule's forecast there, as it would have in the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.measuring.tasks import TaskLost, in_parallel
from models import ClassModel, ClassSpec, Sample, fit_classes, metrics
from models.choices import Choice, choose, served_curves
from models.engines import Engine, Lost
from models.group_models import GroupModel, reference_survival
from models.own import OwnHazard, own_hazard
from models.predictors.base import survival_at

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SERVED = "served"
RUNGS = ("reference", "own", "class", "own_level", "deep")


@dataclass(frozen=True, slots=True)
class Trial:
    """Machines as they were `known` when everything was learned, and as they are in the end.

    tested: per machine the rows (n,) of the latter to be judged; horizon in steps.
    """

    spec: ClassSpec
    known: tuple[Sample, ...]
    whole: tuple[Sample, ...]
    tested: tuple[Bools, ...]
    horizon: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Brier score by rung, None where a rung is not there, with the reason; and of what serves.

    rungs_served: how many groups of modes of how many machines each rung serves.
    """

    brier: Mapping[str, float | None]
    served: float
    missing: Mapping[str, str]
    rungs_served: Mapping[str, int]
    decisions: int
    failed: int

    @property
    def excess(self) -> float:
        """By what share of its Brier score what serves is worse than the best rung."""
        best = min(score for score in self.brier.values() if score is not None)
        return self.served / best - 1.0

    def to_json(self) -> dict[str, Any]:
        """Return one row of the report."""
        told = {name: self.brier[name] for name in RUNGS}
        counts = {"decisions": self.decisions, "failed": self.failed}
        return {**told, SERVED: self.served, "excess": self.excess, **counts}


def judge_rungs(trial: Trial, engine: Engine) -> Judged:
    """Return the Brier scores of "fails within the horizon" over all machines and modes."""
    model, missing = _class_model(trial.spec, trial, engine), {}
    if isinstance(model, Lost):
        raise TaskLost(model.reason)
    deep = _class_model(replace(trial.spec, predictor="deep"), trial, engine)
    if isinstance(deep, Lost):
        missing["deep"] = deep.reason
    elif any(group.hazard is None for group in deep.groups):
        missing["deep"] = next(g.reason for g in deep.groups if g.hazard is None)
    usable = None if missing else deep
    told = in_parallel(engine, _machine, len(trial.whole), shared=(trial, model, usable))
    failed = np.concatenate([one.failed for one in told])
    risks = {name: np.concatenate([one.risks[name] for one in told]) for name in told[0].risks}
    scores = {name: metrics.brier_score(risk, failed) for name, risk in risks.items()}
    rungs = [rung for one in told for rung in one.rungs]
    return Judged(
        brier={name: scores.get(name) for name in RUNGS},
        served=scores[SERVED],
        missing=missing,
        rungs_served={rung: rungs.count(rung) for rung in sorted(set(rungs))},
        decisions=len(failed),
        failed=int(failed.sum()),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """One machine's risks by rung and what happened, all modes together; rungs by group."""

    risks: Mapping[str, Floats]
    failed: Bools
    rungs: tuple[str, ...]


def _class_model(spec: ClassSpec, trial: Trial, engine: Engine) -> ClassModel | Lost:
    ((_, model),) = fit_classes({spec.code: trial.known}, {spec.code: spec}, engine)
    return model


def _machine(index: int, shared: tuple[Trial, ClassModel, ClassModel | None]) -> _Told:
    trial, model, deep = shared
    known, whole = trial.known[index], trial.whole[index]
    risks: dict[str, list[Floats]] = {}
    failed, rungs = [], []
    with threadpool_limits(1):
        for number, group in enumerate(model.groups):
            curves = model.curves.get(known.tag, {}).get(group.group.name)
            choice = choose(known, trial.spec, group, curves)
            rungs.append(choice.rung)
            deep_group = None if deep is None else deep.groups[number].of(known.tag)
            for mode, share in zip(group.group.modes, group.group.shares, strict=True):
                rows, happened = _judged_rows(trial, index, mode)
                failed.append(happened)
                told = _curves(trial, choice, deep_group, known, whole, rows)
                for name, curve in told.items():
                    left = survival_at(curve**share, trial.spec.edges, trial.horizon)
                    risks.setdefault(name, []).append(1.0 - left)
    joined = {name: np.concatenate(parts) for name, parts in risks.items()}
    return _Told(joined, np.concatenate(failed), tuple(rungs))


def _judged_rows(trial: Trial, index: int, mode: str) -> tuple[NDArray[np.intp], Bools]:
    """Return the tested rows with a life to judge and a known end, and whether it failed."""
    label = trial.whole[index].labels[mode]
    failed, known = metrics.known_within(label.duration, label.kind, trial.horizon)
    rows = np.flatnonzero(trial.tested[index] & label.at_risk & (label.duration > 0) & known)
    return rows, failed[rows]


def _curves(
    trial: Trial,
    choice: Choice,
    deep: GroupModel | None,
    known: Sample,
    whole: Sample,
    rows: NDArray[np.intp],
) -> dict[str, Floats]:
    """Every rung's curves (rows, bins + 1) of one group of modes of one machine."""
    group, X = choice.model, whole.X[rows]
    ages = {mode: whole.labels[mode].age[rows][:, None] for mode in group.group.modes}
    by_age = reference_survival(group.references, ages)
    of_class = by_age if group.hazard is None else group.survival(X)
    asked = replace(trial.spec, predictor="own")
    own = own_hazard(known, asked, group, None)
    is_by_age = choice.rung not in ("class_hazard", "own_level", "own_hazard")
    told = {
        "reference": by_age,
        "own": own.hazard.predict_survival(X) if isinstance(own, OwnHazard) else by_age,
        "class": of_class,
        "own_level": of_class**choice.level,
        SERVED: by_age if is_by_age else served_curves(choice, X),
    }
    return told if deep is None else told | {"deep": deep.survival(X)}


def worst_excess(judged: Sequence[Judged]) -> float:
    """Return the greatest excess over sets; at most 0.02 is asked for."""
    return max(one.excess for one in judged)
