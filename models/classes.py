"""What a class of machines has learned together, and how it is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from models.calibration import Calibrator
from models.fit_parts import Parts
from models.gate import Gate
from models.group_models import Curves, GroupModel
from models.group_parts import group_from_parts, group_parts, group_to_json
from models.memory import Memory
from models.regimes import Regimes


@dataclass(frozen=True, slots=True)
class ClassModel:
    """Everything the machine stage needs of its class.

    names: the columns the predictors were fitted on. digest: the same for the same input, whatever
    names machines have. regimes: those its samples were made with, so that every later forecast
    sees the machine the same way. memory: what is told in words beside a forecast. curves by tag
    and group, and what the fits cost, are not stored.
    """

    code: str
    settings: str
    names: tuple[str, ...]
    trained_from: int
    trained_until: int
    machines: int
    digest: str
    groups: tuple[GroupModel, ...]
    regimes: Regimes | None = None
    memory: Memory | None = None
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
            "trained_from": self.trained_from,
            "trained_until": self.trained_until,
            "machines": self.machines,
            "digest": self.digest,
            "groups": [group_to_json(group) for group in self.groups],
        }
        if self.regimes is not None:
            manifest["regimes"] = self.regimes.to_json()
        parts: Parts = {}
        if self.memory is not None:
            manifest["memory"], arrays = self.memory.to_parts()
            parts |= arrays
        for index, group in enumerate(self.groups):
            parts |= group_parts(group, index)
        return manifest, parts

    @staticmethod
    def from_parts(
        manifest: Mapping[str, Any],
        arrays: Mapping[str, NDArray[Any]],
        blobs: Mapping[str, bytes],
    ) -> ClassModel:
        """Return the class model that was packed; forecasts are the same, curves are gone."""
        groups = [
            group_from_parts(group, arrays, blobs, i) for i, group in enumerate(manifest["groups"])
        ]
        return ClassModel(
            code=manifest["code"],
            settings=manifest["settings"],
            names=tuple(manifest["names"]),
            trained_from=manifest["trained_from"],
            trained_until=manifest["trained_until"],
            machines=manifest["machines"],
            digest=manifest["digest"],
            groups=tuple(groups),
            regimes=Regimes.from_json(manifest["regimes"]) if "regimes" in manifest else None,
            memory=Memory.from_parts(manifest["memory"], arrays) if "memory" in manifest else None,
        )


def digest_of(settings: str, until: int, fingerprints: Sequence[str]) -> str:
    """Return 64 hex digits of what a class model was made from."""
    text = json.dumps([settings, until, list(fingerprints)])
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(model: GroupModel) -> list[dict[str, Any]]:
    shared = {
        "group": model.group.name,
        "rung": model.rung,
        "reason": model.reason,
        "recipe": model.recipe,
        "shadow": model.shadow_recipe,
        "tried": [dict(row) for row in model.tried],
        "blend": model.blend.sentence(model.calibrator.failures + model.calibrator.faults),
        "calibration": _calibration(model.calibrator),
    }
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


def _calibration(known: Calibrator) -> dict[str, Any]:
    """What a page tells of it; `events` are the lives it rests on."""
    events = known.failures + (known.faults if known.kind == "events" else 0)
    return known.to_json() | {"sentence": known.sentence, "events": events}
