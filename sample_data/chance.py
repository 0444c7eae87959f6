"""Chance with an address: every draw belongs to a machine and a day, or to one life of a part.

So neither the number of machines nor a repair changes what chance holds for everything else, and
two plants that differ in one repair can be compared draw by draw.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    MACHINE = 1
    LIFE = 9
    DAY = 3
    WEATHER = 4
    PAIR = 5
    TRUTH = 6


def stream(seed: int, purpose: Purpose, *address: int) -> np.random.Generator:
    """The random numbers of one address; the same address always gives the same numbers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, purpose, *address))))
