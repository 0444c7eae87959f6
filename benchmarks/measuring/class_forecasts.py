"""What the class's hazard and the age rule foretell, fitted by the library's own class stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.scoring import Bools, Floats, Foretold
from benchmarks.measuring.tasks import TaskLost, in_parallel
from models import ClassModel, Sample, fit_classes, metrics
from models.choices import choose, served_curves
from models.class_data import ClassData, prepare
from models.class_fits import Rivals, fit_hazard, fit_rivals
from models.engines import Engine, Lost
from models.group_models import ClassHazard, Curves, GroupModel, blend, reference_survival
from models.predictors.base import Table, survival_at
from models.recipes import BY_NAME

TellFits = Callable[[int, int], None]


def forecasts(fleet: Fleet, origin: int, engine: Engine, tell: TellFits) -> dict[str, Foretold]:
    """Return the class hazard, its rivals and what the night of `origin` would have served.

    1. The class stage on what was known at the origin: back-tests before it fix the thresholds.
    2. Hazard, age rule and the best single-sensor limit once more, with a gap before the origin,
       foretell the tested days. (The limit's threshold is the best on its own training days.)
    3. "served" is the model of 1 with each machine's own level where that won the back-test.
    """
    known = fleet.as_of(origin)
    model = _class_model(fleet, known, engine, tell)
    data = prepare(fleet.spec, known)
    gapped = _gapped(fleet, data, model, origin, engine)
    tested = fleet.at >= origin
    curves = {
        "class hazard": lambda m, g: _class_curves(
            gapped[g], model.groups[g], _rows(fleet, m, tested)
        ),
        "age rule": lambda m, g: _age_curves(fleet, m, gapped[g].rivals, tested),
        "served": lambda m, g: _served(fleet, known[m], model.groups[g], m, tested),
    }
    with threadpool_limits(1):
        told = {
            name: _foretold(fleet, model, curve, _threshold(fleet, model, origin, name))
            for name, curve in curves.items()
        }
        return told | {"sensor limit": _sensor_limit(fleet, model, gapped, origin)}


def _sensor_limit(fleet: Fleet, model: ClassModel, gapped: list[Gapped], origin: int) -> Foretold:
    """The best limit on one sensor's deviation, at the threshold best in its own training."""

    def curves(rows: Bools) -> Callable[[int, int], Floats]:
        return lambda m, g: gapped[g].rivals.limit.predict_survival(_rows(fleet, m, rows))

    learned = fleet.known(1, origin)
    trained = _foretold(fleet, model, curves(learned), 0.0)
    threshold = metrics.best_threshold(trained.day.ravel(), fleet.fails_day[..., learned].ravel())
    return _foretold(fleet, model, curves(fleet.at >= origin), threshold)


def _class_model(
    fleet: Fleet, known: tuple[Sample, ...], engine: Engine, tell: TellFits
) -> ClassModel:
    code = fleet.spec.code
    ((_, model),) = fit_classes({code: known}, {code: fleet.spec}, engine, tell)
    if isinstance(model, Lost):
        raise TaskLost(model.reason)
    return model


@dataclass(frozen=True, slots=True)
class Gapped:
    """One group's predictors, learned with the gap of the protocol before the origin."""

    hazard: ClassHazard
    rivals: Rivals


def _gapped(
    fleet: Fleet, data: ClassData, model: ClassModel, origin: int, engine: Engine
) -> list[Gapped]:
    """The recipe that the class stage chose before the origin, and its rivals, by group."""
    recipes = [group.recipe for group in model.groups]
    shared = (data, recipes, fleet.fold(origin))
    return in_parallel(engine, _fit, len(data.groups), shared=shared)


def _fit(index: int, shared: Any) -> Gapped:
    data, recipes, fold = shared
    group = data.groups[index]
    rows = data.learned_rows(data.samples, group, fold)
    hazard, reason = fit_hazard(rows, data, BY_NAME[recipes[index]], data.seed(group, fold))
    if hazard is None:
        raise TaskLost(reason)
    return Gapped(hazard, fit_rivals(data, group, data.samples, rows))


def _class_curves(fitted: Gapped, model: GroupModel, X: Table) -> Floats:
    """The class's curves: its hazard, blended and calibrated as the nights before have learned."""
    curve = blend(
        fitted.hazard.predict_survival(X),
        fitted.rivals.limit.predict_survival(X),
        model.limit_share,
    )
    return model.calibrator.apply(curve)


def _rows(fleet: Fleet, machine: int, rows: Bools) -> Table:
    return fleet.samples[machine].X[rows]


def _ages(fleet: Fleet, machine: int, modes: tuple[str, ...], rows: Bools) -> dict[str, Floats]:
    labels = fleet.samples[machine].labels
    return {mode: labels[mode].age[rows][:, None] for mode in modes}


def _age_curves(fleet: Fleet, machine: int, fitted: Rivals, rows: Bools) -> Floats:
    ages = _ages(fleet, machine, tuple(fitted.references), rows)
    return reference_survival(fitted.references, ages)


def _served(fleet: Fleet, known: Sample, model: GroupModel, machine: int, rows: Bools) -> Floats:
    choice = choose(known, fleet.spec, model)
    if choice.rung == "reference":
        ages = _ages(fleet, machine, model.group.modes, rows)
        return reference_survival(model.references, ages)
    return served_curves(choice, _rows(fleet, machine, rows))


def _served_back_then(curves: Curves, model: GroupModel) -> Floats:
    if model.rung == "reference":
        return curves.reference.astype(float)
    level = curves.level[:, None] if model.rung == "own_level" else 1.0
    return np.asarray(curves.hazard.astype(float) ** level)


def _foretold(
    fleet: Fleet,
    model: ClassModel,
    curve: Callable[[int, int], Floats],
    threshold: float,
) -> Foretold:
    """Risks of every machine, mode and tested day; a shared hazard is split by its shares."""
    grids: dict[int, dict[tuple[int, str], Floats]] = {1: {}, 7: {}}
    for machine in range(len(fleet.samples)):
        for index, group in enumerate(model.groups):
            survival = curve(machine, index)
            for mode, share in zip(group.group.modes, group.group.shares, strict=True):
                for days, risks in grids.items():
                    risks[machine, mode] = _risk(fleet, survival**share, days)
    day, week = (_grid(fleet, risks) for risks in grids.values())
    return Foretold(day, week, threshold)


def _risk(fleet: Fleet, survival: Floats, days: int) -> Floats:
    return np.asarray(1.0 - survival_at(survival, fleet.spec.edges, fleet.steps(days)))


def _grid(fleet: Fleet, risks: Mapping[tuple[int, str], Floats]) -> Floats:
    machines = range(len(fleet.samples))
    return np.array([[risks[machine, mode] for mode in fleet.modes] for machine in machines])


def _threshold(fleet: Fleet, model: ClassModel, origin: int, name: str) -> float:
    """The threshold of greatest F1 on the out-of-fold forecasts before the origin."""
    risks, failed = [], []
    for machine, sample in enumerate(fleet.samples):
        for group in model.groups:
            curves = model.curves[sample.tag][group.group.name]
            survival = _BACK_TESTED[name](curves, group)
            rows = np.searchsorted(fleet.at, curves.at)
            told = fleet.known(1, origin)[rows]
            for mode, share in zip(group.group.modes, group.group.shares, strict=True):
                truth = fleet.fails_day[machine, fleet.modes.index(mode), rows]
                risks.append(_risk(fleet, survival**share, 1)[told])
                failed.append(truth[told])
    return metrics.best_threshold(np.concatenate(risks), np.concatenate(failed))


_BACK_TESTED: Mapping[str, Callable[[Curves, GroupModel], Floats]] = {
    "class hazard": lambda curves, _: curves.hazard.astype(float),
    "age rule": lambda curves, _: curves.reference.astype(float),
    "served": _served_back_then,
}
