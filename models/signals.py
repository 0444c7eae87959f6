"""What each sensor role told at each decision time, against the machine's own healthy normal.

An exchange of the unit or of the role's sensor starts anew: no window and no normal reaches
across it. Neither does a window of a role that looks at one part reach across that part's
renewal. What happens to the normal then, and after an overhaul, is in `normals`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.grid import Grid, RoleSteps, build_grid, steadied
from models.history import Instants, MachineHistory, Numbers
from models.normals import (
    MAD_TO_STD,
    Baseline,
    Boundaries,
    Normals,
    Refused,
    Stretches,
    normals_of,
)
from models.spec import ClassSpec, RoleSpec
from models.windows import WindowStats, window_stats

__all__ = ["MAD_TO_STD", "OWN", "RAW", "Baseline", "Columns", "RoleNow", "RoleTold", "tell_roles"]

Columns = NDArray[np.float64]

RAW = ("mean", "std", "min", "max", "slope")  # in the role's unit, slope per step
OWN = ("deviation", "own_std", "own_min", "own_max", "own_slope")  # in spreads of the own normal
FARTHEST = 1e6  # spreads; farther off says nothing more
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class RoleNow:
    """A role at the newest row: mean of the shortest window, slope of the middle one per day.

    known_steps: steps of its healthy normal that are known, at most those it needs; known_from:
    end of the first of them, None = no step yet. repair: a new normal since the newest renewal
    that was not accepted.
    """

    value: float
    slope_per_day: float
    known_steps: int = 0
    known_from: int | None = None
    repair: Refused | None = None


@dataclass(frozen=True, slots=True)
class RoleTold:
    """columns: (rows, windows x statistics), raw statistics and the deviation where the role is
    comparable, else the own ones. missing: (rows, 1), share of the longest window without data."""

    columns: Columns
    missing: Columns
    baseline: Baseline | None
    now: RoleNow


def tell_roles(
    history: MachineHistory,
    spec: ClassSpec,
    at: Instants,
    renewals: Mapping[str, Instants] | None = None,
) -> dict[str, RoleTold]:
    """Return what every role told at decision times `at` (rising; the last is a step's end).

    renewals: by component, the instants at which it began a new life (the ends of its clock).
    """
    grid = steadied(build_grid(history, spec, int(at[-1])), spec)
    together = defaultdict(list)  # roles with the same boundaries: nearly always all
    for role in spec.roles:
        together[_instants_of(role, history, renewals or {})].append(role)
    told: dict[str, RoleTold] = {}
    for instants, roles in together.items():
        exchanges, renewed = (np.array(of, dtype=np.int64) for of in instants)
        bounds = Boundaries(grid, at, exchanges, renewed, history.overhauls)
        whole = bounds.whole
        unbroken = Stretches(grid, np.union1d(exchanges, renewed), at) if len(renewed) else whole
        answers = _tell(grid, spec, roles, unbroken, bounds)
        told |= zip((r.code for r in roles), answers, strict=True)
    return told


def _instants_of(
    role: RoleSpec, history: MachineHistory, renewals: Mapping[str, Instants]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Exchanges of a role's unit or sensor, and renewals of the part it looks at."""
    of_role = history.role_restarts.get(role.code, history.restarts)
    of_part = renewals.get(role.component, _NONE) if role.component else _NONE
    return tuple(np.union1d(history.restarts, of_role).tolist()), tuple(of_part.tolist())


def _tell(
    grid: Grid,
    spec: ClassSpec,
    roles: Sequence[RoleSpec],
    stretches: Stretches,
    bounds: Boundaries,
) -> Iterator[RoleTold]:
    """Tell roles that share their boundaries, in one pass; windows stay inside `stretches`."""
    at = bounds.row_at
    steps = _stacked([grid.roles[role.code] for role in roles])
    stop = np.clip(grid.step_at(at) + 1, 0, grid.size)[:, None]
    first = stretches.starts[stretches.of_row][:, None]
    start = np.minimum(np.maximum(stop - np.array(spec.windows), first), stop)
    stats = window_stats(steps, start, stop)
    normals = [normals_of(mean, bounds, spec.baseline_steps) for mean in steps.mean]
    own = _own(stats, normals)
    raw = np.stack(
        [stats.mean, stats.std, stats.low, stats.high, stats.slope, own[..., 0]], axis=-1
    )
    missing = 1.0 - stats.count[..., -1:] / spec.windows[-1]
    for k, role in enumerate(roles):
        columns = raw[k] if role.is_comparable else own[k]
        slope = float(stats.slope[k, -1, len(spec.windows) // 2])
        known = _known_steps(steps.mean[k], bounds.whole)
        yield RoleTold(
            columns=columns.reshape(len(at), -1),
            missing=missing[k],
            baseline=normals[k].newest,
            now=RoleNow(
                value=float(stats.mean[k, -1, 0]),
                slope_per_day=slope * spec.steps_per_day,
                known_steps=min(len(known), spec.baseline_steps),
                known_from=grid.first_end + int(known[0]) * grid.step_us if len(known) else None,
                repair=None if role.is_condition else normals[k].refused,
            ),
        )


def _known_steps(mean: Numbers, stretches: Stretches) -> NDArray[np.intp]:
    """The steps with a value since the last exchange."""
    newest = stretches.of_row[-1]
    start, stop = int(stretches.starts[newest]), int(stretches.stops[newest])
    return start + np.flatnonzero(np.isfinite(mean[start:stop]))


def _stacked(of_roles: Sequence[RoleSteps]) -> RoleSteps:
    """The steps of several roles, each array (roles, steps)."""
    names = [column.name for column in fields(RoleSteps)]
    return RoleSteps(*(np.stack([getattr(steps, name) for steps in of_roles]) for name in names))


def _own(stats: WindowStats, normals: Sequence[Normals]) -> Columns:
    """Statistics (roles, rows, windows, OWN) in spreads, NaN until the normal was complete.

    A signal that never moved has no spread and so no deviation.
    """
    center, spread = np.stack([of_role.facts() for of_role in normals], axis=1)[..., None]
    levels = np.stack([stats.mean, stats.low, stats.high], axis=-1) - center[..., None]
    moves = np.stack([stats.std, stats.slope], axis=-1)
    told: Columns = np.concatenate([levels, moves], axis=-1) / spread[..., None]
    in_order: Columns = told[..., [0, 3, 1, 2, 4]]  # as OWN has them
    return np.clip(in_order, -FARTHEST, FARTHEST, out=in_order)
