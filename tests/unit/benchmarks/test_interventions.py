"""The benchmark of calibration under intervention: its table, and what it must show."""

from __future__ import annotations

import json

from click.testing import CliRunner

from benchmarks.interventions import CASES, command


def test_weighting_beats_both_other_ways_to_take_repairs() -> None:
    ended = CliRunner().invoke(command, ["--lives", "100", "--seeds", "3", "--json"])

    cases = json.loads(ended.stdout)["cases"]
    assert len(cases) == len(CASES)
    for errors in cases.values():
        assert errors["served"] < errors["ignored"] < errors["negative"]
