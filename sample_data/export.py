"""The sample plant as CSV files, in the shape the product imports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sample_data.rows import EquipmentRow, Instants, SamplePlant, SensorRow, Series

EQUIPMENT = tuple("class" if name == "class_code" else name for name in EquipmentRow._fields)
SENSORS = SensorRow._fields
READINGS = ("equipment", "sensor", "at", "value")
FAILURES = ("equipment", "component", "at", "mode", "mechanism")
SERVICES = ("equipment", "component", "at", "activity", "planned", "condition_found")


def write(plant: SamplePlant, folder: Path) -> None:
    """Write equipment, sensors, readings, failures and services .csv into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    _table(folder / "equipment.csv", EQUIPMENT, plant.equipment)
    _table(folder / "sensors.csv", SENSORS, plant.sensors)
    failures = ((f.tag, f.component, _iso(f.at), f.mode, f.mechanism) for f in plant.failures)
    _table(folder / "failures.csv", FAILURES, failures)
    services = (
        (s.tag, s.component, _iso(s.at), s.activity, str(s.planned).lower(), s.condition_found)
        for s in plant.services
    )
    _table(folder / "services.csv", SERVICES, services)
    _readings(folder / "readings.csv", plant)


def last_days(plant: SamplePlant, days: int) -> SamplePlant:
    """The same plant with the readings of its last *days* days only."""
    since = round((plant.end - timedelta(days=days)).timestamp()) * 1_000_000
    kept = {key: _after(series, since) for key, series in plant.readings.items()}
    return replace(plant, readings=kept)


def _after(series: Series, since: int) -> Series:
    recent = series.at > since
    return Series(series.at[recent], series.value[recent])


def _table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    frame = pd.DataFrame(list(rows), columns=list(columns))
    frame.to_csv(path, index=False, lineterminator="\n")


def _readings(path: Path, plant: SamplePlant) -> None:
    # One sensor at a time: a million rows of text at once would need half a gigabyte.
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(READINGS) + "\n")
        for (tag, sensor), series in plant.readings.items():
            columns = (tag, sensor, _iso_column(series.at), series.value)
            frame = pd.DataFrame(dict(zip(READINGS, columns, strict=True)))
            frame.to_csv(file, index=False, header=False, lineterminator="\n")


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _iso_column(at: Instants) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    return np.char.add(np.datetime_as_string(at.astype("datetime64[us]"), unit="s"), "Z")
