"""Does the ladder serve the right rung? All rungs side by side on machines with several lives.

`cmapss`: the training units of FD001 chained, 20 machines of 5 lives each; learned from the first
four, judged on all decisions of the last, "fails within 30 cycles". `azure`: learned before
August 2015, judged after it, "fails within 7 days", every machine, component and day.

Brier scores. `served` is what the product would have chosen with what it knew, machine by
machine; `worst_excess` by how much that is worse than the best rung in hindsight, as a share.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from app.domain.instants import to_micros
from benchmarks.azure import ORIGIN
from benchmarks.cmapss import SETTINGS
from benchmarks.measuring.chained import last_lives
from benchmarks.measuring.fleets import read_fleet
from benchmarks.measuring.plants import NoData, azure_folder, throw_away_plant
from benchmarks.measuring.report import as_json, data_folder, say, tell, versions
from benchmarks.measuring.rungs import Judged, Trial, judge_rungs, worst_excess
from benchmarks.measuring.turbofans import read_turbofans
from benchmarks.measuring.units import BadFile
from models.engines import Engine, create

LIVES = 5
CYCLES = 30.0
DAYS = 7
SETS = ("cmapss", "azure")


@click.command()
@data_folder
@click.option("--only", type=click.Choice(SETS), help="One of the two sets.")
@as_json
def command(folder: str | None, only: str | None, as_json: bool) -> None:
    """Judge every rung; DIR holds the folders cmapss and azure_pdm."""
    root = Path(folder or os.environ.get("FOREWARN_TEST_DATA_DIR") or "../shared/data")
    engine, started, judged = create("loky"), time.monotonic(), {}
    try:
        trials = {name: TRIALS[name](root, engine) for name in SETS if only in (None, name)}
    except (BadFile, NoData) as trouble:
        say(f"skipped: {trouble}")
        sys.exit(2 if folder else 0)
    for name, trial in trials.items():
        say(f"{name}: learning every rung ...")
        judged[name] = judge_rungs(trial, engine)
    seconds = round(time.monotonic() - started, 1)
    tell(report(judged) | {"seconds": seconds, "versions": versions()}, as_json=as_json)


def report(judged: dict[str, Judged]) -> dict[str, Any]:
    """Return the scores by set and rung."""
    return {
        "worst_excess": worst_excess(list(judged.values())),
        "brier": {name: one.to_json() for name, one in judged.items()},
        "rungs_served": {name: dict(one.rungs_served) for name, one in judged.items()},
        "missing": {name: dict(one.missing) for name, one in judged.items()},
    }


def _chained(root: Path, _: Engine) -> Trial:
    folder = root / "cmapss" if (root / "cmapss").exists() else root
    units = read_turbofans(folder, "FD001").train
    return last_lives(units, SETTINGS, lives=LIVES, horizon=CYCLES)


def _azure(root: Path, engine: Engine) -> Trial:
    origin = to_micros(ORIGIN)
    with throw_away_plant(azure_folder(str(root))) as plant:
        say("reading machines ...")
        fleet = read_fleet(plant, engine)
    return Trial(
        spec=fleet.spec,
        known=fleet.as_of(origin),
        whole=fleet.samples,
        tested=tuple(fleet.at >= origin for _ in fleet.samples),
        horizon=fleet.steps(DAYS),
    )


TRIALS: Mapping[str, Callable[[Path, Engine], Trial]] = {"cmapss": _chained, "azure": _azure}


if __name__ == "__main__":
    command()
