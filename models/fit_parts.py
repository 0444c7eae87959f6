"""The fits of a recipe as data: JSON for the manifest, arrays and estimator bytes for the parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.artifacts import deflate_estimator, inflate_estimator
from models.cross_fits import CrossFit, Fitted
from models.predictors.base import FailurePredictor
from models.predictors.deep import Deep
from models.predictors.ensemble import Ensemble
from models.predictors.hazard import Hazard

WEIGHTS = "weights."
Parts = dict[str, bytes | NDArray[Any]]
P = TypeVar("P", bound=FailurePredictor)


def fits_to_json(fits: CrossFit | None) -> dict[str, Any] | None:
    """Return what of the fits is JSON; `fit_parts` has the rest."""
    if fits is None:
        return None
    return {
        "fits": [_fit_to_json(fit) for fit in fits.fits],
        "blind_to": [sorted(side) for side in fits.blind_to],
    }


def fit_parts(fits: CrossFit | None, place: str) -> Parts:
    """Return the arrays and estimator bytes of the fits, their names beginning with a place."""
    return {
        f"{place}.{side}.{part}": found
        for side, fit in enumerate(() if fits is None else fits.fits)
        for part, found in _parts_of(fit).items()
    }


def fits_from_parts(
    said: Mapping[str, Any] | None,
    place: str,
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
) -> CrossFit | None:
    """Return the fits that were packed. One fit of before there were sides looked at all."""
    if said is None:
        return None
    if "fits" not in said:
        return CrossFit((_fit(said, place, arrays, blobs),), (frozenset(),))
    fits = tuple(_fit(s, f"{place}.{k}", arrays, blobs) for k, s in enumerate(said["fits"]))
    return CrossFit(fits, tuple(frozenset(side) for side in said["blind_to"]))


def _parts_of(fit: Fitted) -> Parts:
    if isinstance(fit, Deep):
        return {f"{WEIGHTS}{name}": weights for name, weights in fit.weights_.items()}
    if isinstance(fit, Ensemble):
        return {
            f"{member}.{part}": found
            for member, one in enumerate(fit.hazards_)
            for part, found in _parts_of(one).items()
        }
    return {
        "estimator": deflate_estimator(fit.model_),
        "columns": np.asarray(fit.columns_, dtype=np.int64),
    }


def _fit_to_json(fit: Fitted) -> dict[str, Any]:
    if isinstance(fit, Ensemble):
        members = [_fit_to_json(one) for one in fit.hazards_]
        return {"kind": "ensemble", "edges": fit.edges, "members": members}
    return {"kind": "deep" if isinstance(fit, Deep) else "boosting"} | state_of(
        fit, but={"model_", "columns_", "weights_"}
    )


def _fit(
    said: Mapping[str, Any],
    place: str,
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
) -> Fitted:
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
    deep = revive(Deep, {**_settings(said), "names": names})
    deep.weights_ = {n[len(start) :]: w for n, w in arrays.items() if n.startswith(start)}
    return deep


def _boosting(
    said: Mapping[str, Any],
    place: str,
    arrays: Mapping[str, NDArray[Any]],
    blobs: Mapping[str, bytes],
) -> Hazard:
    hazard = revive(Hazard, _settings(said))
    hazard.model_ = inflate_estimator(blobs[f"{place}.estimator"])
    hazard.columns_ = arrays[f"{place}.columns"].astype(np.intp)
    return hazard


def _settings(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "kind"}


def state_of(
    predictor: FailurePredictor, but: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    """Settings and results of a predictor whose results are numbers."""
    return {name: value for name, value in vars(predictor).items() if name not in but}


def revive(kind: type[P], state: Mapping[str, Any]) -> P:
    """Return a fitted predictor; only names its own settings and results have are taken."""
    settings = {name: v for name, v in state.items() if not name.endswith("_")}
    settings["edges"] = tuple(settings["edges"])
    predictor = kind(**settings)
    for name, value in state.items():
        if name.endswith("_"):
            setattr(predictor, name, value)
    return predictor
