"""Tables of run-to-failure units: what is read, what is left out, what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.measuring.run_tables import read_run_table
from benchmarks.measuring.units import BadFile
from benchmarks.runtofailure import command, left_out, measure, settings
from models.engines import SerialEngine

HEAD = "rig,no,clock,load,vibration,note\n"


def rows(rig: str, no: int, count: int, every: float = 10.0) -> str:
    lines = [f"{rig},{no},{k * every},{no},{k + no / 10},fine" for k in range(count)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pumps.csv"
    path.write_text(HEAD + rows("a", 1, 30) + rows("a", 2, 40) + rows("b", 1, 50))
    return path


def test_several_columns_name_a_unit_and_its_last_row_is_its_failure(table):
    found = read_run_table(table, unit=("rig", "no"), time="clock")

    assert [unit.name for unit in found.units] == ["a 1", "a 2", "b 1"]
    assert found.lives.tolist() == [29.0, 39.0, 49.0]
    assert all(unit.failed for unit in found.units)


def test_numbers_are_sensors_or_conditions_and_text_is_left_out(table):
    found = read_run_table(table, unit=("rig", "no"), time="clock", conditions=("load",))

    assert (found.sensors, found.conditions, found.ignored) == (
        ("vibration",),
        ("load",),
        ("note",),
    )


def test_a_column_may_be_left_out_by_name(table):
    found = read_run_table(table, unit=("rig", "no"), time="clock", without=("load",))

    assert (found.sensors, found.ignored) == (("vibration",), ("note",))


def test_packed_rows_in_any_order_are_the_same_units(table, tmp_path):
    head, *lines = table.read_text().splitlines(keepends=True)
    packed = tmp_path / "pumps.csv.gz"
    with gzip.open(packed, "wt") as file:
        file.writelines([head, *reversed(lines)])

    plain = read_run_table(table, unit=("rig", "no"), time="clock")
    shuffled = read_run_table(packed, unit=("rig", "no"), time="clock")

    for one, other in zip(plain.units, shuffled.units, strict=True):
        assert one.name == other.name
        assert one.steps.tolist() == other.steps.tolist()
        assert one.readings["vibration"].tolist() == other.readings["vibration"].tolist()


def test_the_step_is_the_median_time_between_rows_and_a_gap_stays_a_gap(tmp_path):
    path = tmp_path / "dates.csv"
    day = "2026-03-0{}T00:00:00Z"
    parts = [f"{unit},{day.format(d)},{d}\n" for unit in "xyz" for d in (1, 2, 3, 6)]
    path.write_text("unit,at,heat\n" + "".join(parts))

    found = read_run_table(path, unit=("unit",), time="at")

    assert found.units[0].steps.tolist() == [1, 2, 3, 6]


def test_what_is_infinite_or_empty_is_missing(tmp_path):
    path = tmp_path / "gaps.csv"
    parts = [f"{unit},{k},{v},\n" for unit in "xyz" for k, v in enumerate(("1.5", "inf", ""))]
    path.write_text("unit,no,heat,never\n" + "".join(parts))

    found = read_run_table(path, unit=("unit",), time="no")

    assert np.isnan(found.units[0].readings["heat"]).tolist() == [False, True, True]
    assert (found.sensors, found.ignored) == (("heat",), ("never",))


REFUSED = {
    "no such column": ({"time": "hour"}, "no column 'hour'; it has rig, no, clock"),
    "named twice": ({"unit": ("rig", "clock")}, "named twice"),
    "a condition of words": ({"conditions": ("note",)}, "'note' is not a column of numbers"),
    "two rows at once": ({"unit": ("rig",)}, "unit 'a' has two rows|has 2 units"),
    "no time": ({"time": "note"}, "neither numbers nor ISO dates"),
    "no sensor": ({"without": ("load", "vibration")}, "no column of numbers"),
}


@pytest.mark.parametrize(("asked", "complaint"), REFUSED.values(), ids=REFUSED.keys())
def test_a_table_that_cannot_be_judged_is_refused_with_the_reason(table, asked, complaint):
    with pytest.raises(BadFile, match=complaint):
        read_run_table(table, **({"unit": ("rig", "no"), "time": "clock"} | asked))


def test_a_missing_time_names_its_line(table):
    table.write_text(table.read_text().replace("a,1,20.0", "a,1,"))

    with pytest.raises(BadFile, match="line 4: the time is missing"):
        read_run_table(table, unit=("rig", "no"), time="clock")


def test_a_unit_of_one_row_is_named(table):
    table.write_text(table.read_text() + rows("c", 1, 1))

    with pytest.raises(BadFile, match="unit 'c 1' has one row only"):
        read_run_table(table, unit=("rig", "no"), time="clock")


def test_all_lengths_follow_from_the_median_life(table):
    spec = settings(read_run_table(table, unit=("rig", "no"), time="clock"), 400.0)

    assert spec.windows == (10, 20, 40, 80, 160, 320)
    assert spec.horizons == (20, 60, 120, 240)
    assert (spec.review_steps, spec.lead_steps, spec.baseline_steps) == (4, 20, 40)


def test_few_units_are_left_out_one_by_one_and_many_in_five_parts():
    assert left_out(3) == [[0], [1], [2]]
    parts = left_out(31)
    assert len(parts) == 5
    assert sorted(unit for part in parts for unit in part) == list(range(31))


def test_a_file_that_is_not_there_ends_with_exit_code_2(tmp_path):
    asked = [str(tmp_path / "none.csv"), "--unit", "rig", "--time", "clock"]
    ended = CliRunner().invoke(command, asked)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "cannot be read" in ended.stderr


def test_a_column_that_is_not_there_ends_with_exit_code_2(table):
    asked = [str(table), "--unit", "rig,no", "--unit", "note", "--time", "hour", "--json"]
    ended = CliRunner().invoke(command, asked)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "no column 'hour'" in ended.stderr


def test_too_few_lives_for_any_hazard_are_told_by_age(table):
    units = read_run_table(table, unit=("rig", "no"), time="clock", conditions=("load",))

    told = measure(units, SerialEngine())

    assert {"units", "rmse_life_percent", "coverage_80", "ap", "ap_age"} <= set(told)
    assert (told["units"], told["median_life"]) == (3, 39.0)
    assert told["ap"] == told["ap_age"]
