"""What others would have said beside what is served: kept with every forecast, scored with it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.choices import Choice
from models.forecasts import risk_within
from models.own import OwnHazard
from models.samples import Sample
from models.spec import ClassSpec

Floats = NDArray[np.float64]
Told = Mapping[str, Mapping[str, Floats]]


def peer_curves(choice: Choice, sample: Sample) -> Told:
    """Return, by name and mode, the survival curve (bins + 1,) of everybody who has an opinion.

    reference: the age rule; limit: the best single-sensor limit; class_hazard, own_level,
    own_hazard: the rungs of the ladder that were fitted; shadow: the challenger in the place of the
    class's hazard.
    """
    model, newest = choice.model, sample.X[-1:]
    of_group = {"limit": model.limit.predict_survival(newest)[0]}
    if model.hazard is not None:
        of_group["class_hazard"] = model.survival(newest)[0]
        of_group["own_level"] = of_group["class_hazard"] ** choice.level
    shadow = model.shadow_survival(newest)
    if shadow is not None:
        of_group["shadow"] = shadow[0] ** (choice.level if choice.rung == "own_level" else 1.0)
    if isinstance(choice.own, OwnHazard):
        of_group["own_hazard"] = choice.own.hazard.predict_survival(newest)[0]
    shares = dict(zip(model.group.modes, model.group.shares, strict=True))
    told = {
        name: {mode: curve**share for mode, share in shares.items()}
        for name, curve in of_group.items()
    }
    ages = {mode: sample.labels[mode].age[-1:][:, None] for mode in model.references}
    by_age = {m: rule.predict_survival(ages[m])[0] for m, rule in model.references.items()}
    return told | {"reference": by_age}


def peer_risks(told: Told, mode: str, spec: ClassSpec) -> dict[str, float]:
    """Return the risk of one mode in the order rule's window, by name."""
    return {
        name: risk_within(curves[mode], spec.edges, spec.risk_steps)
        for name, curves in told.items()
        if mode in curves
    }
