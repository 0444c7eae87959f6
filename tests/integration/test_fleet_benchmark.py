"""`benchmarks.fleet` on a folder as small as it can be, through the product's own imports.

Three pumps are read four times a day for a hundred days; P-1 fails on days 30 and 75, P-2 on days
45 and 90, P-3 never. Nights of days 50, 64 and 78, two weeks of horizon, three days of lead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from benchmarks.fleet import DAY, measure
from benchmarks.measuring.as_of_nights import Replayed
from benchmarks.measuring.empty_plants import BadFolder, empty_plant, import_folder
from models import engines

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
FAILED = {"P-1": (30, 75), "P-2": (45, 90), "P-3": ()}
READINGS = ("equipment", "sensor", "at", "value")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("fleet")
    _write(kept / "equipment.csv", ("tag", "class"), [(tag, "pump") for tag in FAILED])
    sensors = [(tag, "vibration", "vibration") for tag in FAILED]
    _write(kept / "sensors.csv", ("equipment", "code", "kind"), sensors)
    _write(kept / "readings.csv", READINGS, _readings())
    failures = [(tag, "seal", _day(day)) for tag, days in FAILED.items() for day in days]
    _write(kept / "failures.csv", ("equipment", "component", "at"), failures)
    return kept


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, Any]:
    wanted = Replayed(
        at=[FIRST + timedelta(days=day, hours=12) for day in (50, 64, 78)],
        refit_every=2,
        window=17 * DAY,
        horizon=14 * DAY,
        engine="serial",
    )
    workers = {"serial": lambda _workers: engines.SerialEngine()}
    with empty_plant() as plant, patch.object(engines, "ENGINES", workers):
        import_folder(plant, folder)
        return measure(plant, wanted, 3 * DAY)


def test_every_failure_the_nights_could_warn_of_is_scored(report: dict[str, Any]) -> None:
    assert (report["machines"], report["nights"], report["refits"]) == (3, 3, 2)
    # Day 45 was over before the first night, day 75 and 90 lie within reach of two of them.
    assert {scores["failures"] for scores in report["peers"].values()} == {2}
    assert report["failures"] == 2


def test_alarm_always_finds_all_and_never_finds_none(report: dict[str, Any]) -> None:
    always, never = report["peers"]["alarm always"], report["peers"]["alarm never"]

    assert (always["found"], always["recall"]) == (2, 1.0)
    # Nights lie a horizon apart: each is an alarm of its own, one of nine for each failure.
    assert (always["alarms"], always["right"]) == (9, 2)
    assert (never["found"], never["alarms"], never["precision"]) == (0, 0, None)


def test_rows_are_machines_by_components_by_nights(report: dict[str, Any]) -> None:
    assert report["rows"] == 9
    # P-1 after the night of day 64, P-2 after that of day 78.
    assert report["rows_with_event"] == 2
    assert report["peers"]["alarm never"]["ap"] == pytest.approx(2 / 9)


def test_what_was_assumed_is_told(report: dict[str, Any]) -> None:
    assert report["threshold"] == pytest.approx(1 / (0.8 * (25 - 5)))
    assert (report["horizon_days"], report["lead_days"]) == (14, 3)
    # Four failures in all: nobody has earned to raise an order.
    assert report["alarms"] == 0


def test_a_missing_column_is_named_with_its_file(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    _write(tmp_path / "equipment.csv", ("name", "class"), [("Pump", "pump")])

    with (
        empty_plant() as plant,
        pytest.raises(BadFolder, match=r"equipment\.csv.* has no column tag"),
    ):
        import_folder(plant, tmp_path)


def _readings() -> list[tuple[object, ...]]:
    chance = np.random.default_rng(2)
    return [
        (tag, "vibration", _day(quarter / 4), round(2.0 + _wear(tag, quarter / 4, chance), 3))
        for tag in FAILED
        for quarter in range(1, 401)
    ]


def _wear(tag: str, day: float, chance: np.random.Generator) -> float:
    left = min((failed - day for failed in FAILED[tag] if failed >= day), default=99.0)
    return max(0.0, 8.0 - left) / 2 + float(chance.normal(0.0, 0.1))


def _day(day: float) -> str:
    return (FIRST + timedelta(days=day)).isoformat()


def _write(path: Path, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    lines = [",".join(map(str, row)) for row in (columns, *rows)]
    path.write_text("\n".join(lines) + "\n")
