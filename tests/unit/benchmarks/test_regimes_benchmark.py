"""The benchmark of operating regimes: its keys, and what it must show."""

from __future__ import annotations

import json

from click.testing import CliRunner

from benchmarks.regimes import command


def test_regimes_help_machines_that_change_their_operating_point() -> None:
    ended = CliRunner().invoke(command, ["--machines", "6", "--days", "200", "--json"])

    told = json.loads(ended.stdout)
    assert told["regimes"] == 6
    without, found = told["class hazard"].values()
    assert found["average_precision"] > without["average_precision"]
    assert found["log_score"] < without["log_score"]
