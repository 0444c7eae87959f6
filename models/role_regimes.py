"""What each role reads in each regime, net of the level that every machine has of its own.

Machines of a class read differently and spend their time in different regimes. Taking medians of
all of them together would mix the two up, so the medians by machine and regime are split into a
level per machine and an effect per regime: Tukey's median polish (Exploratory Data Analysis, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.regimes import Regimes, RoleRegimes
from models.spec import ClassSpec

Floats = NDArray[np.float64]
Regime = NDArray[np.intp]
Surveyed = Sequence[tuple[Floats, Floats]]

MAD_TO_STD = 1.4826  # of a normal distribution
FEWEST = 12  # values of a role in a regime of one machine, below that its median says little
ROUNDS = 20
LEAST_SPREAD = 0.1  # of the typical one: a regime in which a sensor hardly moves is no magnifier
EXPLAINS = 0.2  # share of a regime's variance a linear correction must take away


def role_regimes(found: Regimes, spec: ClassSpec, surveyed: Surveyed) -> Regimes:
    """Return the regimes with the roles of the spec that tell of health.

    surveyed: by machine conditions (n, c) and role values (n, r), roles as the spec has them. A
    role without enough values in any regime is left out: it is not steadied.
    """
    codes = [role.code for role in spec.roles if not role.is_condition]
    placed = [found.placed(conditions) for conditions, _ in surveyed]
    regimes = [regime for regime, _ in placed]
    inside = np.concatenate([where for _, where in placed])
    roles = []
    for column, code in enumerate(codes):
        values = [values[:, column] for _, values in surveyed]
        told = _role(code, values, regimes, inside, len(found))
        if told is not None:
            roles.append(told)
    return replace(found, roles=tuple(roles))


def _role(
    code: str, values: Sequence[Floats], regimes: Sequence[Regime], inside: Floats, k: int
) -> RoleRegimes | None:
    medians = np.array([_medians(v, g, k) for v, g in zip(values, regimes, strict=True)])
    if not np.isfinite(medians).any():
        return None
    levels, effects = polish(medians)
    own = np.repeat(levels, [len(v) for v in values])
    net, regime = np.concatenate(values) - own, np.concatenate(regimes)
    known = np.isfinite(net)
    net, regime, inside = net[known], regime[known], inside[known]
    typical = float(np.median(levels[np.isfinite(levels)]))
    centred = net - effects[regime]
    slopes = np.array([_slopes(centred[regime == g], inside[regime == g]) for g in range(k)])
    left = centred - (inside * slopes[regime]).sum(axis=1)
    spreads = np.array([_spread(left[regime == g]) for g in range(k)])
    share = np.bincount(regime, minlength=k) * np.isfinite(effects + spreads)
    return _told(code, typical + effects, spreads, slopes, share / max(share.sum(), 1))


def _told(
    code: str, centers: Floats, spreads: Floats, slopes: Floats, share: Floats
) -> RoleRegimes | None:
    """Put together what is known; a regime this role was never seen in is taken as the mixture.

    The mixture's spread is that of the law of total variance.
    """
    seen = share > 0.0
    if not seen.any():
        return None
    center = float(share[seen] @ centers[seen])
    spread = float(np.sqrt(share[seen] @ spreads[seen] ** 2))
    if spread == 0.0:  # a sensor that never moves inside a regime is only shifted
        spread = 1.0
        spreads = np.where(seen, 1.0, spreads)
    spreads = np.maximum(spreads, LEAST_SPREAD * spread)
    mixed = float(np.sqrt(share[seen] @ (spreads[seen] ** 2 + (centers[seen] - center) ** 2)))
    return RoleRegimes(
        code=code,
        centers=tuple(np.where(seen, centers, center).tolist()),
        spreads=tuple(np.where(seen, spreads, mixed).tolist()),
        slopes=tuple(tuple(row) for row in np.where(seen[:, None], slopes, 0.0).tolist()),
        center=center,
        spread=spread,
        mixed_spread=mixed,
    )


def polish(table: Floats) -> tuple[Floats, Floats]:
    """Split medians (m, k), NaN = unknown, into levels (m,) and effects (k,) that add up to them.

    Effects have a median of 0; what has no value has none.
    """
    levels, effects = np.zeros(len(table)), np.zeros(table.shape[1])
    for _ in range(ROUNDS):
        levels = _median_of(table - effects)
        effects = _median_of((table - levels[:, None]).T)
        effects = effects - np.median(effects[np.isfinite(effects)])
    return levels, effects


def _median_of(rows: Floats) -> Floats:
    """The median of each row, unknown entries left out."""
    medians = np.full(len(rows), np.nan)
    known = np.isfinite(rows).any(axis=1)
    medians[known] = np.nanmedian(rows[known], axis=1)
    return medians


def _medians(values: Floats, regime: Regime, k: int) -> Floats:
    """The median of one machine in each regime (k,), NaN where too little is known."""
    medians = np.full(k, np.nan)
    for g in range(k):
        known = values[(regime == g) & np.isfinite(values)]
        if len(known) >= FEWEST:
            medians[g] = np.median(known)
    return medians


def _slopes(values: Floats, inside: Floats) -> Floats:
    """Least squares of centred values (n,) on conditions (n, c); 0 unless it explains enough."""
    none = np.zeros(inside.shape[1])
    if len(values) < FEWEST * (1 + inside.shape[1]) or not np.isfinite(values).all():
        return none
    y, x = values - values.mean(), inside - inside.mean(axis=0)
    slopes: Floats = np.linalg.lstsq(x, y, rcond=None)[0]
    left = y - x @ slopes
    explained = 1.0 - float(left @ left) / max(float(y @ y), np.finfo(float).tiny)
    return slopes if explained >= EXPLAINS else none


def _spread(left: Floats) -> float:
    """1.4826 MAD, or the standard deviation where more than half are equal; NaN of too few."""
    if len(left) < FEWEST or not np.isfinite(left).all():
        return np.nan
    spread = MAD_TO_STD * float(np.median(np.abs(left - np.median(left))))
    return spread if spread > 0.0 else float(left.std())
