"""What a class knew at an origin: the library's own class stage; its choice, fitted with a gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.scoring import Bools, Floats
from benchmarks.measuring.tasks import TaskLost, in_parallel
from models import ClassModel, Sample, fit_classes, metrics
from models.class_data import ClassData, prepare
from models.class_fits import Rivals, fit_hazard, fit_rivals
from models.cross_fits import CrossFit, Fitted
from models.engines import Engine, Lost
from models.group_models import Curves, GroupModel, ModeGroup
from models.predictors.base import survival_at
from models.recipes import BY_NAME
from models.splits import Fold

TellFits = Callable[[int, int], None]
Curve = Callable[[int, int], Floats]
"""Survival (days, bins + 1) of a machine and a group of modes, both by number."""
Machines = frozenset[str]
"""Machines by the names of their samples."""

NOBODY: Machines = frozenset()


@dataclass(frozen=True, slots=True)
class Learned:
    """What the class stage made of everything known at `origin`.

    `known` are the samples as of then in the order of the fleet; `data` holds them in canonical
    order.
    """

    fleet: Fleet
    origin: int
    known: tuple[Sample, ...]
    model: ClassModel
    data: ClassData

    @property
    def tested(self) -> Bools:
        """The decisions from the origin on, (days,)."""
        return self.fleet.at >= self.origin

    @property
    def groups(self) -> tuple[ModeGroup, ...]:
        """The groups of modes, in the order of the model's."""
        return tuple(group.group for group in self.model.groups)


def learn_class(fleet: Fleet, origin: int, engine: Engine, tell: TellFits) -> Learned:
    """Run the class stage on what was known at the origin; raise TaskLost."""
    code, known = fleet.spec.code, fleet.as_of(origin)
    ((_, model),) = fit_classes({code: known}, {code: fleet.spec}, engine, tell)
    if isinstance(model, Lost):
        raise TaskLost(model.reason)
    return Learned(fleet, origin, known, model, prepare(fleet.spec, known))


def fit_gapped(
    learned: Learned, left_out: Sequence[Machines], engine: Engine
) -> list[list[GroupModel]]:
    """Return the class's groups once per set of machines left out, learned from all the others.

    Recipes, blend and calibration are those that the class stage found before the origin; hazard
    and rivals are fitted anew, on rows that end a gap before it.
    """
    recipes = [group.recipe for group in learned.model.groups]
    shared = (learned.data, recipes, learned.fleet.fold(learned.origin), left_out)
    groups = learned.model.groups
    fits = in_parallel(engine, _fit, len(left_out) * len(groups), shared=shared)
    fitted = iter(fits)
    return [
        [_fitted_anew(group, *next(fitted)) for group in groups]  # part by part, as `_fit` counts
        for _ in left_out
    ]


_Fits = tuple[Fitted, Rivals]


def _fit(index: int, shared: tuple[ClassData, Sequence[str], Fold, Sequence[Machines]]) -> _Fits:
    data, recipes, fold, left_out = shared
    part, number = divmod(index, len(data.groups))
    group = data.groups[number]
    taught = [sample for sample in data.samples if sample.tag not in left_out[part]]
    rows = data.learned_rows(taught, group, fold)
    with threadpool_limits(1):
        recipe, seed = BY_NAME[recipes[number]], data.seed(group, fold)
        hazard, reason = fit_hazard(rows, data, recipe, seed)
        if hazard is None:
            raise TaskLost(f"{group.name}: {reason}")
        return hazard, fit_rivals(data, group, taught, rows)


def _fitted_anew(group: GroupModel, hazard: Fitted, rivals: Rivals) -> GroupModel:
    seen = CrossFit((hazard,), (frozenset(),))
    return replace(group, hazard=seen, limit=rivals.limit, references=rivals.references)


def risk_grids(learned: Learned, curve: Curve, lengths: Sequence[float]) -> list[Floats]:
    """Return the risk of every machine, mode and day within each of `lengths` steps.

    A hazard that modes share is split by its shares.
    """
    fleet, rows = learned.fleet, list[list[dict[str, Floats]]]()
    for machine in range(len(fleet.samples)):
        told = [dict[str, Floats]() for _ in lengths]
        for number, group in enumerate(learned.groups):
            survival = curve(machine, number)
            for mode, share in zip(group.modes, group.shares, strict=True):
                for risks, steps in zip(told, lengths, strict=True):
                    risks[mode] = _risk(fleet, survival**share, steps)
        rows.append(told)
    return [
        np.array([[told[k][mode] for mode in fleet.modes] for told in rows])
        for k in range(len(lengths))
    ]


def threshold(learned: Learned, served: str, left_out: Machines = NOBODY) -> float:
    """Return the threshold of greatest F1 on out-of-fold forecasts before the origin.

    `served` is an entry of BACK_TESTED; machines left out have no say.
    """
    fleet, risks, failed = learned.fleet, [], []
    for machine, sample in enumerate(fleet.samples):
        if sample.tag in left_out:
            continue
        for group in learned.model.groups:
            curves = learned.model.curves[sample.tag][group.group.name]
            survival = BACK_TESTED[served](curves, group)
            rows = np.searchsorted(fleet.at, curves.at)
            told = fleet.known(1, learned.origin)[rows]
            for mode, share in zip(group.group.modes, group.group.shares, strict=True):
                truth = fleet.fails_day[machine, fleet.modes.index(mode), rows]
                risks.append(_risk(fleet, survival**share, fleet.steps(1))[told])
                failed.append(truth[told])
    return metrics.best_threshold(np.concatenate(risks), np.concatenate(failed))


def _risk(fleet: Fleet, survival: Floats, steps: float) -> Floats:
    return np.asarray(1.0 - survival_at(survival, fleet.spec.edges, steps))


def _served_back_then(curves: Curves, model: GroupModel) -> Floats:
    if model.rung == "reference":
        return curves.reference.astype(float)
    level = curves.level[:, None] if model.rung == "own_level" else 1.0
    return np.asarray(curves.hazard.astype(float) ** level)


BACK_TESTED: Mapping[str, Callable[[Curves, GroupModel], Floats]] = {
    "class hazard": lambda curves, _: curves.hazard.astype(float),
    "age rule": lambda curves, _: curves.reference.astype(float),
    "served": _served_back_then,
}
