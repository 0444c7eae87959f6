"""A stand-in for the C-MAPSS subsets of six operating conditions, made from one of a single one.

FD002 and FD004 fly at six points of altitude, Mach number and throttle. Here every cycle of a
plain subset is put at one of these points, drawn at random; each sensor then gets that point's
offset, tens of times what a whole life changes it, and a gain on the rest. The lives stay as they
were, so what a predictor loses against the plain subset is what the conditions cost it. It is no
substitute for the real files: there, wear itself answers to the conditions.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.measuring.turbofans import CONDITIONS, SENSORS, read_cycles

Floats = NDArray[np.float64]

# Altitude (1000 ft), Mach number, throttle angle, as published for FD002 and FD004.
POINTS = np.array(
    [
        (0.0, 0.0, 100.0),
        (10.0, 0.25, 100.0),
        (20.0, 0.7, 100.0),
        (25.0, 0.62, 60.0),
        (35.0, 0.84, 100.0),
        (42.0, 0.84, 100.0),
    ]
)
SET_POINT_NOISE = np.array([0.002, 0.0003, 0.0])
OFFSET_SPREADS = 30.0  # in standard deviations of the sensor over whole lives
GAINS = (0.5, 1.5)
SEED = 2002


def write_stand_in(folder: Path, subset: str, into: Path) -> None:
    """Write the three files of `subset`, put through six conditions; raise BadFile."""
    random = np.random.default_rng(SEED)
    train, test = (read_cycles(folder, f"{kind}_{subset}") for kind in ("train", "test"))
    center, spread = train[list(SENSORS)].mean().to_numpy(), train[list(SENSORS)].std().to_numpy()
    offsets = random.normal(0.0, OFFSET_SPREADS, (len(POINTS), len(SENSORS))) * spread
    gains = random.uniform(*GAINS, (len(POINTS), len(SENSORS)))
    for kind, table in (("train", train), ("test", test)):
        point = random.integers(0, len(POINTS), len(table))
        changed = _changed(table, point, random)
        moved = (table[list(SENSORS)].to_numpy() - center) * gains[point] + center + offsets[point]
        changed[list(SENSORS)] = moved
        changed.to_csv(into / f"{kind}_{subset}.txt", sep=" ", header=False, index=False)
    for lives in folder.glob(f"RUL_{subset}.txt*"):
        shutil.copy(lives, into)


def _changed(
    table: pd.DataFrame, point: NDArray[np.int64], random: np.random.Generator
) -> pd.DataFrame:
    """The table flown at these points; set points are hit with a little noise."""
    flown = POINTS[point] + random.normal(0.0, 1.0, (len(table), 3)) * SET_POINT_NOISE
    changed = table.astype({"unit": int, "cycle": int})
    changed[list(CONDITIONS)] = flown
    return changed
