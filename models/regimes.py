"""Operating regimes: a machine reads differently at other speeds and loads, and is as healthy.

A class that runs at a few distinct operating points has regimes. Every health role's readings are
brought to what they would be over all regimes alike, in the sensor's own unit, before windows and
normals see them. How regimes are found is in `surveys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Regime = NDArray[np.intp]

UNKNOWN = -1  # also the place of the last entry of `RoleRegimes.tables`
FARTHEST = 6.0  # standardised; a broken reading neither becomes a regime nor moves a correction


@dataclass(frozen=True)
class RoleRegimes:
    """What one role reads in each of k regimes, net of the level of each machine; its own unit.

    `centers` and `spreads` are (k,), `slopes` (k, c): change per unit of standardised condition
    inside a regime, 0 where it explains too little. `center` and `spread` are those of a typical
    regime, `mixed_spread` that of all regimes thrown together.
    """

    code: str
    centers: tuple[float, ...]
    spreads: tuple[float, ...]
    slopes: tuple[tuple[float, ...], ...]
    center: float
    spread: float
    mixed_spread: float

    @cached_property
    def tables(self) -> tuple[Floats, Floats, Floats]:
        """Centre (k + 1,), spread (k + 1,) and slopes (k + 1, c); the last entry is UNKNOWN's."""
        slopes = np.array(self.slopes)
        return (
            np.array([*self.centers, self.center]),
            np.array([*self.spreads, self.mixed_spread]),
            np.concatenate([slopes, np.zeros_like(slopes[:1])]),
        )


@dataclass(frozen=True)
class Steadying:
    """One role's n steps: `steady` takes out what the operating point explains."""

    offset: Floats
    ratio: Floats
    center: float

    def steady(self, values: Floats) -> Floats:
        """Return values (n,) in the same unit, as a typical regime would have shown them."""
        return np.asarray((values - self.offset) * self.ratio + self.center)


@dataclass(frozen=True)
class Regimes:
    """k operating points of a class in c conditions (role codes), and what its roles read there.

    `middle` and `scale` (c,) standardise a condition, `points` are (k, c) standardised. All of it
    is plain numbers, so that a class's settings can be hashed and compared.
    """

    conditions: tuple[str, ...]
    middle: tuple[float, ...]
    scale: tuple[float, ...]
    points: tuple[tuple[float, ...], ...]
    roles: tuple[RoleRegimes, ...]

    def __len__(self) -> int:
        return len(self.points)

    def assign(self, conditions: Floats) -> Regime:
        """Return the nearest regime of each step (n,) from its conditions (n, c), in their units;
        UNKNOWN where one of them is missing."""
        regime, _ = self.placed(conditions)
        return regime

    def placed(self, conditions: Floats) -> tuple[Regime, Floats]:
        """Return the regime of each step (n,) and where inside it (n, c), standardised; where it
        is UNKNOWN, 0."""
        points = np.array(self.points)
        scaled = standardised(conditions, np.array(self.middle), np.array(self.scale))
        distance = ((scaled[:, None] - points) ** 2).sum(axis=2)
        known = np.isfinite(distance[:, 0])
        regime = np.where(known, distance.argmin(axis=1), UNKNOWN)
        return regime, np.where(known[:, None], scaled - points[regime], 0.0)

    def steadying(self, conditions: Floats) -> dict[str, Steadying]:
        """Return how to steady each role of n steps from their conditions (n, c).

        A step whose regime is unknown is scaled by all regimes together: it says less, but a
        speed sensor that fails neither blinds the others nor makes them look ill.
        """
        regime, inside = self.placed(conditions)
        return {role.code: _steadying(role, regime, inside) for role in self.roles}

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries, lists and numbers; `from_json` takes them back."""
        return asdict(self)

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Regimes:
        """Return the regimes that were stored, exactly."""
        return Regimes(
            conditions=tuple(said["conditions"]),
            middle=tuple(said["middle"]),
            scale=tuple(said["scale"]),
            points=_table(said["points"]),
            roles=tuple(_role(role) for role in said["roles"]),
        )


def standardised(conditions: Floats, middle: Floats, scale: Floats) -> Floats:
    """Return conditions (n, c) in spreads from their middle (c,), bounded; NaN stays NaN."""
    return np.clip((conditions - middle) / scale, -FARTHEST, FARTHEST)


def _steadying(role: RoleRegimes, regime: Regime, inside: Floats) -> Steadying:
    centers, spreads, slopes = role.tables
    offset = centers[regime] + (inside * slopes[regime]).sum(axis=1)
    return Steadying(offset, role.spread / spreads[regime], role.center)


def _table(rows: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _role(said: Mapping[str, Any]) -> RoleRegimes:
    return RoleRegimes(
        code=said["code"],
        centers=tuple(said["centers"]),
        spreads=tuple(said["spreads"]),
        slopes=_table(said["slopes"]),
        center=said["center"],
        spread=said["spread"],
        mixed_spread=said["mixed_spread"],
    )
