"""The CSV files the product imports."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

import sample_data
from sample_data import generate
from sample_data.__main__ import main

EXAMPLES = Path(sample_data.__file__).parent / "examples"
HEADS = {
    "equipment": "tag,name,class,location,team,criticality,make,model,serial,installed_on,"
    "downtime_cost_per_hour",
    "sensors": "equipment,code,name,kind,unit,role",
    "readings": "equipment,sensor,at,value",
    "failures": "equipment,component,at,mode,mechanism",
    "services": "equipment,component,at,activity,planned,condition_found",
}


@pytest.mark.parametrize("name", sorted(HEADS))
def test_each_file_has_the_columns_of_its_import(name: str, tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--machines", "1", "--days", "2", "--end", "2026-01-01"])

    with (tmp_path / f"{name}.csv").open(encoding="utf-8") as file:
        assert file.readline().strip() == HEADS[name]


def test_readings_survive_the_way_through_the_file(tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--machines", "2", "--days", "3", "--end", "2026-01-01"])

    table = pd.read_csv(tmp_path / "readings.csv")

    plant = generate(machines=2, days=3, end=datetime(2026, 1, 1, tzinfo=UTC))
    series = plant.readings["C-201", "flow"]
    rows = table[(table.equipment == "C-201") & (table.sensor == "flow")]
    assert rows.value.tolist() == series.value.tolist()
    at = pd.to_datetime(rows["at"]).dt.as_unit("us").astype("int64")
    assert at.tolist() == series.at.tolist()


@pytest.mark.parametrize("name", sorted(HEADS))
def test_the_committed_examples_are_what_the_generator_writes(name: str, tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--machines", "1", "--end", "2026-01-01", "--readings-days", "5"])

    assert (tmp_path / f"{name}.csv").read_bytes() == (EXAMPLES / f"{name}.csv").read_bytes()


def test_the_committed_examples_are_small() -> None:
    assert sum(path.stat().st_size for path in EXAMPLES.iterdir()) < 100_000
