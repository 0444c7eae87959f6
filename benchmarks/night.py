"""What a night costs: `forewarn train` as a fresh process on a throw-away database.

*Bare fits' CPU* is `task_cpu_seconds` of the product's report: the CPU seconds its workers spent
inside tasks (reading a machine and building its sample, class fits, validating and forecasting a
machine). Divided by the workers it is the shortest wall time these tasks could take. The rest is
overhead: the interpreter's start, imports, forking, waiting for the last task, storing, deciding.

`overhead_ratio` is the night's wall time over that shortest one, `efficiency` its inverse,
`vs_sequential` the wall time of a plain loop over the night's. All three suffer when other
programs run; `cpu_ratio`, all CPU seconds of the night over those inside tasks, hardly does.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from benchmarks.measuring.plants import (
    FULL_SIZE,
    LAST_DECISION,
    NoData,
    ThrowAwayPlant,
    azure_folder,
    throw_away_plant,
)
from benchmarks.measuring.processes import Measured, run_python
from benchmarks.measuring.report import as_json, data_folder, say, tell, versions


@click.command()
@data_folder
@click.option("--machines", type=click.IntRange(2, 10_000), default=FULL_SIZE, show_default=True)
@click.option("--jobs", type=click.IntRange(0), default=0, help="Workers; 0 = one per core.")
@as_json
def command(folder: str | None, machines: int, jobs: int, as_json: bool) -> None:
    """Measure a night of so many machines; beyond 100 the Azure fleet repeats under new tags."""
    try:
        found = azure_folder(folder)
    except NoData as trouble:
        say(f"skipped: {trouble}")
        sys.exit(2 if folder else 0)
    with throw_away_plant(found, machines) as plant:
        tell(measure(plant, jobs), as_json=as_json)


def measure(plant: ThrowAwayPlant, jobs: int) -> dict[str, Any]:
    """Return what the night took, against its bare fits and against a plain loop."""
    say("one by one, in one process ...")
    url = plant.settings.database_url
    alone = run_python("-m", "benchmarks.measuring.one_by_one", url, environment=plant.environment)
    say("the night ...")
    as_of = LAST_DECISION.isoformat()
    words = ("-m", "app.cli", "train", "--json", "--as-of", as_of, "--jobs", str(jobs))
    return compare(run_python(*words, environment=plant.environment), alone) | {
        "versions": versions()
    }


def compare(night: Measured, alone: Measured) -> dict[str, Any]:
    """Return the ratios; wall times are those of whole processes."""
    told, plain = json.loads(night.output), json.loads(alone.output)
    bare = told["task_cpu_seconds"] / told["workers"]
    return {
        "seconds": round(night.seconds, 2),
        "efficiency": round(bare / night.seconds, 4),
        "overhead_ratio": round(night.seconds / bare, 4),
        "cpu_ratio": round(night.cpu_seconds / told["task_cpu_seconds"], 4),
        "peak_mb": {"parent": round(night.parent_mb, 1), "tree": round(night.tree_mb, 1)},
        "vs_sequential": round(alone.seconds / night.seconds, 3),
        "sequential_seconds": round(alone.seconds, 2),
        "sequential_cpu_seconds": round(plain["cpu_seconds"], 2),
        "task_cpu_seconds": told["task_cpu_seconds"],
        "workers": told["workers"],
        "machines": told["machines"],
        "trained": told["trained"],
        "failed": told["failed"],
        "orders_raised": told["orders_raised"],
    }


if __name__ == "__main__":
    command()
