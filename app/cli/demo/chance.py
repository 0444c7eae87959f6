"""The whims of simulated people: the same for the same order, whatever its number."""

from __future__ import annotations

import random
import zlib


def whim(seed: int, *about: object) -> random.Random:
    """A source of chance for one decision."""
    return random.Random(zlib.crc32(" ".join([str(seed), *map(str, about)]).encode()))
