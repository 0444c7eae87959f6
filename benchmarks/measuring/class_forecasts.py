"""What the class's hazard, its rivals and what the night would have served foretell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measuring.class_stage import Curve, Learned, Machines, risk_grids, threshold
from benchmarks.measuring.scoring import Bools, Floats, Foretold
from models import metrics
from models.choices import choose, served_curves
from models.group_models import GroupModel, reference_survival

HAZARD = "class hazard"


@dataclass(frozen=True, slots=True)
class ClassForecasts:
    """What was foretold by name; order_risk: the class hazard's risk in the order rule's window."""

    foretold: dict[str, Foretold]
    order_risk: Floats


def forecasts(learned: Learned, gapped: Sequence[GroupModel]) -> ClassForecasts:
    """Return what each forecaster says of the tested days.

    "class hazard", "age rule" and "sensor limit" are those of `gapped`, learned with the
    protocol's gap before the origin; "served" is what the class stage itself would have served
    from the origin on, at each machine's own level where that won the back-test.
    """
    fleet, spec = learned.fleet, learned.fleet.spec
    lengths = [fleet.steps(1), fleet.steps(7), float(spec.risk_steps)]
    with threadpool_limits(1):
        day, week, orders = risk_grids(learned, hazard_curves(learned, gapped), lengths)
        told = {
            HAZARD: Foretold(day, week, threshold(learned, HAZARD)),
            "age rule": _told(learned, "age rule", _age_curves(learned, gapped)),
            "served": _told(learned, "served", _served_curves(learned)),
            "sensor limit": _sensor_limit(learned, gapped),
        }
    return ClassForecasts(told, orders)


def left_out_forecasts(
    learned: Learned, parts: Sequence[Machines], fitted: Sequence[Sequence[GroupModel]]
) -> Foretold:
    """Return what is foretold of machines by a class that never learned from them.

    `fitted` are the class's groups per part, learned without its machines; every machine is in one
    part. Its threshold is the one best on the others' out-of-fold forecasts before the origin. Of
    its own past a machine's features still tell: its normal, its ages, its events.

    What was settled before the origin once for the class is not settled anew per part: recipe,
    blend and calibration, and the hazards that the back-test behind the threshold fitted. In these
    the machine had its share, so the scores are a little kinder than if all were done anew.
    """
    place = {tag: number for number, part in enumerate(parts) for tag in part}
    part_of = [place[sample.tag] for sample in learned.fleet.samples]
    curves = [hazard_curves(learned, groups) for groups in fitted]
    fixed = [threshold(learned, HAZARD, part) for part in parts]
    with threadpool_limits(1):
        day, week = _day_and_week(learned, lambda m, g: curves[part_of[m]](m, g))
    own = np.array([fixed[number] for number in part_of])
    return Foretold(day, week, np.broadcast_to(own[:, None, None], day.shape))


def hazard_curves(learned: Learned, groups: Sequence[GroupModel]) -> Curve:
    """The class's curves of the tested days: its hazard, blended and calibrated."""
    return lambda m, g: groups[g].survival(learned.fleet.samples[m].X[learned.tested])


def _told(learned: Learned, name: str, curve: Curve) -> Foretold:
    day, week = _day_and_week(learned, curve)
    return Foretold(day, week, threshold(learned, name))


def _day_and_week(learned: Learned, curve: Curve) -> tuple[Floats, Floats]:
    steps = learned.fleet.steps
    day, week = risk_grids(learned, curve, [steps(1), steps(7)])
    return day, week


def _sensor_limit(learned: Learned, groups: Sequence[GroupModel]) -> Foretold:
    """The best limit on one sensor's deviation, at the threshold best in its own training."""
    fleet = learned.fleet

    def curves(rows: Bools) -> Curve:
        return lambda m, g: groups[g].limit.predict_survival(fleet.samples[m].X[rows])

    before = fleet.known(1, learned.origin)
    trained, _ = _day_and_week(learned, curves(before))
    best = metrics.best_threshold(trained.ravel(), fleet.fails_day[..., before].ravel())
    day, week = _day_and_week(learned, curves(learned.tested))
    return Foretold(day, week, best)


def _age_curves(learned: Learned, groups: Sequence[GroupModel]) -> Curve:
    return lambda m, g: _by_age(learned, m, groups[g])


def _by_age(learned: Learned, machine: int, group: GroupModel) -> Floats:
    labels = learned.fleet.samples[machine].labels
    ages = {mode: labels[mode].age[learned.tested][:, None] for mode in group.references}
    return reference_survival(group.references, ages)


def _served_curves(learned: Learned) -> Curve:
    def curves(machine: int, number: int) -> Floats:
        group = learned.model.groups[number]
        choice = choose(learned.known[machine], learned.fleet.spec, group)
        if choice.rung == "reference":
            return _by_age(learned, machine, group)
        return served_curves(choice, learned.fleet.samples[machine].X[learned.tested])

    return curves
