"""What the sister machines did at the same time: it takes season and load out of a deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.health import HealthSeries

Deviations = NDArray[np.float32]

MIN_SISTERS = 3  # a median of fewer follows a single machine
# A deviation counts at most this many times what the machine itself shows: sisters that move
# must not indict the one that stays at its normal.
OWN_SHARE = 2.0
CHUNK = 4_000_000  # values compared at once


@dataclass(frozen=True, slots=True)
class Sisters:
    """Median deviation of the other machines at each row (n, r), NaN below `MIN_SISTERS`; and how
    many had a value."""

    median: Deviations
    count: NDArray[np.int64]

    def taken_out_of(self, own: Deviations) -> Deviations:
        """Return the deviation that the sisters do not share; the own one where there are none."""
        apart = own - self.median
        bounded = np.sign(apart) * np.minimum(np.abs(apart), OWN_SHARE * np.abs(own))
        return np.where(np.isfinite(self.median), bounded, own)


def sisters_of(machines: Sequence[HealthSeries]) -> list[Sisters]:
    """Return, for each machine of one class, what the others did at its own decision rows."""
    every = np.unique(np.concatenate([machine.at for machine in machines]))
    width = machines[0].deviation.shape[1]
    rows = [np.searchsorted(every, machine.at) for machine in machines]
    medians = [np.full(machine.deviation.shape, np.nan, np.float32) for machine in machines]
    counts = [np.zeros(machine.deviation.shape, np.int64) for machine in machines]
    step = max(CHUNK // max(len(machines) * width, 1), 1)
    for start in range(0, len(every), step):
        block = np.full((len(machines), min(step, len(every) - start), width), np.nan, np.float32)
        parts = [slice(*np.searchsorted(row, [start, start + step])) for row in rows]
        for k, part in enumerate(parts):
            block[k, rows[k][part] - start] = machines[k].deviation[part]
        median, count = others(block)
        for k, part in enumerate(parts):
            medians[k][part] = median[k, rows[k][part] - start]
            counts[k][part] = count[k, rows[k][part] - start]
    return [Sisters(*pair) for pair in zip(medians, counts, strict=True)]


def others(block: Deviations) -> tuple[Deviations, NDArray[np.int64]]:
    """Return the median over axis 0 of all but each entry itself, and of how many; NaN = unknown.

    One sort serves everybody: with the entry at rank k left out, the j-th of the others is the
    j-th of all below k, and the one after it from k on.
    """
    order = np.argsort(block, axis=0, kind="stable")  # unknown ones last
    rank = np.argsort(order, axis=0, kind="stable")
    ordered = np.take_along_axis(block, order, axis=0)
    known = np.isfinite(block)
    count = known.sum(axis=0) - known
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    picked = [
        np.take_along_axis(ordered, np.minimum(j + (known & (j >= rank)), len(block) - 1), axis=0)
        for j in (low, high)
    ]
    median = (picked[0] + picked[1]) / 2
    return np.where(count >= MIN_SISTERS, median, np.nan).astype(np.float32), count
