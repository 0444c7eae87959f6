"""How well remaining life is told on NASA's simulated turbofans (C-MAPSS), subset by subset.

Learned from the training units, asked once for the last known row of each test unit. The class's
settings are the same for all subsets; operating regimes are found by the product, not told.

`capped`: the truth is min(life, 125), the customary cap, and what is told is the mean of
min(life, 125). `uncapped`: the true life, and the mean up to the last edge of the curve. RMSE in
cycles; the PHM08 score is a sum over test units. `coverage_80`: share of true lives, uncapped,
between the 10 % and 90 % quantiles. `every_row` judges all rows of the test units instead, each
unit's lives being known from its last row back: 100 last rows alone leave the RMSE uncertain by
about one cycle.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring.remaining_life import coverage_80, mean_lives, phm08_score, rmse
from benchmarks.measuring.report import as_json, say, tell, versions
from benchmarks.measuring.stand_in import write_stand_in
from benchmarks.measuring.turbofans import (
    CONDITIONS,
    SENSORS,
    SUBSETS,
    Turbofans,
    read_turbofans,
)
from benchmarks.measuring.units import (
    BadFile,
    learned,
    unit_curves,
    unit_history,
    unit_samples,
    unit_spec,
    with_regimes,
)
from models import ClassModel, ClassSpec, Sample
from models.engines import Engine, create

Floats = NDArray[np.float64]

CAP = 125.0
MEANING = (
    f"capped: min(life, {CAP:.0f}) against the mean of it; uncapped: the true life against the "
    "mean up to the curve's end; RMSE in cycles, PHM08 scores are sums over the test units' last "
    "rows; coverage_80: true lives between the 10 % and 90 % quantiles; every_row: all decisions"
)
FOLDS = 5
SETTINGS = unit_spec(
    "turbofan",
    SENSORS,
    CONDITIONS,
    windows=(5, 10, 20, 40, 80, 160),
    horizons=(10, 30, 60, 125),
    review_steps=3,
    lead_steps=10,
    horizon_steps=30,
    baseline_steps=20,
)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--subset", type=click.Choice(SUBSETS), required=True, help="Which of the four.")
@click.option(
    "--stand-in",
    is_flag=True,
    help="Put the subset's units through six made-up operating conditions first.",
)
@as_json
def command(folder: Path, subset: str, stand_in: bool, as_json: bool) -> None:
    """Learn train_FDnnn, foretell test_FDnnn; DIR holds them and RUL_FDnnn, .txt or .txt.gz."""
    try:
        turbofans = _read(folder, subset, stand_in)
    except BadFile as trouble:
        say(str(trouble))
        sys.exit(2)
    told = {"subset": subset, "is_stand_in": stand_in}
    tell(told | measure(turbofans, create("loky")), as_json=as_json)


def measure(turbofans: Turbofans, engine: Engine) -> dict[str, Any]:
    """Return the scores of one subset."""
    started = time.monotonic()
    spec = with_regimes(SETTINGS, [unit_history(unit, SETTINGS) for unit in turbofans.train])
    say(f"{len(turbofans.train)} units, {len(spec.regimes or [0])} operating regime(s) ...")
    model = learned(spec, unit_samples(spec, turbofans.train), engine, folds=FOLDS)
    (group,) = model.groups
    say(f"{group.recipe!r} serves; asking {len(turbofans.test)} test units ...")
    tested = unit_samples(spec, turbofans.test)
    curves = np.concatenate([unit_curves(model, s, np.array([s.newest])) for s in tested])
    return {
        **scores(curves, spec.edges, turbofans.remaining),
        "seconds": round(time.monotonic() - started, 1),
        "cap": CAP,
        "meaning": MEANING,
        "units": {"train": len(turbofans.train), "test": len(turbofans.test)},
        "regimes": len(spec.regimes or [0]),
        "every_row": _every_row(spec, model, tested, turbofans.remaining),
        "recipe": group.recipe,
        "tried": {str(row["recipe"]): dict(row) for row in group.tried},
        "versions": versions(),
    }


def scores(curves: Floats, edges: tuple[float, ...], remaining: Floats) -> dict[str, float]:
    """Return the scores of curves (n, bins + 1) against true remaining lives (n,) in cycles."""
    capped, uncapped = mean_lives(curves, edges, CAP), mean_lives(curves, edges)
    return {
        "rmse_capped": rmse(capped, np.minimum(remaining, CAP)),
        "rmse_uncapped": rmse(uncapped, remaining),
        "score_capped": phm08_score(capped, np.minimum(remaining, CAP)),
        "score_uncapped": phm08_score(uncapped, remaining),
        "coverage_80": coverage_80(curves, edges, remaining),
    }


def _every_row(
    spec: ClassSpec, model: ClassModel, tested: tuple[Sample, ...], remaining: Floats
) -> dict[str, float]:
    """Scores of all decisions on the test units; sums over rows say nothing and are left out."""
    curves = np.concatenate([unit_curves(model, sample) for sample in tested])
    lives = [
        left + (sample.at[-1] - sample.at) / spec.step_us
        for sample, left in zip(tested, remaining, strict=True)
    ]
    told = scores(curves, spec.edges, np.concatenate(lives))
    return {name: told[name] for name in ("rmse_capped", "coverage_80")} | {"rows": len(curves)}


def _read(folder: Path, subset: str, stand_in: bool) -> Turbofans:
    if not stand_in:
        return read_turbofans(folder, subset)
    with tempfile.TemporaryDirectory(prefix="forewarn-bench-") as made:
        write_stand_in(folder, subset, Path(made))
        return read_turbofans(Path(made), subset)


if __name__ == "__main__":
    command()
