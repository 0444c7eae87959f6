"""A group's model as data: JSON for the manifest, arrays and estimator bytes for the parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.blends import Blend
from models.calibration import Calibrator
from models.fit_parts import Parts, fit_parts, fits_from_parts, fits_to_json, revive, state_of
from models.gate import Gate
from models.group_models import GroupModel, ModeGroup, Tally
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference


def group_to_json(model: GroupModel) -> dict[str, Any]:
    """Return what of a group is JSON; `group_parts` has the rest."""
    return {
        "group": asdict(model.group),
        "rung": model.rung,
        "reason": model.reason,
        "recipe": model.recipe,
        "hazard": fits_to_json(model.hazard),
        "shadow_recipe": model.shadow_recipe,
        "shadow": fits_to_json(model.shadow),
        "limit": state_of(model.limit, but={"hazards_"})
        | {"hazards_": np.asarray(model.limit.hazards_).tolist()},
        "blend": asdict(model.blend),
        "near_bins": model.near_bins,
        "age_columns": dict(model.age_columns),
        "calibrator": model.calibrator.to_json(),
        "references": {mode: state_of(reference) for mode, reference in model.references.items()},
        "strength": model.strength,
        "tallies": {tag: asdict(tally) for tag, tally in model.tallies.items()},
        "gates": {mode: gate.to_json() for mode, gate in model.gates.items()},
        "metrics": dict(model.metrics),
        "tried": [dict(row) for row in model.tried],
    }


def group_parts(model: GroupModel, index: int) -> Parts:
    """Return the arrays and estimator bytes of the group at this place among its class's."""
    parts: Parts = {}
    for name, fits in (("hazard", model.hazard), ("shadow", model.shadow)):
        parts |= fit_parts(fits, f"{index}.{name}")
    return parts


def group_from_parts(
    said: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
    index: int,
) -> GroupModel:
    """Return the group that was packed; its forecasts are the same."""
    limit = revive(SensorLimit, said["limit"])
    limit.hazards_ = np.array(said["limit"]["hazards_"])
    return GroupModel(
        group=ModeGroup(
            name=said["group"]["name"],
            modes=tuple(said["group"]["modes"]),
            shares=tuple(said["group"]["shares"]),
            events=tuple(said["group"]["events"]),
        ),
        rung=said["rung"],
        reason=said["reason"],
        recipe=said["recipe"],
        hazard=fits_from_parts(said["hazard"], f"{index}.hazard", arrays, blobs),
        limit=limit,
        blend=Blend(**said["blend"]),
        near_bins=said["near_bins"],
        age_columns=said["age_columns"],
        calibrator=Calibrator.from_json(said["calibrator"]),
        references={mode: revive(Reference, state) for mode, state in said["references"].items()},
        strength=said["strength"],
        tallies={tag: Tally(**tally) for tag, tally in said["tallies"].items()},
        gates={mode: Gate(**gate) for mode, gate in said["gates"].items()},
        metrics=said["metrics"],
        tried=tuple(said["tried"]),
        shadow_recipe=said["shadow_recipe"],
        shadow=fits_from_parts(said["shadow"], f"{index}.shadow", arrays, blobs),
    )
