"""What each sensor role told at each decision time, against the machine's own healthy normal.

An exchange of the unit or of the role's sensor starts anew: no window and no normal reaches
across it. Between two exchanges lies a stretch; every row belongs to one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.grid import Grid, RoleSteps, build_grid
from models.history import Instants, MachineHistory, Numbers
from models.spec import ClassSpec, RoleSpec
from models.windows import WindowStats, window_stats

Columns = NDArray[np.float64]

RAW = ("mean", "std", "min", "max", "slope")  # in the role's unit, slope per step
OWN = ("deviation", "own_std", "own_min", "own_max", "own_slope")  # in spreads of the own normal
MAD_TO_STD = 1.4826  # of a normal distribution
ROUNDING = 1e-12  # a spread below this share of the centre is rounding, not movement
FARTHEST = 1e6  # spreads; farther off says nothing more


@dataclass(frozen=True, slots=True)
class Baseline:
    """The frozen healthy normal of one role: median and 1.4826 MAD of its first steps.

    from_at, to_at: ends of the first and last step used. It never moves by itself.
    """

    center: float
    spread: float
    from_at: int
    to_at: int
    count: int


@dataclass(frozen=True, slots=True)
class RoleNow:
    """A role at the newest row: mean of the shortest window, slope of the middle one per day.

    known_steps: steps of its healthy normal that are known, at most those it needs; known_from:
    end of the first of them, None = no step yet.
    """

    value: float
    slope_per_day: float
    known_steps: int = 0
    known_from: int | None = None


@dataclass(frozen=True, slots=True)
class RoleTold:
    """columns: (rows, windows x statistics), raw statistics and the deviation where the role is
    comparable, else the own ones. missing: (rows, 1), share of the longest window without data."""

    columns: Columns
    missing: Columns
    baseline: Baseline | None
    now: RoleNow


def tell_roles(history: MachineHistory, spec: ClassSpec, at: Instants) -> dict[str, RoleTold]:
    """Return what every role told at decision times `at` (rising; the last is a step's end)."""
    grid = build_grid(history, spec, int(at[-1]))
    together = defaultdict(list)  # roles exchanged at the same instants: nearly always all
    for role in spec.roles:
        of_role = history.role_restarts.get(role.code, history.restarts)
        together[tuple(np.union1d(history.restarts, of_role).tolist())].append(role)
    told: dict[str, RoleTold] = {}
    for restarts, roles in together.items():
        stretches = Stretches(grid, np.array(restarts, dtype=np.int64), at)
        told |= zip((r.code for r in roles), _tell(grid, spec, roles, stretches, at), strict=True)
    return told


class Stretches:
    """The stretches between exchanges, as steps of a grid and as the stretch of each row.

    A step in which an exchange falls is mixed and belongs to no stretch.
    """

    def __init__(self, grid: Grid, restarts: Instants, at: Instants) -> None:
        first_whole = -((grid.first_end - restarts) // grid.step_us) + 1
        last_whole = (restarts - grid.first_end) // grid.step_us
        self.starts = np.concatenate([[0], np.clip(first_whole, 0, grid.size)])
        self.stops = np.append(np.clip(last_whole + 1, 0, grid.size), grid.size)
        self.of_row = np.searchsorted(restarts, at, side="left")


def _tell(
    grid: Grid, spec: ClassSpec, roles: Sequence[RoleSpec], stretches: Stretches, at: Instants
) -> Iterator[RoleTold]:
    """Tell roles that share their stretches, in one pass."""
    steps = _stacked([grid.roles[role.code] for role in roles])
    stop = np.clip(grid.step_at(at) + 1, 0, grid.size)[:, None]
    first = stretches.starts[stretches.of_row][:, None]
    start = np.minimum(np.maximum(stop - np.array(spec.windows), first), stop)
    stats = window_stats(steps, start, stop)
    baselines = [_baselines(mean, grid, stretches, spec.baseline_steps) for mean in steps.mean]
    own = _own(stats, baselines, stretches, at)
    raw = np.stack(
        [stats.mean, stats.std, stats.low, stats.high, stats.slope, own[..., 0]], axis=-1
    )
    missing = 1.0 - stats.count[..., -1:] / spec.windows[-1]
    for k, role in enumerate(roles):
        columns = raw[k] if role.is_comparable else own[k]
        slope = float(stats.slope[k, -1, len(spec.windows) // 2])
        known = _known_steps(steps.mean[k], stretches)
        yield RoleTold(
            columns=columns.reshape(len(at), -1),
            missing=missing[k],
            baseline=baselines[k][stretches.of_row[-1]],
            now=RoleNow(
                value=float(stats.mean[k, -1, 0]),
                slope_per_day=slope * spec.steps_per_day,
                known_steps=min(len(known), spec.baseline_steps),
                known_from=grid.first_end + int(known[0]) * grid.step_us if len(known) else None,
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


def _baselines(
    mean: Numbers, grid: Grid, stretches: Stretches, count: int
) -> list[Baseline | None]:
    """One baseline per stretch, None where it is not complete."""
    return [
        _baseline(mean, grid, int(start), int(stop), count)
        for start, stop in zip(stretches.starts, stretches.stops, strict=True)
    ]


def _baseline(mean: Numbers, grid: Grid, start: int, stop: int, count: int) -> Baseline | None:
    known = start + np.flatnonzero(np.isfinite(mean[start:stop]))[:count]
    if len(known) < count:
        return None
    values = mean[known]
    center = float(np.median(values))
    spread = MAD_TO_STD * float(np.median(np.abs(values - center)))
    if spread == 0.0:  # more than half of the values are equal: coarse sensors
        spread = float(values.std())
    if spread <= ROUNDING * abs(center):
        spread = 0.0
    from_at, to_at = (grid.first_end + int(known[k]) * grid.step_us for k in (0, -1))
    return Baseline(center, spread, from_at, to_at, count)


def _own(
    stats: WindowStats,
    baselines: list[list[Baseline | None]],
    stretches: Stretches,
    at: Instants,
) -> Columns:
    """Statistics (roles, rows, windows, OWN) in spreads, NaN until the normal was complete.

    A signal that never moved has no spread and so no deviation.
    """
    facts = np.array([[_facts(baseline) for baseline in of_role] for of_role in baselines])
    center, spread, complete_at = facts[:, stretches.of_row].transpose(2, 0, 1)[..., None]
    spread = np.where(at[:, None] >= complete_at, spread, np.nan)
    levels = np.stack([stats.mean, stats.low, stats.high], axis=-1) - center[..., None]
    moves = np.stack([stats.std, stats.slope], axis=-1)
    told = np.concatenate([levels, moves], axis=-1) / spread[..., None]
    in_order = told[..., [0, 3, 1, 2, 4]]  # as OWN has them
    return np.clip(in_order, -FARTHEST, FARTHEST, out=in_order)


def _facts(baseline: Baseline | None) -> tuple[float, float, float]:
    if baseline is None or baseline.spread == 0.0:
        return (np.nan, np.nan, np.inf)
    # Microseconds of our centuries are whole numbers below 2^53: exact as floats.
    return (baseline.center, baseline.spread, float(baseline.to_at))
