"""The same rolling windows by us and by pandas.

Each takes signals (sensors, steps), NaN = gap, the number of steps before each row (rising) and
the windows' lengths, and returns float32 (rows, sensors x windows x statistics).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.grid import RoleSteps
from models.windows import window_stats

Signals = NDArray[np.float64]
Stops = NDArray[np.int64]
Table = NDArray[np.float32]
Rolling = Callable[[Signals, Stops, tuple[int, ...]], Table]

OURS = "forewarn"


def ours(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> Table:
    """Return the table by the windows of the feature pass."""
    steps = RoleSteps(signals, signals, signals, np.isfinite(signals).astype(float))
    stop = stops[:, None]
    told = window_stats(steps, np.maximum(stop - np.array(windows), 0), stop)
    statistics = (told.mean, told.std, told.low, told.high, told.slope)
    table = np.empty((len(stops), len(signals), len(windows), len(statistics)), np.float32)
    for column, statistic in enumerate(statistics):
        table[..., column] = statistic.swapaxes(0, 1)
    return table.reshape(len(stops), -1)


def by_pandas(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> Table:
    """Return the table by rolling windows of pandas, the slope from rolling sums."""
    every = int(stops[0])
    values = np.vstack([np.full(len(signals), np.nan), signals.T])  # row k is the k-th step
    known = np.isfinite(values)
    x = np.arange(len(values), dtype=float)[:, None]
    y = values - np.nanmean(values, axis=0)
    parts = [known, x * known, x * x * known, y, x * y]
    frames = [pd.DataFrame(np.where(known, part, 0.0)) for part in parts]
    frame = pd.DataFrame(values)
    told = []
    for window in windows:
        one = frame.rolling(window, min_periods=1, step=every)
        two = frame.rolling(window, min_periods=2, step=every)
        sums = [f.rolling(window, min_periods=1, step=every).sum().to_numpy() for f in frames]
        by_name = [one.mean(), two.std(), one.min(), one.max()]
        told.append(np.stack([*(f.to_numpy() for f in by_name), slope(*sums)], axis=-1)[1:])
    return as_table(np.stack(told, axis=2))


def slope(n: Any, sx: Any, sxx: Any, sy: Any, sxy: Any) -> Signals:
    """The slope from sums over the known steps; NaN with less than two."""
    two = np.where(n > 1.5, n, np.nan)
    return np.asarray((sxy - sx * sy / two) / (sxx - sx * sx / two))


def as_table(columns: NDArray[np.float64]) -> Table:
    return np.ascontiguousarray(columns, dtype=np.float32).reshape(len(columns), -1)
