"""A plant's first year with Forewarn: two plants lived through from their first, empty day.

Azure: the public fleet through its importer, in its own 2015. Its signs show a day or two before a
failure, so its order rule has a lead of 0, a horizon of 2 days, and nights are daily. The sample
plant: a made-up year of the generator (fixed seed), the default rule (lead 3 days, horizon 14),
a night every second day. Both refit weekly; every record was known when it happened.

Orders: every alarm of the product's own order rule (costs 1 : 5 : 25, detection share 0.8) that
rung and gate allow, all accepted, without a weekly budget. Nobody acted on them, so costs are
counterfactual; `measuring/counterfactual.py` has the rule. `coverage` is the share of all failures
with an order at least the minimum lead before. What the product suggests besides, inspections of
machines unlike themselves where no prediction may speak yet, is `..._with_inspections`.

The bar after month 3 is `cost_calendar`: each month, per class and component, the interval that
was best on the months before, as a planner could have had it. `cost_calendar_hindsight` is the
best constant interval chosen when the time was over; nobody could have had it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from app.cli.imports.sample_plant import import_plant
from benchmarks.measuring.as_of_nights import BY
from benchmarks.measuring.counterfactual import Costs
from benchmarks.measuring.empty_plants import empty_plant
from benchmarks.measuring.first_years import DAY, Year, live
from benchmarks.measuring.plants import (
    FULL_SIZE,
    NoData,
    ThrowAwayPlant,
    azure_folder,
    throw_away_plant,
)
from benchmarks.measuring.report import as_json, data_folder, say, tell, versions
from sample_data.generate import generate

AZURE_START = datetime(2015, 1, 1, 6, tzinfo=UTC)
# Of the public fleet as many as a plant has that starts out; the whole of it takes twice as long.
AZURE_MACHINES = 30
# Its classes decide at 02:00 local time, which is at or before 02:00 UTC.
SAMPLE_START = datetime(2025, 1, 1, 2, tzinfo=UTC)
SAMPLE_MACHINES = 24
SAMPLE_DAYS = 366
SEED = 1
PLANTS = ("azure", "sample_plant")


@click.command()
@data_folder
@click.option("--plant", "plants", type=click.Choice(PLANTS), multiple=True, default=PLANTS)
@click.option("--machines", type=click.IntRange(2, FULL_SIZE), help="Machines of each plant.")
@click.option("--months", type=click.IntRange(1, 12), default=12, show_default=True)
@click.option("--every", type=click.IntRange(1, 7), help="Days between nights.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes; else one per core.")
@as_json
def command(
    folder: str | None,
    plants: tuple[str, ...],
    machines: int | None,
    months: int,
    every: int | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Replay the first year of two plants; DIR holds the PdM_*.csv files of the Azure sample."""
    started = time.monotonic()
    report: dict[str, Any] = {}
    found = _azure(folder) if "azure" in plants else None
    if found is not None:
        year = Year(AZURE_START, months, every or 1, 0 * DAY, 2 * DAY, jobs)
        with throw_away_plant(found, machines or AZURE_MACHINES) as plant:
            report["azure"] = live(plant, year)
    if "sample_plant" in plants:
        year = Year(SAMPLE_START, months, every or 2, 3 * DAY, 14 * DAY, jobs)
        with sample_plant(machines or SAMPLE_MACHINES) as plant:
            report["sample_plant"] = live(plant, year)
    told = report if as_json else dict(_flat(report))
    tell(told | {"seconds": round(time.monotonic() - started, 1), **_basis()}, as_json=as_json)


def _azure(folder: str | None) -> Path | None:
    """The folder of the public fleet; None where it is not on this machine and none was named."""
    try:
        return azure_folder(folder)
    except NoData as trouble:
        say(f"skipped: {trouble}")
        if folder:
            sys.exit(2)
        return None


def _basis() -> dict[str, Any]:
    """What the costs rest on, and what was measured."""
    costs = Costs()
    return {
        "inspection_planned_unplanned": [costs.inspection, costs.planned, costs.unplanned],
        "detection_share": costs.detection_share,
        "versions": versions(),
    }


def _flat(report: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The same for people: every number on its line, the months as a table per plant."""
    for plant, told in report.items():
        yield from ((f"{plant} {name}", value) for name, value in told.items() if name != "months")
    for plant, told in report.items():
        yield plant, told["months"]


@contextmanager
def sample_plant(machines: int, days: int = SAMPLE_DAYS) -> Iterator[ThrowAwayPlant]:
    """The generator's plant and its history, always the same one."""
    end = SAMPLE_START.replace(hour=0) + timedelta(days=days)
    with empty_plant() as plant:
        say(f"the sample plant lives through {days} days with {machines} machines ...")
        history = generate(seed=SEED, machines=machines, days=days, end=end)
        with plant.database().transaction() as session:
            import_plant(session, history, now=end, by=BY)
        yield plant


if __name__ == "__main__":
    command()
