"""What a class of machines has learned together, and how it is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.artifacts import deflate_estimator, inflate_estimator
from models.gate import Gate
from models.predictors.base import FailurePredictor
from models.predictors.hazard import Hazard
from models.predictors.reference import Reference

Floats = NDArray[np.float64]
Parts = dict[str, bytes | NDArray[Any]]

P = TypeVar("P", bound=FailurePredictor)

POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class ModeGroup:
    """Modes that share one hazard. `shares` split its cumulative hazard and add up to 1."""

    name: str
    modes: tuple[str, ...]
    shares: tuple[float, ...]
    events: tuple[int, ...]

    @property
    def certain(self) -> bool:
        """Whether the hazard says which mode it is about."""
        return len(self.modes) == 1


@dataclass(frozen=True, slots=True)
class Tally:
    """Events of one machine against what its class expected, out of fold, up to `until`."""

    observed: float
    expected: float
    until: int


@dataclass(frozen=True, slots=True)
class Curves:
    """Out-of-fold survival of one machine's tested rows, (n, bins + 1), and its level then."""

    at: NDArray[np.int64]
    hazard: NDArray[np.float32]
    reference: NDArray[np.float32]
    level: Floats


@dataclass(frozen=True, slots=True)
class GroupModel:
    """One group of modes: what serves it (`rung`, with the reason) and what that rests on.

    hazard None: too few events. strength: a of the Gamma-Poisson level. tallies by tag. metrics
    is ready for JSON.
    """

    group: ModeGroup
    rung: str
    reason: str
    hazard: Hazard | None
    references: Mapping[str, Reference]
    strength: float
    tallies: Mapping[str, Tally]
    gates: Mapping[str, Gate]
    metrics: Mapping[str, Any]

    def tells_age_of(self, mode: str) -> bool:
        """Whether ages tell anything of a mode: a failure or an entered life stands behind it."""
        rule = self.references.get(mode)
        return rule is not None and rule.is_informed


@dataclass(frozen=True, slots=True)
class ClassModel:
    """Everything the machine stage needs of its class.

    names: the columns the predictors were fitted on. digest: the same for the same input, whatever
    names machines have. curves by tag and group, and what the fits cost, are not stored.
    """

    code: str
    settings: str
    names: tuple[str, ...]
    trained_until: int
    machines: int
    digest: str
    groups: tuple[GroupModel, ...]
    curves: Mapping[str, Mapping[str, Curves]] = field(default_factory=dict)
    cpu_seconds: float = field(default=0.0, compare=False)

    @property
    def gates(self) -> dict[str, Gate]:
        """The verdict of every mode."""
        return {mode: gate for group in self.groups for mode, gate in group.gates.items()}

    @property
    def events(self) -> int:
        """Failures and confirmed faults it learned from."""
        return sum(sum(group.group.events) for group in self.groups)

    @property
    def has_age_rule(self) -> bool:
        """Whether anything at all can be foretold."""
        return any(group.tells_age_of(mode) for group in self.groups for mode in group.group.modes)

    def table(self) -> list[dict[str, Any]]:
        """Return one row per mode for pages: rung, reason, events, gate, metrics."""
        return [row for group in self.groups for row in _rows(group)]

    def to_parts(self) -> tuple[dict[str, Any], Parts]:
        """Return (manifest, parts) for `artifacts.pack`; `from_parts` takes them back."""
        manifest = {
            "kind": "class",
            "code": self.code,
            "settings": self.settings,
            "names": list(self.names),
            "trained_until": self.trained_until,
            "machines": self.machines,
            "digest": self.digest,
            "groups": [_group_to_json(group) for group in self.groups],
        }
        parts: Parts = {}
        for index, group in enumerate(self.groups):
            if group.hazard is not None:
                parts[f"{index}.estimator"] = deflate_estimator(group.hazard.model_)
                parts[f"{index}.columns"] = np.asarray(group.hazard.columns_, dtype=np.int64)
        return manifest, parts

    @staticmethod
    def from_parts(
        manifest: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        blobs: Mapping[str, bytes],
    ) -> ClassModel:
        """Return the class model that was packed; forecasts are the same, curves are gone."""
        groups = [
            _group_from_json(group, arrays.get(f"{i}.columns"), blobs.get(f"{i}.estimator"))
            for i, group in enumerate(manifest["groups"])
        ]
        return ClassModel(
            code=manifest["code"],
            settings=manifest["settings"],
            names=tuple(manifest["names"]),
            trained_until=manifest["trained_until"],
            machines=manifest["machines"],
            digest=manifest["digest"],
            groups=tuple(groups),
        )


def digest_of(settings: str, until: int, fingerprints: Sequence[str]) -> str:
    """Return 64 hex digits of what a class model was made from."""
    text = json.dumps([settings, until, list(fingerprints)])
    return hashlib.sha256(text.encode()).hexdigest()


def group_survival(model: GroupModel, X: NDArray[np.float32], ages: Mapping[str, Floats]) -> Floats:
    """Return the class's survival curves (n, bins + 1) of a group, before any own level."""
    if model.hazard is not None:
        return model.hazard.predict_survival(X)
    return reference_survival(model.references, ages)


def reference_survival(references: Mapping[str, Reference], ages: Mapping[str, Floats]) -> Floats:
    """Return what ages alone say of a group: the product over its modes. Ages are (n, 1)."""
    curves = [references[mode].predict_survival(ages[mode]) for mode in references]
    return np.asarray(np.prod(curves, axis=0))


def _rows(model: GroupModel) -> list[dict[str, Any]]:
    shared = {"group": model.group.name, "rung": model.rung, "reason": model.reason}
    return [
        {
            "mode": mode,
            **shared,
            "certain": model.group.certain,
            "share": share,
            "events": events,
            "gate": model.gates[mode].to_json(),
            "metrics": dict(model.metrics),
        }
        for mode, share, events in zip(
            model.group.modes, model.group.shares, model.group.events, strict=True
        )
    ]


def _group_to_json(model: GroupModel) -> dict[str, Any]:
    return {
        "group": asdict(model.group),
        "rung": model.rung,
        "reason": model.reason,
        "hazard": None
        if model.hazard is None
        else _state(model.hazard, but={"model_", "columns_"}),
        "references": {mode: _state(reference) for mode, reference in model.references.items()},
        "strength": model.strength,
        "tallies": {tag: asdict(tally) for tag, tally in model.tallies.items()},
        "gates": {mode: gate.to_json() for mode, gate in model.gates.items()},
        "metrics": dict(model.metrics),
    }


def _group_from_json(
    said: Mapping[str, Any], columns: NDArray[Any] | None, estimator: bytes | None
) -> GroupModel:
    hazard = None
    if said["hazard"] is not None and columns is not None and estimator is not None:
        hazard = _revive(Hazard, said["hazard"])
        hazard.model_ = inflate_estimator(estimator)
        hazard.columns_ = columns.astype(np.intp)
    return GroupModel(
        group=ModeGroup(
            name=said["group"]["name"],
            modes=tuple(said["group"]["modes"]),
            shares=tuple(said["group"]["shares"]),
            events=tuple(said["group"]["events"]),
        ),
        rung=said["rung"],
        reason=said["reason"],
        hazard=hazard,
        references={mode: _revive(Reference, state) for mode, state in said["references"].items()},
        strength=said["strength"],
        tallies={tag: Tally(**tally) for tag, tally in said["tallies"].items()},
        gates={mode: Gate(**gate) for mode, gate in said["gates"].items()},
        metrics=said["metrics"],
    )


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
