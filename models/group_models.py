"""What a class learned of one group of modes: the hazard that serves it, its rivals, its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.blends import ALONE, Blend
from models.calibration import Calibrator
from models.cross_fits import CrossFit
from models.gate import Gate
from models.predictors.limit import SensorLimit
from models.predictors.reference import Reference

Floats = NDArray[np.float64]

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
    """Out-of-fold survival of one machine's tested rows, (n, bins + 1), and its level then.

    `hazard` is what the class serves: blended and calibrated as each fold would have known it.
    """

    at: NDArray[np.int64]
    hazard: NDArray[np.float32]
    reference: NDArray[np.float32]
    level: Floats


@dataclass(frozen=True, slots=True)
class GroupModel:
    """One group of modes: what serves it (`rung`, with the reason) and what that rests on.

    hazard None: too few events. blend: how much of the class's curve others tell; near_bins of it
    lie within the order rule's horizon; age_columns: where X has the modes' ages. strength: a of
    the Gamma-Poisson level. tallies by tag. metrics and tried (the recipes compared) are ready for
    JSON. shadow: the hazard of a challenger, which foretells beside the one that serves and is
    told to nobody.
    """

    group: ModeGroup
    rung: str
    reason: str
    recipe: str
    hazard: CrossFit | None
    limit: SensorLimit
    blend: Blend
    near_bins: int
    age_columns: Mapping[str, int]
    calibrator: Calibrator
    references: Mapping[str, Reference]
    strength: float
    tallies: Mapping[str, Tally]
    gates: Mapping[str, Gate]
    metrics: Mapping[str, Any]
    tried: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    shadow_recipe: str = ""
    shadow: CrossFit | None = None

    def of(self, tag: str) -> GroupModel:
        """Return the group as it may foretell one machine, none of its newest rows looked at."""
        return replace(
            self,
            hazard=None if self.hazard is None else self.hazard.of(tag),
            shadow=None if self.shadow is None else self.shadow.of(tag),
        )

    def tells_age_of(self, mode: str) -> bool:
        """Whether ages tell anything of a mode: a failure or an entered life stands behind it."""
        rule = self.references.get(mode)
        return rule is not None and rule.is_informed

    def survival(self, X: NDArray[np.float32]) -> Floats:
        """Return the class's survival curves (n, bins + 1), before any own level.

        Only for a group that has a hazard.
        """
        if self.hazard is None:
            raise ValueError(f"{self.group.name} has no hazard.")
        return self._served(self.hazard.predict_survival(X), X)

    def shadow_survival(self, X: NDArray[np.float32]) -> Floats | None:
        """Return what the challenger would say in the same place; None without one."""
        return None if self.shadow is None else self._served(self.shadow.predict_survival(X), X)

    def _served(self, curve: Floats, X: NDArray[np.float32]) -> Floats:
        if self.blend != ALONE:
            limit = self.limit.predict_survival(X)
            age = age_survival(self.references, X, self.age_columns)
            curve = self.blend.of({"recipe": curve, "limit": limit, "age": age}, self.near_bins)
        return self.calibrator.apply(curve)


def reference_survival(references: Mapping[str, Reference], ages: Mapping[str, Floats]) -> Floats:
    """Return what ages alone say of a group: the product over its modes. Ages are (n, 1)."""
    curves = [references[mode].predict_survival(ages[mode]) for mode in references]
    return np.asarray(np.prod(curves, axis=0))


def age_survival(
    references: Mapping[str, Reference], X: NDArray[np.float32], columns: Mapping[str, int]
) -> Floats:
    """Return what the ages among the features say, (n, bins + 1); NaN where one is not known."""
    return reference_survival(
        references, {mode: X[:, [columns[mode]]].astype(float) for mode in references}
    )
