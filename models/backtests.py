"""From out-of-fold curves to verdicts: levels, scores, gates, and the rung that serves."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.class_fits import FORECASTERS, ClassData, FitResult, Fitted, tested_rows
from models.classes import ClassModel, Curves, GroupModel, ModeGroup, Tally, digest_of
from models.gate import Gate, judge
from models.metrics import known_within, log_score, reliability, scores
from models.pools import Pool, no_rows, stack
from models.predictors.base import survival_at
from models.predictors.level import STRENGTHS, expected_events, level, strength_of
from models.spec import ClassSpec

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tested:
    """All tested rows of one group, their curves by forecaster, and the own level back then."""

    rows: Pool
    fold: NDArray[np.intp]
    curves: Mapping[str, Floats]
    level: Floats
    observed: Floats
    expected: Floats
    strength: float

    @property
    def own(self) -> Floats:
        """The class's curves at each machine's own level."""
        return np.asarray(self.curves["hazard"] ** self.level[:, None])


def assemble(data: ClassData, results: Mapping[tuple[int, int | None], FitResult]) -> ClassModel:
    """Return the class model; `results` by (group, fold), fold None = the final fit."""
    groups, curves = [], {sample.tag: dict[str, Curves]() for sample in data.samples}
    for index, group in enumerate(data.groups):
        fitted = results[index, None].fitted
        if fitted is None:
            raise ValueError(f"{group.name} has no final fit.")
        by_fold = [results[index, fold].curves for fold in range(len(data.folds))]
        tested = _tested(data, group, by_fold)
        groups.append(_group_model(data, group, fitted, tested))
        for machine, sample in enumerate(data.samples):
            curves[sample.tag][group.name] = _curves(tested, machine)
    settings = data.spec.settings_hash()
    return ClassModel(
        code=data.spec.code,
        settings=settings,
        names=tuple(str(name) for name in data.samples[0].names),
        trained_until=data.until,
        machines=len(data.samples),
        digest=digest_of(settings, data.until, data.prints),
        groups=tuple(groups),
        curves=curves,
        cpu_seconds=sum(result.cpu_seconds for result in results.values()),
    )


def _tested(
    data: ClassData, group: ModeGroup, by_fold: Sequence[Mapping[str, NDArray[np.float32]]]
) -> Tested:
    """Put the folds together and work out levels as each fold would have known them."""
    spec = data.spec
    parts = [tested_rows(data, group, fold) for fold in data.folds]
    rows = stack(parts) if parts else no_rows(data.samples, group.modes)
    fold = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    width = len(spec.edges) + 1
    curves = {
        name: np.concatenate([np.ones((0, width)), *(known[name] for known in by_fold)])
        for name in FORECASTERS
    }
    observed, expected = _tallies(rows, fold, curves["hazard"], data, len(parts))
    return Tested(
        rows=rows,
        fold=fold,
        curves=curves,
        level=_levels(observed, expected)[rows.machine, fold],
        observed=observed.sum(axis=1),
        expected=expected.sum(axis=1),
        strength=_strength(observed.sum(axis=1), expected.sum(axis=1)),
    )


def _tallies(
    rows: Pool, fold: NDArray[np.intp], hazard: Floats, data: ClassData, folds: int
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


def _group_model(data: ClassData, group: ModeGroup, fitted: Fitted, tested: Tested) -> GroupModel:
    spec = data.spec
    rung, reason = _rung(spec, group, fitted, tested)
    tallies = {
        sample.tag: Tally(float(tested.observed[m]), float(tested.expected[m]), data.until)
        for m, sample in enumerate(data.samples)
    }
    return GroupModel(
        group=group,
        rung=rung,
        reason=reason,
        hazard=fitted.hazard,
        references=fitted.references,
        strength=tested.strength,
        tallies=tallies,
        gates={mode: _gate(mode, data, group, tested, rung) for mode in group.modes},
        metrics=_metrics(spec, tested),
    )


def _rung(spec: ClassSpec, group: ModeGroup, fitted: Fitted, tested: Tested) -> tuple[str, str]:
    """Return what serves the group: the best of the ladder on rows it never saw."""
    if fitted.hazard is None:
        return "reference", f"The age rule serves{_entered(spec, group)}: {fitted.reason}"
    losses = _losses(spec, tested)
    if not losses:
        return "class_hazard", "The class is too young for a back-test; its hazard serves."
    rung = "class_hazard" if losses["class_hazard"] < losses["reference"] else "reference"
    if rung == "class_hazard" and losses["own_level"] <= losses["class_hazard"]:
        rung = "own_level"
    said = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
    return rung, f"Log score of the class on rows it never saw: {said}."


def _entered(spec: ClassSpec, group: ModeGroup) -> str:
    """Name the modes whose age rule rests on what a planner said."""
    names = [spec.mode_name(mode) for mode in group.modes if mode in spec.typical_lives]
    return f", from the typical life entered by a planner ({', '.join(names)})" if names else ""


def _losses(spec: ClassSpec, tested: Tested) -> dict[str, float]:
    """Log score by rung in the order rule's window; empty without tested rows."""
    failed, known = _truth(tested, spec.risk_steps)
    if not known.any():
        return {}
    curves = _by_rung(tested)
    return {
        name: log_score(_risk(curve[known], spec, spec.risk_steps), failed[known])
        for name, curve in curves.items()
    }


def _by_rung(tested: Tested) -> dict[str, Floats]:
    return {
        "reference": tested.curves["reference"],
        "class_hazard": tested.curves["hazard"],
        "own_level": tested.own,
    }


def _gate(mode: str, data: ClassData, group: ModeGroup, tested: Tested, rung: str) -> Gate:
    """Judge what serves the mode; a mode that shares a hazard has too few events for a verdict."""
    spec = data.spec
    failed, known = _truth(tested, spec.risk_steps)
    hazard = tested.own if rung == "own_level" else tested.curves["hazard"]
    curves = {"hazard": hazard, **{r: tested.curves[r] for r in ("reference", "limit")}}
    events = int(tested.rows.target.ends_here.sum())
    return judge(
        mode,
        name=spec.mode_name(mode),
        risks={name: _risk(c[known], spec, spec.risk_steps) for name, c in curves.items()},
        failed=failed[known],
        machine=tested.rows.machine[known],
        events=min(events, group.events[group.modes.index(mode)]),
        costs=spec.costs,
        seed=zlib.crc32(" ".join([*data.prints, mode, "gate"]).encode()),
    )


def _metrics(spec: ClassSpec, tested: Tested) -> dict[str, Any]:
    """Return scores at every horizon, ready for JSON."""
    events = int(tested.rows.target.ends_here.sum())
    expected = float(tested.expected.sum())
    horizons = sorted({*spec.horizons, spec.risk_steps})
    return {
        "rows": len(tested.rows),
        "events": events,
        "machines": len(np.unique(tested.rows.machine)),
        "observed_over_expected": events / expected if expected > 0 else None,
        "strength": tested.strength,
        "horizons": {str(h): _at_horizon(spec, tested, h) for h in horizons},
    }


def _at_horizon(spec: ClassSpec, tested: Tested, horizon: int) -> dict[str, Any]:
    failed, known = _truth(tested, horizon)
    truth = failed[known]
    base = _risk(tested.curves["base"][known], spec, horizon)
    curves = {**{n: tested.curves[n] for n in FORECASTERS}, "own_level": tested.own}
    risks = {name: _risk(curve[known], spec, horizon) for name, curve in curves.items()}
    return {
        "rows": int(known.sum()),
        "failed": int(truth.sum()),
        "base_rate": float(truth.mean()) if len(truth) else None,
        **{name: scores(risk, truth, base) for name, risk in risks.items()},
        "reliability": reliability(risks["hazard"], truth),
    }


def _truth(tested: Tested, horizon: float) -> tuple[Bools, Bools]:
    return known_within(tested.rows.target.duration, tested.rows.target.kind, horizon)


def _risk(curve: Floats, spec: ClassSpec, horizon: float) -> Floats:
    return np.asarray(1.0 - survival_at(curve, spec.edges, horizon))


def _curves(tested: Tested, machine: int) -> Curves:
    mine = np.flatnonzero(tested.rows.machine == machine)
    mine = mine[np.argsort(tested.rows.at[mine], kind="stable")]
    return Curves(
        at=tested.rows.at[mine],
        hazard=tested.curves["hazard"][mine].astype(np.float32),
        reference=tested.curves["reference"][mine].astype(np.float32),
        level=tested.level[mine],
    )
