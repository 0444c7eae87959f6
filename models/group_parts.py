"""A group's model as data: JSON for the manifest, arrays and estimator bytes for the parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.artifacts import deflate_estimator, inflate_estimator
from models.blends import Blend
from models.calibration import Calibrator
from models.gate import Gate
from models.group_models import ClassHazard, GroupModel, ModeGroup, Tally
from models.predictors.base import FailurePredictor
from models.predictors.deep import Deep
from models.predictors.ensemble import Ensemble
from models.predictors.hazard import Hazard
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference

WEIGHTS = "weights."
Parts = dict[str, bytes | NDArray[Any]]
P = TypeVar("P", bound=FailurePredictor)


def group_to_json(model: GroupModel) -> dict[str, Any]:
    """Return what of a group is JSON; `group_parts` has the rest."""
    return {
        "group": asdict(model.group),
        "rung": model.rung,
        "reason": model.reason,
        "recipe": model.recipe,
        "hazard": _hazard_to_json(model.hazard),
        "shadow_recipe": model.shadow_recipe,
        "shadow": _hazard_to_json(model.shadow),
        "limit": _state(model.limit, but={"hazards_"})
        | {"hazards_": np.asarray(model.limit.hazards_).tolist()},
        "blend": asdict(model.blend),
        "near_bins": model.near_bins,
        "age_columns": dict(model.age_columns),
        "calibrator": model.calibrator.to_json(),
        "references": {mode: _state(reference) for mode, reference in model.references.items()},
        "strength": model.strength,
        "tallies": {tag: asdict(tally) for tag, tally in model.tallies.items()},
        "gates": {mode: gate.to_json() for mode, gate in model.gates.items()},
        "metrics": dict(model.metrics),
        "tried": [dict(row) for row in model.tried],
    }


def group_parts(model: GroupModel, index: int) -> Parts:
    """Return the arrays and estimator bytes of the group at this place among its class's."""
    parts: Parts = {}
    for name, hazard in (("hazard", model.hazard), ("shadow", model.shadow)):
        parts |= {f"{index}.{name}.{part}": found for part, found in _parts_of(hazard).items()}
    return parts


def group_from_parts(
    said: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
    index: int,
) -> GroupModel:
    """Return the group that was packed; its forecasts are the same."""
    limit = _revive(SensorLimit, said["limit"])
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
        hazard=_hazard(said["hazard"], f"{index}.hazard", arrays, blobs),
        limit=limit,
        blend=Blend(**said["blend"]),
        near_bins=said["near_bins"],
        age_columns=said["age_columns"],
        calibrator=Calibrator.from_json(said["calibrator"]),
        references={mode: _revive(Reference, state) for mode, state in said["references"].items()},
        strength=said["strength"],
        tallies={tag: Tally(**tally) for tag, tally in said["tallies"].items()},
        gates={mode: Gate(**gate) for mode, gate in said["gates"].items()},
        metrics=said["metrics"],
        tried=tuple(said["tried"]),
        shadow_recipe=said["shadow_recipe"],
        shadow=_hazard(said["shadow"], f"{index}.shadow", arrays, blobs),
    )


def _parts_of(hazard: ClassHazard | None) -> Parts:
    if hazard is None:
        return {}
    if isinstance(hazard, Deep):
        return {f"{WEIGHTS}{name}": weights for name, weights in hazard.weights_.items()}
    if isinstance(hazard, Ensemble):
        return {
            f"{member}.{part}": found
            for member, one in enumerate(hazard.hazards_)
            for part, found in _parts_of(one).items()
        }
    return {
        "estimator": deflate_estimator(hazard.model_),
        "columns": np.asarray(hazard.columns_, dtype=np.int64),
    }


def _hazard_to_json(hazard: ClassHazard | None) -> dict[str, Any] | None:
    if hazard is None:
        return None
    if isinstance(hazard, Ensemble):
        members = [_hazard_to_json(one) for one in hazard.hazards_]
        return {"kind": "ensemble", "edges": hazard.edges, "members": members}
    return {"kind": "deep" if isinstance(hazard, Deep) else "boosting"} | _state(
        hazard, but={"model_", "columns_", "weights_"}
    )


def _hazard(
    said: Mapping[str, Any] | None,
    place: str,
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
) -> ClassHazard | None:
    if said is None:
        return None
    if said["kind"] == "deep":
        return _deep(said, f"{place}.{WEIGHTS}", arrays)
    if said["kind"] == "ensemble":
        members = tuple(
            _boosting(one, f"{place}.{member}", arrays, blobs)
            for member, one in enumerate(said["members"])
        )
        return Ensemble.of(tuple(said["edges"]), members)
    return _boosting(said, place, arrays, blobs)


def _deep(said: Mapping[str, Any], start: str, arrays: Mapping[str, NDArray[Any]]) -> Deep:
    names = tuple(tuple(name) for name in said["names"])
    deep = _revive(Deep, {**_settings(said), "names": names})
    deep.weights_ = {n[len(start) :]: w for n, w in arrays.items() if n.startswith(start)}
    return deep


def _boosting(
    said: Mapping[str, Any],
    place: str,
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
) -> Hazard:
    hazard = _revive(Hazard, _settings(said))
    hazard.model_ = inflate_estimator(blobs[f"{place}.estimator"])
    hazard.columns_ = arrays[f"{place}.columns"].astype(np.intp)
    return hazard


def _settings(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "kind"}


def _state(
    predictor: FailurePredictor, but: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    """Settings and results of a predictor whose results are numbers."""
    return {name: value for name, value in vars(predictor).items() if name not in but}


def _revive(kind: type[P], state: Mapping[str, Any]) -> P:
    """Return a fitted predictor; only names its own settings and results have are taken."""
    settings = {name: v for name, v in state.items() if not name.endswith("_")}
    settings["edges"] = tuple(settings["edges"])
    predictor = kind(**settings)
    for name, value in state.items():
        if name.endswith("_"):
            setattr(predictor, name, value)
    return predictor
