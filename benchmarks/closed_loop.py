"""The closed loop: years of the sample plant lived day by day, with the truth known.

The plant's simulator wears and breaks its machines; real nights forecast and raise orders; people
follow them late, dismiss a fifth, overlook a fifth of the defects and write one outcome in ten down
wrongly; what they renew is renewed in the simulator. Beside it the same seed lives on without
orders. The simulator's chance has an address (machine and day, or life of a part), so both share
their luck until an intervention changes a component, and what would have become of it is known.

The same once more with naive labels: training sees every intervention as "nothing was there".

A night costs what the plant's whole history costs to read, so nights are lived every few days and
refits every few weeks unless asked otherwise; a TMPDIR in memory saves the waits for the disk.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from benchmarks.measuring.closed_loop import figures
from benchmarks.measuring.closed_loop.chart import Panel, draw
from benchmarks.measuring.closed_loop.loop import Arm, run
from benchmarks.measuring.closed_loop.setting import YEAR_DAYS, Setting
from benchmarks.measuring.report import as_json, say, tell, versions

PANELS = (
    ("coverage", "Failures found in time", True),
    ("precision", "Orders that met damage", True),
    ("saving", "Saving in the quarter", False),
)


@click.command()
@click.option("--years", type=click.FloatRange(0.02, 20), default=3.0, show_default=True)
@click.option("--machines", type=click.IntRange(1, 1000), default=12, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--history-days", type=click.IntRange(30, 3650), default=270, show_default=True)
@click.option("--refit-every", type=click.IntRange(1, 365), default=42, show_default=True)
@click.option("--days-per-night", type=click.IntRange(1, 7), default=4, show_default=True)
@click.option("--minutes", type=click.FloatRange(0), help="Stop then, and tell what was lived.")
@click.option("--naive/--no-naive", "has_naive", default=True, help="Also with naive labels.")
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="Draw it as SVG.")
@as_json
def command(
    years: float,
    machines: int,
    seed: int,
    history_days: int,
    refit_every: int,
    days_per_night: int,
    minutes: float | None,
    has_naive: bool,
    chart: Path | None,
    as_json: bool,
) -> None:
    """Live through YEARS with simulated technicians; tell the reported figures from the true."""
    _check(chart)
    setting = Setting(
        machines=machines,
        days=round(years * YEAR_DAYS),
        seed=seed,
        history_days=history_days,
        refit_every=refit_every,
        days_per_night=days_per_night,
        at_most_s=None if minutes is None else 60 * minutes,
    )
    report = measure(setting, has_naive=has_naive)
    if chart is not None:
        _draw(chart, report)
    tell(report, as_json=as_json)


def measure(setting: Setting, *, has_naive: bool) -> dict[str, Any]:
    """Live through *setting*, and beside it with naive labels if *has_naive*."""
    started = time.monotonic()
    arms = _side_by_side(setting) if has_naive else [run(setting)]
    report = figures.in_all(arms[0])
    if has_naive:
        naive = figures.in_all(arms[1])
        report |= {f"naive_{name}": value for name, value in naive.items()}
    return {
        **report,
        "machines": setting.machines,
        "days": (arms[0].until - arms[0].began).days,
        "nights": arms[0].nights,
        "history_days": setting.history_days,
        "refit_every": setting.refit_every,
        "days_per_night": setting.days_per_night,
        "seed": setting.seed,
        "seconds": round(time.monotonic() - started, 1),
        "seconds_per_month": round(_per_month(arms), 1),
        "versions": versions(),
    }


def _side_by_side(setting: Setting) -> list[Arm]:
    """The product and the naive labels at the same time, each in a process of its own."""
    settings = (setting, replace(setting, is_naive=True))
    with ProcessPoolExecutor(len(settings), mp_context=get_context("spawn")) as pool:
        return list(pool.map(run, settings))


def panels(report: Mapping[str, Any]) -> list[Panel]:
    """The picture's panels, from the tables of quarters; one without a value is left out."""
    drawn = []
    for name, title, is_share in PANELS:
        lines = {
            "naive": _column(report.get("naive_quarters", {}), f"{name}_true"),
            "true": _column(report["quarters"], f"{name}_true"),
            "reported": _column(report["quarters"], f"{name}_reported"),
        }
        known = {style: v for style, v in lines.items() if any(x is not None for x in v)}
        if known:
            drawn.append(Panel(title, known, is_share))
    return drawn


def _draw(chart: Path, report: Mapping[str, Any]) -> None:
    drawn = panels(report)
    if not drawn:
        say("no whole quarter was lived: nothing to draw")
        return
    chart.write_text(draw(drawn), encoding="utf-8")
    say(f"drawn: {chart}")


def _column(table: Mapping[str, Mapping[str, Any]], name: str) -> list[float | None]:
    return [row[name] for row in table.values()]


def _per_month(arms: Sequence[Arm]) -> float:
    """Wall seconds of a simulated month, of the slower arm."""
    month = YEAR_DAYS / 12
    return max(arm.seconds / max(1, (arm.until - arm.began).days) * month for arm in arms)


def _check(chart: Path | None) -> None:
    """Before an hour's work is done for a file that cannot be written."""
    if chart is not None and not chart.parent.is_dir():
        raise click.BadParameter(
            f"there is no folder {chart.parent}; make it first", param_hint="--chart"
        )


if __name__ == "__main__":
    command()
