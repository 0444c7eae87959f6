"""The healthy normal of a role: frozen, and replaced only after work that may have changed it.

Wear never moves a normal. It starts anew with an exchange of unit or sensor. After a renewal (an
overhaul, or new life for the part the sensor looks at) a new one is formed from the first steps
since, and is taken only when it lies close to the old one: a machine that comes back from the
workshop louder than it ever was is not healthy in a new way, its repair is to be checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.grid import Grid
from models.history import Instants, Numbers

MAD_TO_STD = 1.4826  # of a normal distribution
ROUNDING = 1e-12  # a spread below this share of the centre is rounding, not movement
# A new normal this many spreads of the old one away is another machine, not another life: the
# spread is that of single steps, a healthy life's median moves by a fraction of it.
ACCEPTED_SPREADS = 3.0


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

    def accepts(self, new: Baseline) -> bool:
        """Whether a normal formed after a renewal is that of a healthy machine.

        A normal without a spread tells no deviation, so it cannot refuse one either.
        """
        allowed = ACCEPTED_SPREADS * self.spread
        return self.spread == 0.0 or abs(new.center - self.center) <= allowed


@dataclass(frozen=True, slots=True)
class Refused:
    """A normal that was not accepted: what the role reads since a renewal, against its normal.

    renewed_at: the renewal; is_overhaul: of the whole machine, else of the role's part.
    """

    renewed_at: int
    is_overhaul: bool
    value: float
    center: float
    spread: float


@dataclass(frozen=True, slots=True)
class Normals:
    """The normals a role had one after the other. `of_row` (rows,): which one, -1 = none yet.

    refused: the normal since the newest renewal when it is complete and was not accepted.
    """

    known: tuple[Baseline, ...]
    of_row: NDArray[np.intp]
    refused: Refused | None

    @property
    def newest(self) -> Baseline | None:
        """The normal that the newest row is told against."""
        return self.known[self.of_row[-1]] if self.of_row[-1] >= 0 else None

    def facts(self) -> NDArray[np.float64]:
        """Centre and spread at each row (2, rows), NaN where no deviation can be told."""
        pairs = [(b.center, b.spread) if b.spread else (np.nan, np.nan) for b in self.known]
        return np.array([*pairs, (np.nan, np.nan)]).T[:, self.of_row]


class Stretches:
    """The stretches between boundaries, as steps of a grid and as the stretch of each row.

    A step in which a boundary falls is mixed and belongs to no stretch. A row at a boundary does
    not know of it yet.
    """

    def __init__(self, grid: Grid, boundaries: Instants, at: Instants) -> None:
        first_whole = -((grid.first_end - boundaries) // grid.step_us) + 1
        last_whole = (boundaries - grid.first_end) // grid.step_us
        self.starts = np.concatenate([[0], np.clip(first_whole, 0, grid.size)])
        self.stops = np.append(np.clip(last_whole + 1, 0, grid.size), grid.size)
        self.of_row = np.searchsorted(boundaries, at, side="left")


class Boundaries:
    """Where the normal of some roles may change, on one grid and for rows `at`.

    exchanges: of unit or sensor, every normal before them is gone. renewals: of the part the roles
    look at; overhauls: of the machine; they may bring a new normal. Rising instants each.
    """

    def __init__(
        self, grid: Grid, at: Instants, exchanges: Instants, renewals: Instants, overhauls: Instants
    ) -> None:
        self.grid = grid
        self.row_at = at
        self.at = exchanges
        self.is_exchange = np.ones(len(exchanges) + 1, dtype=bool)
        self.whole = self.parts = Stretches(grid, exchanges, at)
        if len(renewals) or len(overhauls):
            self.at = np.unique(np.concatenate([exchanges, renewals, overhauls]))
            self.is_exchange = np.concatenate([[True], np.isin(self.at, exchanges)])
            self.parts = Stretches(grid, self.at, at)
        self.whole_of = np.cumsum(self.is_exchange) - 1
        self.overhauls = frozenset(overhauls.tolist())


def normals_of(mean: Numbers, boundaries: Boundaries, count: int) -> Normals:
    """Return the normals of one role from its step means (steps,), each of `count` known steps.

    The first normal since an exchange takes the first known steps whatever was renewed meanwhile,
    so that a part with short lives has one at all.
    """
    known: list[Baseline] = []
    owner: list[int] = []
    refused: Refused | None = None
    for part, whole in enumerate(boundaries.whole_of.tolist()):
        formed = _formed(mean, boundaries, part, whole, count)
        is_first = not owner or owner[-1] != whole
        refused = None
        if formed is None:
            continue
        if is_first or known[-1].accepts(formed):
            known.append(formed)
            owner.append(whole)
        else:
            refused = _refused(boundaries, part, formed, known[-1])
    return Normals(tuple(known), _of_row(known, owner, boundaries), refused)


def _formed(
    mean: Numbers, boundaries: Boundaries, part: int, whole: int, count: int
) -> Baseline | None:
    """The normal formed since one boundary (the first part has none before it)."""
    stretches, k = boundaries.parts, part
    if boundaries.is_exchange[part]:
        stretches, k = boundaries.whole, whole
    return _baseline(mean, boundaries.grid, stretches.starts[k], stretches.stops[k], count)


def _refused(boundaries: Boundaries, part: int, formed: Baseline, old: Baseline) -> Refused:
    renewed_at = int(boundaries.at[part - 1])
    return Refused(
        renewed_at=renewed_at,
        is_overhaul=renewed_at in boundaries.overhauls,
        value=formed.center,
        center=old.center,
        spread=old.spread,
    )


def _of_row(
    known: Sequence[Baseline], owner: Sequence[int], boundaries: Boundaries
) -> NDArray[np.intp]:
    """The newest normal that was complete by each row and belongs to the row's own stretch."""
    complete_at = np.array([baseline.to_at for baseline in known], dtype=np.int64)
    newest = np.searchsorted(complete_at, boundaries.row_at, side="right") - 1
    mine = np.array([*owner, -1])[newest] == boundaries.whole.of_row
    return np.where(mine, newest, -1)


def _baseline(mean: Numbers, grid: Grid, start: int, stop: int, count: int) -> Baseline | None:
    known = int(start) + np.flatnonzero(np.isfinite(mean[start:stop]))[:count]
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
