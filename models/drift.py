"""Whether the newest inputs are still like those a class has learned from.

For a class: the population stability index (PSI) of each column, sum over ten bins of
(now - then) ln(now / then) with the bins at the deciles of the training rows. By the usual rule
(N. Siddiqi, Credit Risk Scorecards, 2006) below 0.1 nothing moved, above 0.25 much did. Where
nothing moved, PSI / (1/n + 1/m) follows chi-square with bins - 1 degrees of freedom (B. Yurdakul
and J. Naranjo, 2020), so a few rows must move further before they count. Neighbouring rows of one
machine are alike, which neither rule knows; so a class has moved only where most of its machines
have.

For one machine, whose rows are always unlike the class's mixture: the share of columns outside
the range in which nearly all training rows lay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from models.features import FeatureName

Table = NDArray[np.float32]
Floats = NDArray[np.float64]
Direction = Literal["higher", "lower"]

BINS = 10
SOME = 0.1
MUCH = 0.25
BY_CHANCE = 0.001  # how often a column that did not move may be called drifting
MOST_ROWS = 50_000  # deciles of more are the same
FEWEST = 30  # rows with a value, then and now; of fewer a distribution cannot be told
RANGE = (1.0, 99.0)  # percentiles of the training rows
HALF = 0.5  # of a row stands in every bin, so that an empty one has a logarithm
LEAST_MACHINES = 3  # of fewer a class cannot be told from one odd machine
# A running clock leaves its past by itself, and what never changes cannot drift.
SILENT = frozenset({"since"})
SILENT_GROUPS = frozenset({"attributes"})
# So does the age of a part, all over a class that was put in together.
OF_CLASS_SILENT = frozenset({"age"})


@dataclass(frozen=True, slots=True)
class Reference:
    """The d training columns in short, NaN where a column had too few values; float32.

    edges: (d, 9) deciles, the upper ends of all bins but the last; shares: (d, 10) of the training
    rows in each bin (a column with few values fills them unevenly); rows: (d,) with a value;
    low, high: (d,) first and last percentile.
    """

    edges: Table
    shares: Table
    rows: Table
    low: Table
    high: Table

    def to_arrays(self) -> dict[str, Table]:
        """Return the arrays by name, for `artifacts.pack`."""
        return {column.name: getattr(self, column.name) for column in fields(self)}

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Reference:
        """Return the reference that was packed; other arrays are not looked at."""
        return Reference(*(arrays[column.name].astype(np.float32) for column in fields(Reference)))


@dataclass(frozen=True, slots=True)
class Drift:
    """A column that moved, and how far."""

    name: FeatureName
    psi: float

    @property
    def is_large(self) -> bool:
        """Whether the rule of thumb calls for a new look at the predictor."""
        return self.psi >= MUCH


@dataclass(frozen=True, slots=True)
class Outside:
    """A column of one row with a value outside low .. high, the range of nearly all training
    rows; all three as the column has them."""

    name: FeatureName
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A column that most machines of a class have taken out of its range, and which way."""

    name: FeatureName
    psi: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class ClassDrift:
    """How many of the machines compared have left the range of at least one column that moved."""

    machines: int
    outside: int
    moved: tuple[Moved, ...]


def reference_of(X: Table) -> Reference:
    """Return the reference of training rows (n, d), NaN = missing; of many rows every so many."""
    thinned = X[:: -(-len(X) // MOST_ROWS) or 1]
    columns = [_column(thinned[:, k]) for k in range(X.shape[1])]
    return Reference(*(np.array(part, dtype=np.float32) for part in zip(*columns, strict=True)))


def drift_of(
    reference: Reference, names: Sequence[FeatureName], newest: Table
) -> tuple[Drift, ...]:
    """Return the columns of a class's newest rows (n, d) that moved, farthest first.

    Columns with fewer than `FEWEST` values then or now are left out.
    """
    found = []
    for k, name in enumerate(names):
        values = _known(newest[:, k])
        if _is_silent(name) or len(values) < FEWEST or not reference.rows[k] >= FEWEST:
            continue
        psi = _index(reference.shares[k], reference.edges[k], float(reference.rows[k]), values)
        if psi >= max(SOME, _noise(float(reference.rows[k]), len(values))):
            found.append(Drift(name, psi))
    return tuple(sorted(found, key=lambda drift: -drift.psi))


def class_drift(
    reference: Reference, names: Sequence[FeatureName], newest: Sequence[Table]
) -> ClassDrift:
    """Return what moved in the newest rows (n, d) of each machine of a class, farthest first.

    Of each quantity the one column that moved farthest; a column counts where most known rows of
    most machines, and of at least `LEAST_MACHINES`, lie on the same side of its range.
    """
    if len(newest) < LEAST_MACHINES:
        return ClassDrift(len(newest), 0, ())
    column = {name: k for k, name in enumerate(names)}
    sides = _sides(reference, newest)
    moved: dict[tuple[str, str], Moved] = {}
    out = np.zeros(len(newest), bool)
    for drift in drift_of(reference, names, np.concatenate(newest)):
        side = _common_side(sides, column[drift.name])
        if side is None or drift.name.statistic in OF_CLASS_SILENT:
            continue
        key = (drift.name.group, drift.name.code)
        moved.setdefault(key, Moved(drift.name, drift.psi, side))
        out |= sides[side][:, column[drift.name]]
    return ClassDrift(len(newest), int(out.sum()), tuple(moved.values()))


def outside(reference: Reference, names: Sequence[FeatureName], row: Table) -> tuple[Outside, ...]:
    """Return the columns of one row (d,) outside the range of nearly all training rows."""
    beyond = (row < reference.low) | (row > reference.high)  # NaN is neither
    return tuple(
        Outside(names[k], float(row[k]), float(reference.low[k]), float(reference.high[k]))
        for k in np.flatnonzero(beyond).tolist()
        if not _is_silent(names[k])
    )


def share_outside(reference: Reference, names: Sequence[FeatureName], row: Table) -> float:
    """Return the share of one row's known columns outside that range, 0 when none is known.

    About 0.02 where nothing is unusual: the range leaves out so much of the training rows.
    """
    known = np.isfinite(row) & np.isfinite(reference.low)
    known &= np.array([not _is_silent(name) for name in names], dtype=bool)
    return len(outside(reference, names, row)) / max(int(known.sum()), 1)


def _column(values: Table) -> tuple[Floats, Floats, float, float, float]:
    known = _known(values).astype(np.float64)
    if len(known) < FEWEST:
        return np.full(BINS - 1, np.nan), np.full(BINS, np.nan), float(len(known)), np.nan, np.nan
    inner = np.percentile(known, np.linspace(0.0, 100.0, BINS + 1)[1:-1])
    inner = inner.astype(np.float32).astype(np.float64)  # as it will be stored
    low, high = np.percentile(known, RANGE)
    return inner, _counts(known, inner) / len(known), float(len(known)), float(low), float(high)


def _counts(values: NDArray[Any], edges: NDArray[Any]) -> Floats:
    """How many values lie in each bin (above the edge before, up to its own)."""
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=BINS).astype(float)


def _index(shares: Table, edges: Table, rows: float, values: Table) -> float:
    then = _smoothed(shares.astype(np.float64) * rows)
    now = _smoothed(_counts(values, edges))
    return float(np.sum((now - then) * np.log(now / then)))


def _smoothed(counts: Floats) -> Floats:
    return np.asarray((counts + HALF) / (counts.sum() + HALF * len(counts)))


def _noise(rows: float, newest: int) -> float:
    """The index that chance alone exceeds once in a thousand columns."""
    return float(chi2.ppf(1.0 - BY_CHANCE, BINS - 1)) * (1.0 / rows + 1.0 / newest)


def _sides(reference: Reference, newest: Sequence[Table]) -> dict[Direction, NDArray[np.bool_]]:
    """Whether more than half of a machine's known rows lie above, below: each (machines, d)."""
    known = np.stack([np.isfinite(rows).sum(axis=0) for rows in newest])
    above = np.stack([(rows > reference.high).sum(axis=0) for rows in newest])
    below = np.stack([(rows < reference.low).sum(axis=0) for rows in newest])
    return {"higher": 2 * above > known, "lower": 2 * below > known}


def _common_side(sides: Mapping[Direction, NDArray[np.bool_]], column: int) -> Direction | None:
    for direction, machines in sides.items():
        count = int(machines[:, column].sum())
        if count >= LEAST_MACHINES and 2 * count > len(machines):
            return direction
    return None


def _known(values: Table) -> Table:
    return values[np.isfinite(values)]


def _is_silent(name: FeatureName) -> bool:
    return name.statistic in SILENT or name.group in SILENT_GROUPS
