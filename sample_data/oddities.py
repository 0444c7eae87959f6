"""What happens to single machines on set days, so that every history has it to show.

Only the hidden state is touched; everything anybody sees of it comes from the readings.
"""

from __future__ import annotations

import math

import numpy as np

from sample_data.machines import Machine
from sample_data.state import WHOLE, Job, State

EXCHANGE_HOUR, EXCHANGE_HOURS = 8, 24
QUIET_BEFORE, QUIET_AFTER = 60, 20
"""Days around the day a defect begins in which nothing else goes wrong; at the first of them the
component is renewed."""
QUIET_WEAR = 0.6
"""Wear is kept below this meanwhile; a day's jump from here to complete wear is unheard of."""
RISING_PLACE = 0
RISING_HOURS, RISING_CLEARNESS = 24.0 * 16.0, 1.4
"""How long the rising defect takes to grow, and how well it shows."""
SAFE_DAYS, SAFE_DEFECT = 15, 0.75
"""For how many days it stays below which size, so that there is time to act."""


def apply(machine: Machine, state: State, day: int) -> None:
    """Prepare the machine for what is to happen to it today."""
    if day == machine.exchange_day:
        hour = 24 * day + EXCHANGE_HOUR
        state.jobs.append(Job(hour, WHOLE, "replace", EXCHANGE_HOURS, planned=True))
        state.jobs.sort(key=lambda job: job.hour)
    if machine.rising_day is not None:
        _raise(state, day, machine.rising_day)


def _raise(state: State, day: int, rising_day: int) -> None:
    """Let the first component's defect begin on its day, and keep all else away from it."""
    parts = state.parts
    if day == max(0, rising_day - QUIET_BEFORE):
        # Else its next service, every 100 days, could fall into the rise.
        state.due_day[RISING_PLACE] = day
    if rising_day - QUIET_BEFORE <= day <= rising_day:
        parts.wear = np.where(parts.defect > 0.0, parts.wear, np.minimum(parts.wear, QUIET_WEAR))
        parts.sudden_in = np.maximum(parts.sudden_in, 24.0 * (rising_day - day + QUIET_AFTER))
        parts.induced_in[:] = math.nan
    if day == rising_day:
        parts.wear[RISING_PLACE], parts.defect[RISING_PLACE] = 1.0, 0.0
        parts.onset[RISING_PLACE] = math.nan
        parts.warning_hours[RISING_PLACE] = RISING_HOURS
        parts.clearness[RISING_PLACE] = RISING_CLEARNESS
    if rising_day < day < rising_day + SAFE_DAYS:
        parts.defect[RISING_PLACE] = min(parts.defect[RISING_PLACE], SAFE_DEFECT)
