"""Weather of the site and load of a machine, hour by hour."""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache

import numpy as np

from sample_data.chance import Purpose, stream
from sample_data.rows import Floats
from sample_data.wear import NORMAL_LOAD

YEARLY_MEAN, YEARLY_SWING, COLDEST_DAY = 12.0, 9.0, 20
CLOCK = np.arange(1, 25) / 24.0
BY_HOUR = np.sin(2.0 * math.pi * (CLOCK - 0.35))
"""Highest in the early afternoon, lowest at night."""


def ambient(seed: int, day: int, midnight: datetime) -> Floats:
    """Temperature around the machines (24,), degC: season, a spell of weather, time of day."""
    season = -math.cos(2.0 * math.pi * (midnight.timetuple().tm_yday - COLDEST_DAY) / 365.25)
    spell = _spell(seed, day) + (_spell(seed, day + 1) - _spell(seed, day)) * CLOCK
    return YEARLY_MEAN + YEARLY_SWING * season + spell + 2.5 * BY_HOUR


def load(before: float, after: float, shifts: float, weekday: int) -> Floats:
    """Load (24,) between 0.35 and 1: the day's drift from *before* to *after*, shifts, weekends."""
    pattern = shifts * (0.09 * BY_HOUR - (0.08 if weekday >= 5 else 0.0))
    hourly: Floats = np.clip(NORMAL_LOAD + before + (after - before) * CLOCK + pattern, 0.35, 1.0)
    return hourly


def _spell(seed: int, day: int) -> float:
    # A moving average over five days: weather lasts, yet any day can be had without the others.
    return sum(_draw(seed, day + k) for k in range(5)) / math.sqrt(5.0)


@lru_cache(maxsize=64)
def _draw(seed: int, day: int) -> float:
    return float(stream(seed, Purpose.WEATHER, day).normal(0.0, 2.8))
