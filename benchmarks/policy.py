"""The order policy, measured in parts; `--part` picks one, without it all are run.

`preview`: a made-up class (fixed seed) of machines with two modes and a forecast for each on every
night of a year, written into a real SQLite database below the ORM and read back by the product.
Twenty positions of the sliders are tried: thresholds, costs, lead, budget, cooldown.
`preview_first_s` is the first answer, with everything read from the database; `preview_next_ms`
the slowest of the others; `naive_ms` the mean of going through every night row by row with the
domain's rule instead, from rows already in memory. Every answer is compared: the same orders.
`speedup` is the least over the positions after the first.

`loop`: the closed loop (`benchmarks.closed_loop`), one arm for each policy, all with the same seed
and the same people. Costs per machine-year in the plant's currency: the default rule, nobody ever
sent, the best calendar in hindsight, a risk of one half, an order always open, and the cheapest of
them and of other thresholds. `saving_excess`: by how much the reported saving exceeds the true one.

`azure`: as-of nights on the public fleet, September to December, in units of one inspection; the
calendar's intervals were best before September.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from benchmarks.measuring import policy_on_azure
from benchmarks.measuring.closed_loop import policy_costs
from benchmarks.measuring.closed_loop.setting import Setting
from benchmarks.measuring.plants import FULL_SIZE, NoData, azure_folder
from benchmarks.measuring.policy.previews import measure_previews
from benchmarks.measuring.report import as_json, say, tell, versions

MACHINES, NIGHTS = 1_000, 365
LOOP_MACHINES, REFIT_EVERY, DAYS_PER_NIGHT = 12, 42, 4


def measure_loop(_machines: int, nights: int) -> dict[str, Any]:
    """The costs of policies on as many days of the sample plant."""
    setting = Setting(
        machines=LOOP_MACHINES,
        days=nights,
        refit_every=REFIT_EVERY,
        days_per_night=DAYS_PER_NIGHT,
    )
    return policy_costs.measure(setting, processes=len(os.sched_getaffinity(0)))


def measure_azure(_machines: int, _nights: int) -> dict[str, Any]:
    """The costs on the public fleet; nothing where it is not on this machine."""
    try:
        return {"azure": policy_on_azure.measure(azure_folder(None), FULL_SIZE, every=1)}
    except NoData as trouble:
        say(f"skipped: {trouble}")
        return {}


PARTS: Mapping[str, Callable[[int, int], dict[str, Any]]] = {
    "preview": measure_previews,
    "loop": measure_loop,
    "azure": measure_azure,
}


@click.command()
@click.option("--part", "parts", type=click.Choice(list(PARTS)), multiple=True, default=list(PARTS))
@click.option("--machines", type=click.IntRange(2), default=MACHINES, show_default=True)
@click.option("--nights", type=click.IntRange(30, 365), default=NIGHTS, show_default=True)
@as_json
def command(parts: tuple[str, ...], machines: int, nights: int, as_json: bool) -> None:
    """Measure the order policy."""
    started = time.monotonic()
    report: dict[str, Any] = {}
    for part in parts:
        report |= PARTS[part](machines, nights)
    seconds = round(time.monotonic() - started, 1)
    tell(report | {"seconds": seconds, "versions": versions()}, as_json=as_json)


if __name__ == "__main__":
    command()
