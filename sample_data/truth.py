"""How likely failures truly are, by the hidden state: to judge predictors with, and nothing else.

Wear and the growth of a defect are followed through the days ahead in many seeded futures of
their daily shocks, under the load to be expected; sudden failures and those brought about by work
come at their prior rates, because nothing in the state of a machine foretells them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from sample_data import surroundings
from sample_data.chance import Purpose, stream
from sample_data.facts import ComponentFacts
from sample_data.machines import Machine
from sample_data.operation import draw_shocks
from sample_data.rows import Floats
from sample_data.state import WHOLE, State
from sample_data.wear import (
    HOURS_PER_YEAR,
    INDUCED_HOURS,
    INDUCED_SHARE,
    NORMAL_LOAD,
    START_WEAR,
)

FUTURES = 1_000


@dataclass(frozen=True, slots=True)
class Ahead:
    """The days to come, one entry each: running hours, effort of such an hour (1 = that of normal
    load), and whether the machine is started."""

    hours: Floats
    effort: Floats
    starts: Floats


@dataclass(frozen=True, slots=True)
class Standing:
    """How a component stands now, or will when the work on it is done."""

    wear: float
    defect: float
    pace: float
    warning_hours: float
    life: int
    run_hours: float


def hazard(
    seed: int, machine: Machine, state: State, day: int, start: datetime, days: int
) -> dict[str, float]:
    """Probability that each component fails in the next *days* days without any intervention.

    A component that is being worked on is judged by the new one that will be fitted.
    """
    ahead = _ahead(seed, machine, state, day, start, days)
    return {
        part.code: _chance(part, _standing(part, state, place), ahead)
        for place, part in enumerate(machine.facts.components)
    }


def _chance(part: ComponentFacts, standing: Standing, ahead: Ahead) -> float:
    running = float(ahead.hours.sum())
    spared = math.exp(-running * part.sudden_per_year / HOURS_PER_YEAR)
    spared *= 1.0 - _wears_out(standing, ahead)
    return 1.0 - spared * (1.0 - _induced(standing, running))


def _wears_out(now: Standing, ahead: Ahead) -> float:
    shocks = _futures(len(ahead.hours))
    step = now.pace * ahead.effort * ahead.hours * shocks[0] + START_WEAR * ahead.starts
    beyond = now.wear + np.cumsum(step, axis=1) - 1.0
    damaged = np.divide(beyond, step, out=(beyond >= 0.0).astype(float), where=step > 0.0)
    growth = ahead.hours * shocks[1] / now.warning_hours * np.clip(damaged, 0.0, 1.0)
    return float(np.mean(now.defect + growth.sum(axis=1) >= 1.0))


def _induced(now: Standing, running: float) -> float:
    if now.life == 0:
        return 0.0
    first, last = INDUCED_HOURS
    by_now, by_then = (
        INDUCED_SHARE * min(1.0, max(0.0, (hours - first) / (last - first)))
        for hours in (now.run_hours, now.run_hours + running)
    )
    return (by_then - by_now) / (1.0 - by_now)


@lru_cache(maxsize=8)
def _futures(days: int) -> Floats:
    """Daily shocks (2, futures, days) on wear and on the growth of a defect."""
    chance = stream(FUTURES, Purpose.TRUTH, days)
    return np.stack([draw_shocks(days, chance) for _ in range(FUTURES)], axis=1)


def _standing(part: ComponentFacts, state: State, place: int) -> Standing:
    parts, stop = state.parts, state.stop
    life = int(parts.life[place])
    if stop is not None and stop.job.place in (place, WHOLE):
        usual_warning = 24.0 * sum(part.warning_days) / 2.0
        return Standing(0.0, 0.0, 1.0 / (24.0 * part.life_days), usual_warning, life + 1, 0.0)
    columns = parts.wear, parts.defect, parts.pace, parts.warning_hours
    wear, defect, pace, warning_hours = (float(column[place]) for column in columns)
    return Standing(wear, defect, pace, warning_hours, life, float(parts.run_hours[place]))


def _ahead(
    seed: int, machine: Machine, state: State, day: int, start: datetime, days: int
) -> Ahead:
    runs = [d >= machine.first_day and not machine.rests(seed, d) for d in range(day, day + days)]
    stood = np.array([state.stands, *(not run for run in runs)][:days])
    left = state.stop.hours_left if state.stop is not None else 0
    stops = np.clip(left - 24 * np.arange(days), 0, 24)
    hours = np.where(runs, 24.0 - stops, 0.0)
    return Ahead(
        hours, _effort(machine, state, day, start, days), (stood & (hours > 0.0)).astype(float)
    )


def _effort(machine: Machine, state: State, day: int, start: datetime, days: int) -> Floats:
    """Expected (load / normal load)^2 of each day: the square of the mean, and the variance."""
    ends = np.arange(days + 1)
    known = ends <= state.duty.days_left
    duty, unsure = _usual_duty()
    drift = (state.load - state.duty.offset) * surroundings.DRIFT_KEPT**ends
    mean = drift + np.where(known, state.duty.offset, duty)
    kept = surroundings.DRIFT_KEPT**2
    variance = surroundings.DRIFT_SPREAD**2 * (1.0 - kept ** ends[1:]) / (1.0 - kept)
    variance = variance + np.where(known[1:], 0.0, unsure)
    weekdays = [(start + timedelta(days=day + d)).weekday() for d in range(days)]
    squares = [
        np.mean(surroundings.load(mean[d], mean[d + 1], machine.facts.shifts, weekday) ** 2)
        for d, weekday in enumerate(weekdays)
    ]
    effort: Floats = (np.array(squares) + variance) / NORMAL_LOAD**2
    return effort


def _usual_duty() -> tuple[float, float]:
    """Mean and variance of the regimes' offsets."""
    mean = float(surroundings.DUTIES @ surroundings.DUTY_SHARES)
    return mean, float((surroundings.DUTIES - mean) ** 2 @ surroundings.DUTY_SHARES)
