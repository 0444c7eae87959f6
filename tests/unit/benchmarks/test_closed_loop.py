"""The closed loop as a command: its keys, its refusals, its calendar of refits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.closed_loop import command
from benchmarks.measuring.closed_loop.loop import is_refit
from benchmarks.measuring.closed_loop.setting import Setting

KEYS = {
    "coverage_true",
    "coverage_reported",
    "precision_true",
    "precision_reported",
    "saving_true",
    "saving_reported",
    "calibration_slope_y1",
    "calibration_slope_y3",
}


def refits(every: int, days_per_night: int, days: int) -> list[int]:
    setting = Setting(machines=1, days=days, refit_every=every, days_per_night=days_per_night)
    return [day for day in range(0, days, days_per_night) if is_refit(setting, day)]


def test_a_refit_falls_on_the_first_night_after_it_is_due() -> None:
    assert refits(every=7, days_per_night=1, days=22) == [0, 7, 14, 21]
    assert refits(every=7, days_per_night=3, days=22) == [0, 9, 15, 21]
    assert refits(every=1, days_per_night=2, days=5) == [0, 2, 4]


def test_a_week_of_one_machine_gives_one_object_with_its_keys() -> None:
    asked = "--years 0.02 --machines 1 --history-days 30 --days-per-night 7 --no-naive --json"

    ended = CliRunner().invoke(command, asked.split(), catch_exceptions=False)

    told = json.loads(ended.stdout)
    assert told.keys() >= KEYS
    assert (told["days"], told["nights"], told["orders"]) == (7, 1, 0)
    # Nobody sent anybody anywhere: both worlds were the same, and the system cost its week.
    assert told["failures"] == told["failures_without"]
    assert told["saving_true"] == pytest.approx(told["saving_reported"], rel=0.01)
    assert told["saving_true"] < 0


def test_out_of_time_it_tells_what_was_lived() -> None:
    asked = "--machines 1 --history-days 30 --no-naive --minutes 0 --json"

    ended = CliRunner().invoke(command, asked.split(), catch_exceptions=False)

    told = json.loads(ended.stdout)
    assert (told["days"], told["nights"], told["saving_true"]) == (0, 0, 0.0)
    assert (told["coverage_true"], told["precision_reported"]) == (None, None)


@pytest.mark.parametrize("asked", [["--years", "0"], ["--days-per-night", "8"]])
def test_what_cannot_be_lived_is_refused(asked: list[str]) -> None:
    ended = CliRunner().invoke(command, asked)

    assert ended.exit_code == 2
    assert asked[0] in ended.stderr


def test_a_chart_without_a_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    ended = CliRunner().invoke(command, ["--chart", str(tmp_path / "none" / "loop.svg")])

    assert ended.exit_code == 2
    assert "make it first" in ended.stderr
