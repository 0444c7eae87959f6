"""Machines that run at distinct operating points, written down step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.history import Failures, MachineHistory, Series
from models.regimes import Regimes
from models.spec import HOUR_US, ClassSpec, RoleSpec
from models.surveys import fit_regimes, survey_of

SPEC = ClassSpec(
    "fan",
    (
        RoleSpec("vibration", "Vibration", "mm/s", is_comparable=True),
        RoleSpec("heat", "Bearing temperature", "degC"),
        RoleSpec("speed", "Speed", "rpm", is_condition=True),
        RoleSpec("load", "Load", "%", is_condition=True),
    ),
    decision_us=0,
    windows=(4, 24, 48),
    horizons=(24,),
    horizon_steps=24,
    baseline_steps=240,
)
# Speed and load of six operating points, and what a healthy fan shows there.
POINTS = np.array([[600, 20], [600, 80], [900, 20], [900, 80], [1200, 50], [1500, 100]], float)
VIBRATION = np.array([1.0, 1.6, 2.0, 2.8, 4.0, 6.0])
HEAT = np.array([40.0, 45.0, 48.0, 55.0, 60.0, 80.0])
NOISE = 0.1
HOURS = 24
MODE = "bearing"
HEAT_NOISE = np.array([0.5, 0.5, 1.0, 1.0, 1.0, 2.0])  # it scatters more where it is hot


@dataclass(frozen=True)
class Fan:
    """A machine and the truth behind it."""

    history: MachineHistory
    point: NDArray[np.int64]


def fan(
    tag: str,
    seed: int,
    *,
    days: int = 60,
    points: tuple[int, ...] = (),
    wear: NDArray[np.float64] | None = None,
    failures: Failures | None = None,
) -> Fan:
    """A fan that changes its operating point every few hours; `wear` is added to its vibration."""
    random = np.random.default_rng(seed)
    steps = days * 24
    stays = random.integers(3, 10, steps).cumsum()
    drawn = random.choice(points or range(len(POINTS)), steps)
    point = drawn[np.searchsorted(stays, np.arange(steps), side="right")]
    at = HOUR_US * np.arange(1, steps + 1, dtype=np.int64)
    own = 0.3 * random.standard_normal()
    conditions = POINTS[point] + random.standard_normal((steps, 2)) * (8.0, 1.0)
    vibration = VIBRATION[point] + own + NOISE * random.standard_normal(steps)
    heat = HEAT[point] + 5.0 * own + HEAT_NOISE[point] * random.standard_normal(steps)
    if wear is not None:
        vibration = vibration + wear
    columns = {"vibration": vibration, "heat": heat}
    columns |= {"speed": conditions[:, 0], "load": conditions[:, 1]}
    readings = {role: Series(at, values) for role, values in columns.items()}
    history = MachineHistory(tag, "fan", int(at[-1]), readings, failures=failures or Failures())
    return Fan(history, point)


def fleet(count: int = 6, **settings: Any) -> list[Fan]:
    """So many fans, each with the luck of its number."""
    return [fan(f"F-{k}", seed=k, **settings) for k in range(count)]


def worn(tag: str, seed: int, *, days: int) -> Fan:
    """A fan that fails again and again: its vibration climbs for days before, far less than it
    differs between operating points, and is back at its normal after the repair."""
    random = np.random.default_rng([seed, 1])
    steps, ends = days * HOURS, []
    wear = np.zeros(steps)
    end = int(random.integers(20, 70)) * HOURS
    while end < steps:
        warned = int(random.integers(5, 12)) * HOURS
        wear[max(end - warned, 0) : end] += np.linspace(0.0, 0.8, warned)[-min(warned, end) :]
        ends.append(end)
        end += int(random.integers(20, 70)) * HOURS
    at = HOUR_US * np.array(ends, np.int64)
    failed = Failures(at, np.full(len(at), MODE, dtype=object))
    return fan(tag, seed, days=days, wear=wear, failures=failed)


def regimes_of(fans: list[Fan], spec: ClassSpec = SPEC) -> Regimes | None:
    """What the class's own survey finds in these fans."""
    return fit_regimes(spec, [survey_of(one.history, spec, 4000) for one in fans])
