"""The C-MAPSS files: train_FDnnn, test_FDnnn and RUL_FDnnn, as .txt or .txt.gz.

No header; 26 columns separated by spaces: unit, cycle, three settings, 21 sensors. A training
unit's last row is its failure; line k of the RUL file is what unit k of the test file had left.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.measuring.units import UNREADABLE, BadFile, Unit

SUBSETS = ("FD001", "FD002", "FD003", "FD004")
CONDITIONS = ("set1", "set2", "set3")
SENSORS = tuple(f"s{number}" for number in range(1, 22))
COLUMNS = ("unit", "cycle", *CONDITIONS, *SENSORS)


@dataclass(frozen=True, slots=True)
class Turbofans:
    """Units of the training file, of the test file, and the true lives the latter had left."""

    train: tuple[Unit, ...]
    test: tuple[Unit, ...]
    remaining: NDArray[np.float64]


def read_turbofans(folder: Path, subset: str) -> Turbofans:
    """Return one subset; raise BadFile."""
    train = _units(_file(folder, f"train_{subset}"), failed=True)
    test = _units(_file(folder, f"test_{subset}"), failed=False)
    path = _file(folder, f"RUL_{subset}")
    remaining = _numbers(path, 1)[0].to_numpy(np.float64)
    if len(remaining) != len(test):
        raise BadFile(
            f"{path} has {len(remaining)} lines for {len(test)} test units; "
            "take all three files of a subset from the same source"
        )
    if (remaining < 0).any():
        raise BadFile(f"{path} holds a negative remaining life")
    return Turbofans(train, test, remaining)


def read_cycles(folder: Path, name: str) -> pd.DataFrame:
    """Return a train or test file as a table with named columns; raise BadFile."""
    return _cycles(_file(folder, name))


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.txt", folder / f"{name}.txt.gz"):
        if path.is_file():
            return path
    raise BadFile(f"{folder} holds no {name}.txt or {name}.txt.gz; name the folder of C-MAPSS")


def _units(path: Path, *, failed: bool) -> tuple[Unit, ...]:
    table = _cycles(path)
    return tuple(
        Unit(
            name=f"unit {number}",
            steps=rows["cycle"].to_numpy(np.int64),
            readings={code: rows[code].to_numpy(np.float64) for code in (*CONDITIONS, *SENSORS)},
            failed=failed,
        )
        for number, rows in table.groupby("unit")
    )


def _cycles(path: Path) -> pd.DataFrame:
    table = _numbers(path, len(COLUMNS)).set_axis(list(COLUMNS), axis=1)
    units = table["unit"].to_numpy()
    if not np.array_equal(np.unique(units), np.arange(1, units.max() + 1)):
        raise BadFile(f"{path}: units are not numbered 1, 2, 3, ...; the file is incomplete")
    for number, rows in table.groupby("unit"):
        if not np.array_equal(rows["cycle"], np.arange(1, len(rows) + 1)):
            raise BadFile(f"{path}: the cycles of unit {number:.0f} are not 1, 2, 3, ... in order")
    return table


def _numbers(path: Path, columns: int) -> pd.DataFrame:
    """Read a table of numbers without a header."""
    try:
        table = pd.read_csv(path, sep=r"\s+", header=None, dtype=np.float64)
    except UNREADABLE as trouble:
        raise BadFile(f"{path} cannot be read: {trouble}; copy it again") from trouble
    if table.shape[1] != columns:
        raise BadFile(f"{path} has {table.shape[1]} columns, not {columns}")
    bad = np.flatnonzero(~np.isfinite(table.to_numpy()).all(axis=1))
    if len(bad):
        raise BadFile(f"{path}, line {bad[0] + 1}: a value is missing or not a number")
    return table
