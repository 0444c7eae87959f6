"""Rivals that need a package of their own: numba, coreforecast and tsfresh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import numpy as np
import pandas as pd

from benchmarks.measuring.compiled_windows import (
    STATISTICS,
    each_window,
    sliding_extremes,
    sliding_sums,
)
from benchmarks.measuring.rolling import Rolling, Signals, Stops, Table, as_table, by_pandas, slope

TSFRESH = {
    "mean": None,
    "standard_deviation": None,
    "minimum": None,
    "maximum": None,
    "linear_trend": [{"attr": "slope"}],
}
TOLD_BY_TSFRESH = ("mean", "standard_deviation", "minimum", "maximum", 'linear_trend__attr_"slope"')
TSFRESH_IS_SLOW = "seconds a machine with daily rows; its trend counts values, not steps"


@dataclass(frozen=True, slots=True)
class Rival:
    """`slow`: measured once on one machine, with daily rows and no gaps only; why."""

    run: Rolling
    slow: str = ""


def rivals() -> tuple[dict[str, Rival], dict[str, str]]:
    """Return the rivals that can be measured, and why the others cannot."""
    found, missing = {"pandas": Rival(by_pandas)}, dict[str, str]()
    for package, made in (
        ("numba", _by_numba),
        ("coreforecast", _by_coreforecast),
        ("tsfresh", _by_tsfresh),
    ):
        try:
            found |= made()
        except ImportError as trouble:
            missing[package] = f"{trouble}: pip install 'forewarn[bench]'"
    return found, missing


def _by_numba() -> dict[str, Rival]:
    compiled = import_module("numba").njit
    anew, sums, extremes = map(compiled, (each_window, sliding_sums, sliding_extremes))

    def each(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> Table:
        out, lengths = _out(signals, stops, windows)
        anew(signals, np.nanmean(signals, axis=1), stops, lengths, out)
        return out.reshape(len(stops), -1)

    def sliding(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> Table:
        out, lengths = _out(signals, stops, windows)
        sums(signals, np.nanmean(signals, axis=1), stops, lengths, out)
        for sign in (1.0, -1.0):
            extremes(signals, sign, stops, lengths, out)
        return out.reshape(len(stops), -1)

    return {"numba, sliding": Rival(sliding), "numba, each window": Rival(each)}


def _out(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> tuple[Table, Stops]:
    """An empty table by sensor, window and statistic, and the lengths of the windows."""
    shape = (len(stops), len(signals), len(windows), STATISTICS)
    return np.full(shape, np.nan, np.float32), np.array(windows)


def _by_coreforecast() -> dict[str, Rival]:
    rolling = import_module("coreforecast.rolling")

    def by_coreforecast(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> Table:
        told = np.empty((len(stops), len(signals), len(windows), STATISTICS), np.float32)
        for sensor, signal in enumerate(signals):
            for window, columns in enumerate(_core_windows(rolling, signal, windows)):
                for statistic, column in enumerate(columns):
                    told[:, sensor, window, statistic] = column[stops - 1]
        return told.reshape(len(stops), -1)

    return {"coreforecast": Rival(by_coreforecast)}


def _core_windows(
    rolling: ModuleType, signal: Signals, windows: tuple[int, ...]
) -> Iterator[list[Signals]]:
    """The statistics of one signal at every step, window by window."""
    known = np.isfinite(signal)
    x = np.arange(len(signal), dtype=float)
    y = np.where(known, signal - np.nanmean(signal), 0.0)
    gaps = not known.all()
    ended = np.arange(1.0, len(signal) + 1)
    for window in windows:
        length = np.minimum(ended, window)

        def total(part: Signals, window: int = window, length: Signals = length) -> Signals:
            return np.asarray(rolling.rolling_mean(part, window, 1) * length)

        if gaps:
            n, sx, sxx = (total(part * known) for part in (np.ones_like(x), x, x * x))
        else:
            n, last = length, ended - 1.0
            sx = n * last - n * (n - 1) / 2
            sxx = n * last**2 - last * n * (n - 1) + (n - 1) * n * (2 * n - 1) / 6
        yield [
            rolling.rolling_mean(signal, window, 1, gaps),
            rolling.rolling_std(signal, window, 2, gaps),
            rolling.rolling_min(signal, window, 1, gaps),
            rolling.rolling_max(signal, window, 1, gaps),
            slope(n, sx, sxx, total(y), total(x * y)),
        ]


def _by_tsfresh() -> dict[str, Rival]:
    extract = import_module("tsfresh").extract_features

    def by_tsfresh(signals: Signals, stops: Stops, windows: tuple[int, ...]) -> Table:
        parts = [
            signal[max(stop - window, 0) : stop]
            for stop in stops.tolist()
            for signal in signals
            for window in windows
        ]
        lengths = [len(part) for part in parts]
        frame = pd.DataFrame(
            {
                "id": np.repeat(np.arange(len(parts)), lengths),
                "x": np.concatenate([np.arange(length) for length in lengths]),
                "y": np.concatenate(parts),
            }
        )
        told = extract(
            frame,
            column_id="id",
            column_sort="x",
            column_value="y",
            default_fc_parameters=TSFRESH,
            n_jobs=0,
            disable_progressbar=True,
        )
        told = told[[f"y__{name}" for name in TOLD_BY_TSFRESH]].to_numpy(copy=True)
        n = np.array(lengths, dtype=float)
        told[:, 1] *= np.sqrt(n / (n - 1.0))  # it divides by n
        return as_table(told.reshape(len(stops), -1))

    return {"tsfresh": Rival(by_tsfresh, TSFRESH_IS_SLOW)}
