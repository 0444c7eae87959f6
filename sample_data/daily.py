"""The hidden side of one machine's day: its load, its calendar, its wear and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from sample_data import oddities, upkeep
from sample_data.machines import Machine
from sample_data.operation import Course, Shift, draw_shocks, live_through
from sample_data.rows import Floats
from sample_data.state import State
from sample_data.surroundings import DRIFT_KEPT, DRIFT_SPREAD, load, next_duty


def live_day(
    seed: int,
    machine: Machine,
    state: State,
    day: int,
    start: datetime,
    chance: np.random.Generator,
) -> tuple[Course, Floats]:
    """Carry *state* through *day*; return what happened and the load (24,) it happened under.

    *chance* is the day's own stream; what it still holds afterwards is for what the sensors show.
    """
    weekday = (start + timedelta(days=day)).weekday()
    before, state.load = state.load, _next_load(state, chance)
    oddities.apply(machine, state, day)
    hourly = load(before, state.load, machine.facts.shifts, weekday)
    upkeep.plan(state, machine, day, weekday, chance)
    shocks = draw_shocks(len(machine.facts.components), chance)
    return live_through(Shift(machine, state, seed, start, day, hourly, shocks)), hourly


def _next_load(state: State, chance: np.random.Generator) -> float:
    """The load at the end of today, above normal: what is left of the drift, and the regime."""
    drift = DRIFT_KEPT * (state.load - state.duty.offset) + chance.normal(0.0, DRIFT_SPREAD)
    state.duty = next_duty(state.duty, chance)
    return float(drift + state.duty.offset)
