"""What the sensors of a machine show in a day, hour by hour."""

from __future__ import annotations

import numpy as np

from sample_data.facts import Rest
from sample_data.machines import Machine
from sample_data.operation import Course
from sample_data.rows import Floats
from sample_data.state import State, Upset
from sample_data.surroundings import YEARLY_MEAN
from sample_data.wear import NORMAL_LOAD

WORN_SHARE = 0.04
"""Share of a component's signs that wear alone shows, before any defect."""
GAP_RISK, STANDING_GAP_RISK = 0.004, 0.3
OUTAGES_PER_DAY, UPSETS_PER_DAY = 4 / 365, 4 / 365


def observe(
    machine: Machine,
    state: State,
    course: Course,
    load: Floats,
    ambient: Floats,
    day: int,
    chance: np.random.Generator,
) -> Floats:
    """Readings (24, sensors) of the day's hours, NaN where none arrived; three decimals."""
    white = chance.standard_normal((24, len(machine.level)))
    shown = severity(state, course) @ signs(machine, state)
    _disturb(machine, state, shown, chance)
    shown += machine.level + (load[:, None] - NORMAL_LOAD) * machine.per_load
    shown += (ambient[:, None] - YEARLY_MEAN) * machine.per_degree + machine.noise * white
    if not course.running.all():
        standing = ~course.running
        shown[standing] = _at_rest(machine, ambient[standing], white[standing])
    shown = np.clip(shown, machine.lowest, machine.highest).round(3)
    _hold_stuck(machine, state, shown, day)
    shown[_missing(state, course, shown.shape, chance)] = np.nan
    return shown


def severity(state: State, course: Course) -> Floats:
    """How much of each component's signs shows (24, components); 1 at the moment of failure."""
    # Damage accelerates: half way through the warning time 40 % of the signs show.
    shown: Floats = state.parts.clearness * course.defect**1.3 + WORN_SHARE * course.wear
    return shown


def signs(machine: Machine, state: State) -> Floats:
    """What each component's damage adds to each sensor (components, sensors), as it takes it."""
    tilt = state.parts.tilt[:, None]
    clearest = np.arange(machine.signs.shape[1]) == _clearest(machine)[:, None]
    tilted: Floats = 2.0 * machine.signs * np.where(clearest, tilt, 1.0 - tilt)
    return tilted


def _clearest(machine: Machine) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """The sensor that stands out most from its noise, per component."""
    return np.argmax(np.abs(machine.signs) / machine.noise, axis=1)


def _disturb(machine: Machine, state: State, shown: Floats, chance: np.random.Generator) -> None:
    """Now and then one sensor shows for days what only damage should: a loose mount, a draught,
    another product. The component's other signs stay away, which is how it can be told apart.
    """
    begins, place, size, hours = chance.random(), chance.random(), chance.random(), chance.random()
    if state.upset is None and begins < UPSETS_PER_DAY:
        chosen = int(place * len(machine.signs))
        state.upset = Upset(chosen, 0.25 + 0.45 * size, 18 + int(126 * hours))
    upset = state.upset
    if upset is None:
        return
    sensor = int(_clearest(machine)[upset.place])
    shown[: upset.hours_left, sensor] += upset.size * machine.signs[upset.place, sensor]
    upset.hours_left -= len(shown)
    if upset.hours_left <= 0:
        state.upset = None


def _at_rest(machine: Machine, ambient: Floats, white: Floats) -> Floats:
    shown = 0.004 * machine.level * np.abs(white)
    for column, role in enumerate(machine.facts.roles):
        if role.rest is Rest.AMBIENT:
            shown[:, column] = ambient + 4.0 + white[:, column]
        elif role.rest is Rest.SILENT:
            shown[:, column] = np.nan
    return shown


def _hold_stuck(machine: Machine, state: State, shown: Floats, day: int) -> None:
    """A stuck sensor repeats the last value it measured, whatever the machine does."""
    if machine.stuck_sensor is None or day < machine.stuck_from_day:
        return
    if np.isnan(state.held):
        state.held = float(shown[0, machine.stuck_sensor])
    shown[:, machine.stuck_sensor] = state.held


def _missing(
    state: State, course: Course, shape: tuple[int, ...], chance: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    lost = (
        chance.random(shape)
        < np.where(course.running | course.resting, GAP_RISK, STANDING_GAP_RISK)[:, None]
    )
    begins, lasts = chance.random(), chance.integers(3, 36)
    if not state.silent_hours and begins < OUTAGES_PER_DAY:
        state.silent_hours = int(lasts)
    lost[: state.silent_hours] = True
    state.silent_hours = max(0, state.silent_hours - shape[0])
    return lost
