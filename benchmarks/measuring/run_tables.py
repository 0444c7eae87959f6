"""Any table of run-to-failure units as units: csv or csv.gz, one row per unit and time.

Numeric columns are sensors or, where named, conditions; text is left out. The last row of a unit
is its failure. The step is the median time between rows, so that the unit of the time column, a
count, seconds or dates, does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.measuring.units import UNREADABLE, BadFile, Unit

Floats = NDArray[np.float64]

FEWEST_UNITS = 3
FEWEST_ROWS = 2


@dataclass(frozen=True, slots=True)
class RunTable:
    """Units with their sensors and conditions; `ignored` columns say nothing a step can hold."""

    units: tuple[Unit, ...]
    sensors: tuple[str, ...]
    conditions: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def lives(self) -> Floats:
        """Steps from the first row of each unit to its last."""
        return np.array([float(unit.steps[-1] - unit.steps[0]) for unit in self.units])


def read_run_table(
    path: Path,
    *,
    unit: Sequence[str],
    time: str,
    conditions: Sequence[str] = (),
    without: Sequence[str] = (),
) -> RunTable:
    """Return the units of a table; several `unit` columns name a unit together; raise BadFile."""
    table = _table(path)
    _check_columns(path, table, (*unit, time, *conditions, *without))
    numbers = _numbers(table.drop(columns=[*unit, time, *without]))
    for name in conditions:
        if name not in numbers:
            raise BadFile(f"{path}: condition {name!r} is not a column of numbers")
    sensors = tuple(str(name) for name in numbers if name not in conditions)
    if not sensors:
        raise BadFile(f"{path} has no column of numbers beside unit, time and conditions")
    names = _names(path, table, unit)
    return RunTable(
        units=_units(path, names, _times(path, table[time]), numbers),
        sensors=sensors,
        conditions=tuple(conditions),
        ignored=tuple(
            name for name in table.columns if name not in {*numbers, *unit, time, *without}
        ),
    )


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except UNREADABLE as trouble:
        raise BadFile(f"{path} cannot be read as csv or csv.gz: {trouble}") from trouble


def _check_columns(path: Path, table: pd.DataFrame, named: Sequence[str]) -> None:
    for name in named:
        if name not in table.columns:
            has = ", ".join(map(str, table.columns))
            raise BadFile(f"{path} has no column {name!r}; it has {has}")
    if len(set(named)) < len(named):
        raise BadFile(f"A column is named twice: {', '.join(named)}")


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that hold numbers; infinite ones are missing."""
    numbers = table.select_dtypes(["number", "bool"]).astype(np.float64)
    return numbers.replace([np.inf, -np.inf], np.nan).dropna(axis="columns", how="all")


def _names(path: Path, table: pd.DataFrame, unit: Sequence[str]) -> pd.Series[str]:
    missing = np.flatnonzero(table[list(unit)].isna().any(axis=1))
    if len(missing):
        raise BadFile(f"{path}, line {missing[0] + 2}: the unit is missing")
    return table[list(unit)].astype(str).agg(" ".join, axis=1)


def _times(path: Path, column: pd.Series[float]) -> Floats:
    """The time column in any even unit: numbers as they are, dates in seconds."""
    if not pd.api.types.is_numeric_dtype(column):
        try:
            dates = pd.to_datetime(column, utc=True, format="ISO8601")
        except ValueError as trouble:
            which = f"{path}: time column {column.name!r}"
            raise BadFile(f"{which} holds neither numbers nor ISO dates: {trouble}") from trouble
        column = (dates - dates.min()).dt.total_seconds()
    times = np.asarray(column, np.float64)
    missing = np.flatnonzero(~np.isfinite(times))
    if len(missing):
        raise BadFile(f"{path}, line {missing[0] + 2}: the time is missing")
    return times


def _units(
    path: Path, names: pd.Series[str], times: Floats, numbers: pd.DataFrame
) -> tuple[Unit, ...]:
    order = np.lexsort((times, names.to_numpy(str)))
    rows = {name: order[names.to_numpy(str)[order] == name] for name in sorted(set(names))}
    if len(rows) < FEWEST_UNITS:
        raise BadFile(f"{path} has {len(rows)} units; leaving units out needs {FEWEST_UNITS}")
    gaps = {name: np.diff(times[mine]) for name, mine in rows.items()}
    for name, between in gaps.items():
        if len(between) < FEWEST_ROWS - 1:
            raise BadFile(f"{path}: unit {name!r} has one row only; leave it out")
        if (between <= 0).any():
            raise BadFile(f"{path}: unit {name!r} has two rows at the same time")
    step = float(np.median(np.concatenate(list(gaps.values()))))
    values = {str(code): numbers[code].to_numpy() for code in numbers}
    return tuple(
        Unit(
            name=name,
            steps=np.rint((times[mine] - times[mine[0]]) / step).astype(np.int64) + 1,
            readings={code: column[mine] for code, column in values.items()},
            failed=True,
        )
        for name, mine in rows.items()
    )
