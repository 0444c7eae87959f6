"""Loops for numba to compile; as plain Python they do the same, slowly.

`sliding_sums` and `sliding_extremes` slide: running sums, and a queue that knows the least value
in sight. `each_window` starts anew in every window, which pays when rows are far apart. All leave
gaps (NaN) out and fill out (rows, sensors, windows, statistics), NaN to begin with, for stops
that rise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

STATISTICS = 5
MEAN, STD, LOW, HIGH, SLOPE = range(STATISTICS)


def each_window(signals: Any, anchors: Any, stops: Any, windows: Any, out: Any) -> None:
    """Fill in all statistics from each window's own steps."""
    for sensor in range(len(signals)):
        for row in range(len(stops)):
            for window in range(len(windows)):
                n = sx = sxx = sy = syy = sxy = 0.0
                low, high = np.inf, -np.inf
                for k in range(max(stops[row] - windows[window], 0), stops[row]):
                    value = signals[sensor, k]
                    if value == value:
                        x, y = float(k - stops[row]), value - anchors[sensor]
                        n, sx, sxx = n + 1.0, sx + x, sxx + x * x
                        sy, syy, sxy = sy + y, syy + y * y, sxy + x * y
                        low, high = min(low, value), max(high, value)
                told = out[row, sensor, window]
                if n >= 1.0:
                    told[MEAN], told[LOW], told[HIGH] = anchors[sensor] + sy / n, low, high
                if n >= 2.0:
                    told[STD] = np.sqrt(max(syy - sy * sy / n, 0.0) / (n - 1.0))
                    told[SLOPE] = (sxy - sx * sy / n) / (sxx - sx * sx / n)


def sliding_sums(signals: Any, anchors: Any, stops: Any, windows: Any, out: Any) -> None:
    """Fill in mean, std and slope."""
    for sensor in range(len(signals)):
        signal, anchor = signals[sensor], anchors[sensor]
        for window in range(len(windows)):
            n = sx = sxx = sy = syy = sxy = 0.0
            row = 0
            for k in range(stops[-1]):
                # Everything moves one step into the past; x counts back from the newest step.
                sxy, sxx, sx = sxy - sy, sxx - 2.0 * sx + n, sx - n
                gone = k - windows[window]
                if gone >= 0 and signal[gone] == signal[gone]:
                    x, y = float(-windows[window]), signal[gone] - anchor
                    n, sx, sxx = n - 1.0, sx - x, sxx - x * x
                    sy, syy, sxy = sy - y, syy - y * y, sxy - x * y
                if signal[k] == signal[k]:
                    y = signal[k] - anchor
                    n, sy, syy = n + 1.0, sy + y, syy + y * y
                if stops[row] == k + 1:
                    told = out[row, sensor, window]
                    if n >= 1.0:
                        told[MEAN] = anchor + sy / n
                    if n >= 2.0:
                        told[STD] = np.sqrt(max(syy - sy * sy / n, 0.0) / (n - 1.0))
                        told[SLOPE] = (sxy - sx * sy / n) / (sxx - sx * sx / n)
                    row += 1


def sliding_extremes(signals: Any, sign: Any, stops: Any, windows: Any, out: Any) -> None:
    """Fill in the least value (sign 1) or the greatest (sign -1): the queue holds rising values."""
    statistic = LOW if sign > 0 else HIGH
    queue = np.empty(stops[-1], np.int64)
    for sensor in range(len(signals)):
        signal = signals[sensor]
        for window in range(len(windows)):
            first = last = row = 0
            for k in range(stops[-1]):
                if signal[k] == signal[k]:
                    while last > first and sign * signal[queue[last - 1]] >= sign * signal[k]:
                        last -= 1
                    queue[last] = k
                    last += 1
                if last > first and queue[first] <= k - windows[window]:
                    first += 1
                if stops[row] == k + 1:
                    if last > first:
                        out[row, sensor, window, statistic] = signal[queue[first]]
                    row += 1
