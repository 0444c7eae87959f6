"""Our own feature pass from readings to columns: of a whole history, and of the newest row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from models.features import build_features
from models.history import Events, MachineHistory, Series
from models.outcomes import clocks_of
from models.spec import HOUR_US, ClassSpec, RoleSpec

DAY = 24


def whole_pass(
    steps: int, sensors: int, windows: tuple[int, ...], repeats: int
) -> dict[str, float]:
    """Return milliseconds per machine with daily rows, with a row at every step, and of one row."""
    spec, history = _machine(steps, sensors, windows)
    clocks = clocks_of(history, spec.mode_codes)
    ends = np.arange(1, steps + 1, dtype=np.int64) * HOUR_US
    rows = {"daily_ms": ends[DAY - 1 :: DAY], "every_step_ms": ends, "newest_row_ms": ends[-1:]}

    def passing(at: Any) -> Callable[[], Any]:
        return lambda: build_features(history, spec, clocks, at)

    return {name: round(1e3 * _best(passing(at), repeats), 4) for name, at in rows.items()}


def _machine(
    steps: int, sensors: int, windows: tuple[int, ...]
) -> tuple[ClassSpec, MachineHistory]:
    """A machine with one reading an hour and an event now and then."""
    chance = np.random.default_rng(7)
    at = np.arange(1, steps + 1, dtype=np.int64) * HOUR_US
    roles = [f"sensor{k}" for k in range(sensors)]
    events = np.sort(chance.choice(at, size=max(steps // 200, 1)))
    spec = ClassSpec(
        "measured",
        tuple(RoleSpec(role, role, "", is_comparable=True) for role in roles),
        decision_us=0,
        windows=windows,
        event_codes=("alarm",),
        baseline_steps=min(720, steps // 2),
    )
    readings = {role: Series(at, chance.normal(50.0, 3.0, steps)) for role in roles}
    alarms = Events(events, np.full(len(events), "alarm"))
    history = MachineHistory("M-1", "measured", int(at[-1]), readings=readings, events=alarms)
    return spec, history


def _best(run: Callable[[], Any], repeats: int) -> float:
    run()
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)
