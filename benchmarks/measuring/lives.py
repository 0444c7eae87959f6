"""The lives of components in calendar days, as they were known at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.record import Part
from benchmarks.measuring.scoring import DAY_US
from models.outcomes import CENSORED

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lives:
    """n lives: the age at which each came into sight, the age at which it ended, and how."""

    entry: Floats
    end: Floats
    kind: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.end)


def lives_of(parts: Iterable[Part], until: int) -> Lives:
    """Return every life of these parts that was in sight before `until`, cut off there.

    Lives of which nobody knows when they began are left out.
    """
    rows = [row for part in parts if part.since < until for row in _lives(part, until)]
    entry, end, kind = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else [()] * 3
    )
    return Lives(
        np.asarray(entry, dtype=float) / DAY_US,
        np.asarray(end, dtype=float) / DAY_US,
        np.asarray(kind, dtype=np.int8),
    )


def _lives(part: Part, until: int) -> list[tuple[int, int, int]]:
    seen = (part.ends > part.since) & (part.ends < until)
    ends = [*part.ends[seen].tolist(), until]
    kinds = [*part.kinds[seen].tolist(), CENSORED]
    return [
        (max(part.since - part.birth(end), 0), end - part.birth(end), kind)
        for end, kind in zip(ends, kinds, strict=True)
        if part.is_age_known(end)
    ]
