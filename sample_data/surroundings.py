"""Weather of the site, load of a machine hour by hour, and whose turn it is in a pair."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
DRIFT_KEPT, DRIFT_SPREAD = 0.85, 0.03
"""Of the load's drift, what is left the day after and what comes new."""
DUTIES, DUTY_SHARES = np.array([-0.14, 0.0, 0.10]), np.array([0.25, 0.5, 0.25])
"""Regimes: low, normal and high, as offsets of the load; how often each is ordered."""
DUTY_DAYS = 4, 25
"""Shortest time of a regime, and the first that is too long."""
TURN_DAYS, FIRST_TURN, TURN_LASTS = 28, (3, 15), (5, 11)
"""A pair's cycle; within it the day the standby machine takes over and for how many days."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A regime the machine works in for some more days after today."""

    offset: float
    days_left: int


NORMAL_DUTY = Duty(0.0, 0)


def next_duty(duty: Duty, chance: np.random.Generator) -> Duty:
    """The regime of the next day."""
    which, days = chance.choice(DUTIES, p=DUTY_SHARES), chance.integers(*DUTY_DAYS)
    if duty.days_left:
        return Duty(duty.offset, duty.days_left - 1)
    return Duty(float(which), int(days) - 1)


def is_standbys_turn(seed: int, pair: int, day: int) -> bool:
    """Whether the standby machine of a pair runs today, and the other one rests."""
    cycle, of_cycle = divmod(day, TURN_DAYS)
    begins, days = _turn(seed, pair, cycle)
    return begins <= of_cycle < begins + days


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
def _turn(seed: int, pair: int, cycle: int) -> tuple[int, int]:
    chance = stream(seed, Purpose.PAIR, pair, cycle)
    return int(chance.integers(*FIRST_TURN)), int(chance.integers(*TURN_LASTS))


@lru_cache(maxsize=64)
def _draw(seed: int, day: int) -> float:
    return float(stream(seed, Purpose.WEATHER, day).normal(0.0, 2.8))
