"""From out-of-fold curves to verdicts: scores, gates, and the rung that serves."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.blends import near_bins
from models.class_data import AnyFold, ClassData
from models.classes import ClassModel, digest_of
from models.coverage import declared_ages, interval_coverage, intervals_of, rows_at_age
from models.features import age_columns
from models.gate import Gate, judge
from models.group_models import Curves, GroupModel, ModeGroup, Tally
from models.memory import remember
from models.metrics import known_within, log_score, reliability, scores
from models.pools import ages
from models.predictors.base import survival_at
from models.races import Race
from models.spec import ClassSpec
from models.splits import Fold
from models.tested import FORECASTERS, Tested, losses_by_rung, tested_group

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def assemble(data: ClassData, races: Sequence[Race]) -> ClassModel:
    """Return the class model; `races`, one per group, are over."""
    groups, curves = [], {sample.tag: dict[str, Curves]() for sample in data.samples}
    every: dict[str, Tested] = {}
    for group, race in zip(data.groups, races, strict=True):
        every[group.name] = tested = tested_group(data, group, race)
        groups.append(_group_model(data, group, race, tested))
        for machine, sample in enumerate(data.samples):
            curves[sample.tag][group.name] = _curves(tested, machine)
    settings = data.spec.settings_hash()
    return ClassModel(
        code=data.spec.code,
        settings=settings,
        names=tuple(str(name) for name in data.samples[0].names),
        trained_from=min(int(sample.at[0]) for sample in data.samples),
        trained_until=data.until,
        machines=len(data.samples),
        digest=digest_of(settings, data.until, data.prints),
        groups=tuple(groups),
        regimes=data.spec.regimes,
        curves=curves,
        memory=remember(data, every),
        cpu_seconds=sum(race.cpu_seconds for race in races),
    )


def _group_model(data: ClassData, group: ModeGroup, race: Race, tested: Tested) -> GroupModel:
    if race.rivals is None:
        raise ValueError(f"{group.name} has no final fit.")
    hazard, lacking = race.final(race.serving)
    shadow = race.shadow
    rung, reason = _rung(data, group, lacking, tested)
    tallies = {
        sample.tag: Tally(float(tested.observed[m]), float(tested.expected[m]), data.until)
        for m, sample in enumerate(data.samples)
    }
    return GroupModel(
        group=group,
        rung=rung,
        reason=reason,
        recipe=race.serving.name,
        hazard=hazard,
        limit=race.rivals.limit,
        blend=tested.blend,
        near_bins=near_bins(data.spec.edges, data.spec.horizon_steps),
        age_columns=age_columns(data.samples[0].names),
        calibrator=tested.calibrator,
        references=race.rivals.references,
        strength=tested.strength,
        tallies=tallies,
        gates={mode: _gate(mode, data, group, tested, rung) for mode in group.modes},
        metrics=_metrics(data, group, tested),
        tried=tuple(row.to_json() for row in race.tried.values()),
        shadow_recipe="" if shadow is None else shadow.name,
        shadow=None if shadow is None else race.final(shadow)[0],
    )


def _rung(data: ClassData, group: ModeGroup, lacking: str, tested: Tested) -> tuple[str, str]:
    """Return what serves the group: the best of the ladder on rows it never saw; the age rule
    where a hazard is `lacking`."""
    if lacking:
        return "reference", f"The age rule serves{_entered(data.spec, group)}: {lacking}"
    losses = {name: one.mean for name, one in losses_by_rung(data, tested).items()}
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


def _metrics(data: ClassData, group: ModeGroup, tested: Tested) -> dict[str, Any]:
    """Return scores at every horizon and fold, ready for JSON."""
    spec = data.spec
    events = int(tested.rows.target.ends_here.sum())
    expected = float(tested.expected.sum())
    horizons = sorted({*spec.horizons, spec.risk_steps})
    return {
        "rows": len(tested.rows),
        "events": events,
        "machines": len(np.unique(tested.rows.machine)),
        "observed_over_expected": events / expected if expected > 0 else None,
        "strength": tested.strength,
        "blend": asdict(tested.blend),
        "horizons": {str(h): _at_horizon(spec, tested, h) for h in horizons},
        "coverage_80": _coverage(data, group, tested),
        "folds": [_at_fold(spec, tested, k, fold) for k, fold in enumerate(data.folds)],
    }


def _coverage(data: ClassData, group: ModeGroup, tested: Tested) -> dict[str, Any] | None:
    """Return how often lives ended inside the stated interval; None for modes that share one
    hazard, which have no age in common."""
    if not group.certain or not len(tested.rows):
        return None
    rows, life = tested.rows, tested.rows.life
    age = ages(data.samples, group.modes[0], rows)[:, 0]
    intervals = intervals_of(tested.curves["hazard"], data.spec.edges)
    at_ages = {
        name: rows_at_age(age, life, wanted, within=float(data.spec.review_steps))
        for name, wanted in declared_ages(age, rows.target, life).items()
    }
    return interval_coverage(intervals, rows.target, life, at_ages).to_json()


def _at_fold(spec: ClassSpec, tested: Tested, index: int, fold: AnyFold) -> dict[str, Any]:
    """One fold's scores in the order rule's window; origin in microseconds UTC."""
    failed, known = _truth(tested, spec.risk_steps)
    here = known & (tested.fold == index)
    ended = tested.rows.target.ends_here & (tested.fold == index)
    told = {
        name: log_score(_risk(tested.curves[name][here], spec, spec.risk_steps), failed[here])
        for name in FORECASTERS
        if here.any()
    }
    return {
        "origin": fold.origin if isinstance(fold, Fold) else None,
        "rows": int(here.sum()),
        "events": int(ended.sum()),
        "log_score": told,
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
