"""How well failures of units never seen are told, from any table of run-to-failure units.

FILE is csv or csv.gz: one row per unit and time, the last row of a unit is its failure. Every
unit is foretold by a class that learned from others only: one unit is left out at a time, or a
fifth of them where there are more than 30. What serves is chosen inside the units that remain.

All settings follow from the table, the same way for every table: with the median life as 100 %,
decisions are 1 % apart, windows reach over 2.5, 5, 10, 20, 40 and 80 %, horizons over 5, 15, 30
and 60 %, a unit's own normal is its first 10 %. However many rows a unit has, it is asked about
100 times in a median life.

`rmse_life_percent`: RMSE of the mean remaining life, percent of the median life. `coverage_80`:
share of true lives between the 10 % and 90 % quantiles. `ap`, `ap_age`: average precision of
"fails within the next 5 % of the median life", and the age rule's. All decisions count once.
"""

from __future__ import annotations

import sys
import time as clock
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.remaining_life import coverage_80, mean_lives, rmse
from benchmarks.measuring.report import as_json, say, tell, versions
from benchmarks.measuring.run_tables import RunTable, read_run_table
from benchmarks.measuring.tasks import in_parallel
from benchmarks.measuring.units import (
    MODE,
    BadFile,
    Unit,
    age_curves,
    learned,
    served_unit_curves,
    unit_curves,
    unit_history,
    unit_samples,
    unit_spec,
    with_regimes,
)
from models import ClassSpec, metrics
from models.engines import Engine, SerialEngine, create
from models.predictors.base import survival_at

Floats = NDArray[np.float64]

ONE_BY_ONE = 30  # so many units are left out one at a time, more of them in FOLDS parts
FOLDS = 5
INNER_FOLDS = 4
REVIEW = 0.01
SOON = 0.05
WINDOWS = (0.025, 0.05, 0.1, 0.2, 0.4, 0.8)
HORIZONS = (SOON, 0.15, 0.3, 0.6)
NORMAL = 0.1
MEANING = (
    f"lives in percent of the median life; ap: fails within the next {SOON:.0%} of it, ap_age: the "
    "same by age alone, ap_served: by the rung each class was on; coverage_80: true lives between "
    "the 10 % and 90 % quantiles; every decision counts once, each unit told by what never saw it"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One unit that was left out: n decisions, curves (n, bins + 1) and true lives (n,).

    by_sensors: of the class hazard; served: of the rung its class was on; by_age: the age rule's.
    """

    by_sensors: Floats
    served: Floats
    by_age: Floats
    true: Floats
    recipe: str
    rung: str


def _columns(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Names given together with commas, or one by one."""
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--unit", multiple=True, required=True, callback=_columns, help="Names a unit.")
@click.option("--time", required=True, help="Rises within a unit: a count, seconds, ISO dates.")
@click.option("--condition", multiple=True, callback=_columns, help="How hard it works.")
@click.option("--without", multiple=True, callback=_columns, help="Columns to leave out.")
@as_json
def command(
    file: Path,
    unit: tuple[str, ...],
    time: str,
    condition: tuple[str, ...],
    without: tuple[str, ...],
    as_json: bool,
) -> None:
    """Judge units left out of FILE. COL,COL or an option given twice names several columns."""
    try:
        table = read_run_table(file, unit=unit, time=time, conditions=condition, without=without)
    except BadFile as trouble:
        say(str(trouble))
        sys.exit(2)
    if table.ignored:
        say(f"not numbers, left out: {', '.join(table.ignored)}")
    tell(measure(table, create("loky")), as_json=as_json)


def measure(table: RunTable, engine: Engine) -> dict[str, Any]:
    """Return the scores of all units, each foretold by the others."""
    started = clock.monotonic()
    life = float(np.median(table.lives))
    spec = settings(table, life)
    parts = left_out(len(table.units))
    say(f"{len(table.units)} units, median life {life:.0f} steps, {len(parts)} times left out ...")
    told = in_parallel(engine, _ask, len(parts), shared=(table.units, spec, parts))
    asked = [one for part in told for one in part]
    return {
        "units": len(table.units),
        **scores(asked, spec, life),
        "meaning": MEANING,
        "median_life": life,
        "shortest_life": float(table.lives.min()),
        "longest_life": float(table.lives.max()),
        "sensors": len(table.sensors),
        "windows": list(spec.windows),
        "recipes": sorted({one.recipe for one in asked}),
        "rungs": dict(Counter(one.rung for one in asked)),
        "seconds": round(clock.monotonic() - started, 1),
        "versions": versions(),
    }


def settings(table: RunTable, life: float) -> ClassSpec:
    """Return the class of these units; all its lengths are shares of the median life."""
    return unit_spec(
        "run-to-failure",
        table.sensors,
        table.conditions,
        windows=_steps(life, WINDOWS),
        horizons=_steps(life, HORIZONS),
        review_steps=_steps(life, (REVIEW,))[0],
        lead_steps=_steps(life, (SOON,))[0],
        horizon_steps=_steps(life, (HORIZONS[1],))[0],
        baseline_steps=_steps(life, (NORMAL,))[0],
    )


def left_out(units: int) -> list[list[int]]:
    """Return which units are left out together, each exactly once."""
    parts = units if units <= ONE_BY_ONE else FOLDS
    return [list(range(first, units, parts)) for first in range(parts)]


def scores(asked: list[Asked], spec: ClassSpec, life: float) -> dict[str, Any]:
    """Return the scores of all decisions on all units together, with the counts behind them."""
    told, served, by_age = (
        np.concatenate([getattr(one, name) for one in asked])
        for name in ("by_sensors", "served", "by_age")
    )
    true = np.concatenate([one.true for one in asked])
    failing = true <= spec.horizons[0]
    return {
        "rmse_life_percent": 100.0 * rmse(mean_lives(told, spec.edges), true) / life,
        "coverage_80": coverage_80(told, spec.edges, true),
        "ap": metrics.average_precision(_soon(told, spec), failing),
        "ap_age": metrics.average_precision(_soon(by_age, spec), failing),
        "ap_served": metrics.average_precision(_soon(served, spec), failing),
        "rmse_life_percent_age": 100.0 * rmse(mean_lives(by_age, spec.edges), true) / life,
        "coverage_80_age": coverage_80(by_age, spec.edges, true),
        "ap_within_units": _within_units(asked, spec),
        "decisions": len(true),
        "decisions_before_failure": int(failing.sum()),
    }


def _within_units(asked: list[Asked], spec: ClassSpec) -> float:
    """Mean over units of the average precision among a unit's own decisions."""
    each = [
        metrics.average_precision(_soon(one.by_sensors, spec), one.true <= spec.horizons[0])
        for one in asked
    ]
    return float(np.mean([ap for ap in each if ap is not None]))


def _soon(curves: Floats, spec: ClassSpec) -> Floats:
    """The risk of failing within the shortest horizon."""
    return np.asarray(1.0 - survival_at(curves, spec.edges, spec.horizons[0]))


def _ask(part: int, shared: tuple[tuple[Unit, ...], ClassSpec, list[list[int]]]) -> list[Asked]:
    """Learn from all units but these, and ask about these."""
    units, plain, parts = shared
    known = [unit for index, unit in enumerate(units) if index not in parts[part]]
    spec = with_regimes(plain, [unit_history(unit, plain) for unit in known])
    folds = min(INNER_FOLDS, len(known))
    model = learned(spec, unit_samples(spec, known), SerialEngine(), folds=folds)
    asked = []
    for sample in unit_samples(spec, [units[index] for index in parts[part]]):
        label = sample.labels[MODE]
        rows = np.flatnonzero(label.at_risk & (label.duration > 0))
        asked.append(
            Asked(
                by_sensors=unit_curves(model, sample, rows),
                served=served_unit_curves(model, sample, rows),
                by_age=age_curves(model, sample, rows),
                true=label.duration[rows],
                recipe=model.groups[0].recipe,
                rung=model.groups[0].rung,
            )
        )
    return asked


def _steps(life: float, shares: tuple[float, ...]) -> tuple[int, ...]:
    """Shares of a life in whole steps, at least one, none twice."""
    return tuple(sorted({max(1, round(life * share)) for share in shares}))


if __name__ == "__main__":
    command()
