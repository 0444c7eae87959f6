"""Components that wear, begin to fail, and fail.

Delay-time model (Christer and Waller 1984): wear is hidden until it reaches 1; then a defect
grows from 0 and the function is lost when it reaches 1. A sudden failure comes after a number of
running hours drawn from an exponential law, whatever the wear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample_data.chance import Purpose, stream
from sample_data.facts import ComponentFacts
from sample_data.rows import Floats

NORMAL_LOAD = 0.75
HOURS_PER_YEAR = 8_760.0
MEDIAN_REPAIR_HOURS = 10.0
TILTS = (0.2, 0.8)
START_WEAR = 0.004
"""What one start costs each component, in complete wears."""
INDUCED_SHARE, INDUCED_HOURS = 0.04, (6.0, 240.0)
"""How often work on a component brings about its failure, and after how many running hours."""


@dataclass(slots=True)
class Parts:
    """Condition of one machine's components, one entry per component.

    `pace` is wear per running hour at normal load; `onset` the hour the defect began (NaN: none);
    `repair_hours` how long the machine stands when this one fails. `run_hours` counts running
    hours since it was fitted; `sudden_in` and `induced_in` are the running hours left until fate,
    or the mistake made when it was fitted (NaN: none), ends it without a sign.
    """

    life: npt.NDArray[np.int64]
    wear: Floats
    defect: Floats
    onset: Floats
    pace: Floats
    warning_hours: Floats
    clearness: Floats
    sudden_in: Floats
    induced_in: Floats
    repair_hours: Floats
    tilt: Floats
    run_hours: Floats


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some hours of running: state after each hour (hours, components), and how they ended."""

    wear: Floats
    defect: Floats
    failed: int | None
    after_hours: float
    is_sudden: bool

    @property
    def hours(self) -> int:
        return len(self.wear)


def new_parts(count: int) -> Parts:
    zeros = np.zeros(count)
    return Parts(np.full(count, -1, dtype=np.int64), *(zeros.copy() for _ in range(11)))


def begin_life(parts: Parts, place: int, facts: ComponentFacts, seed: int, machine: int) -> None:
    """Fit a new component: no wear, no defect, and a fate of its own.

    Work can go wrong: now and then a component fitted since the plant's start (the second life
    and later ones) fails within its first days.
    """
    parts.life[place] += 1
    chance = stream(seed, Purpose.LIFE, machine, place, int(parts.life[place]))
    sigma = math.sqrt(math.log1p(facts.life_spread**2))
    parts.wear[place] = parts.defect[place] = parts.run_hours[place] = 0.0
    parts.onset[place] = math.nan
    parts.pace[place] = 1.0 / (24.0 * facts.life_days * chance.lognormal(-(sigma**2) / 2, sigma))
    parts.warning_hours[place] = 24.0 * chance.uniform(*facts.warning_days)
    parts.clearness[place] = chance.uniform(0.9, 1.4)
    parts.sudden_in[place] = chance.exponential(HOURS_PER_YEAR / facts.sudden_per_year)
    parts.repair_hours[place] = 2.0 + round(MEDIAN_REPAIR_HOURS * chance.lognormal(0.0, 0.6))
    mistaken, after = chance.random() < INDUCED_SHARE, chance.uniform(*INDUCED_HOURS)
    parts.induced_in[place] = after if mistaken and parts.life[place] else math.nan
    parts.tilt[place] = chance.choice(TILTS)


def run(parts: Parts, load: Floats, shocks: Floats, clock: int) -> Stretch:
    """Run for len(load) hours from hour *clock*, or until the first component fails.

    *load* (hours,) in 0..1; *shocks* (2, components), mean 1, scale the day's wear and its
    defects' growth. Updates *parts* to the end of the stretch.
    """
    stretch = _until_failure(parts, load, shocks)
    last = stretch.hours - 1
    began = (stretch.defect > 0) & np.isnan(parts.onset)
    parts.onset = np.where(began.any(axis=0), clock + began.argmax(axis=0), parts.onset)
    parts.wear, parts.defect = stretch.wear[last].copy(), stretch.defect[last].copy()
    parts.sudden_in = parts.sudden_in - stretch.hours
    parts.induced_in = parts.induced_in - stretch.hours
    parts.run_hours = parts.run_hours + stretch.hours
    return stretch


def start_up(parts: Parts) -> None:
    """A standing machine is started: every component wears a little."""
    parts.wear = np.minimum(parts.wear + START_WEAR, 1.0)


def _until_failure(parts: Parts, load: Floats, shocks: Floats) -> Stretch:
    pace = parts.pace * shocks[0]
    effort = (load / NORMAL_LOAD) ** 2
    wear = parts.wear + np.cumsum(effort)[:, None] * pace
    growth = (wear >= 1.0) * (shocks[1] / parts.warning_hours)
    defect = parts.defect + np.cumsum(growth, axis=0)
    wear = np.minimum(wear, 1.0)
    sudden_in = np.fmin(parts.sudden_in, parts.induced_in)
    if defect[-1].max() < 1.0 and sudden_in.min() > len(load):
        return Stretch(wear, defect, None, float(len(load)), is_sudden=False)
    instants = _instants(sudden_in, defect, growth)
    which, place = divmod(int(np.argmin(instants)), instants.shape[1])
    after = float(instants[which, place])
    hours = min(int(after) + 1, len(load))
    return Stretch(wear[:hours], defect[:hours], place, after, is_sudden=which == 1)


def _instants(sudden_in: Floats, defect: Floats, growth: Floats) -> Floats:
    """Hours until each component wears out (row 0) or fails suddenly (row 1); inf: not yet."""
    crossed = defect >= 1.0
    hour = crossed.argmax(axis=0)
    places = np.arange(defect.shape[1])
    step = growth[hour, places]
    excess = np.divide(defect[hour, places] - 1.0, step, out=np.zeros_like(step), where=step > 0)
    worn_out = np.where(crossed.any(axis=0), hour + 1.0 - excess, math.inf)
    sudden = np.where(sudden_in <= len(defect), sudden_in, math.inf)
    instants: Floats = np.maximum(np.stack([worn_out, sudden]), 0.0)
    return instants
