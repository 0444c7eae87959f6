"""What repairs hide, and how well the calibration makes up for it.

Simulated machines go from good to worn to bad to failed; a bad one is repaired with some chance
each step, so it does not fail. Told are hazards that are right, or too high. Four ways to take the
repairs: not at all (`uncalibrated`: the curves as told), weighted (`served`: what the product
does), as the mere end of watching (`ignored`), and as proof that nothing was wrong (`negative`).

Each number is the mean absolute error of the risk of the next 14 steps against the truth, were
nobody to repair anything, over the three states and the seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
import numpy as np

from benchmarks.measuring.report import as_json, tell, versions
from benchmarks.measuring.simulated_lives import EDGES, Rows, curves_of_states, policy_rows
from models.calibration import fit_calibrator

WITHIN = 1 + EDGES.index(14.0)
CASES = ((0.15, 1.0), (0.15, 2.0), (0.3, 1.0), (0.3, 2.0), (0.5, 1.0), (0.5, 2.0))
LABELS: Mapping[str, Callable[[Rows], Rows]] = {
    "served": lambda rows: rows,
    "ignored": Rows.with_interventions_ignored,
    "negative": Rows.with_interventions_as_survivors,
}


@click.command()
@click.option("--lives", type=click.IntRange(20), default=150, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True)
@as_json
def command(lives: int, seeds: int, as_json: bool) -> None:
    """Calibrate on so many lives, so many times."""
    cases = {
        f"repaired {repaired:g}, told x {times:g}": errors(lives, seeds, repaired, times)
        for repaired, times in CASES
    }
    told = {"lives": lives, "seeds": seeds, "cases": cases}
    tell(told | {"versions": versions()}, as_json=as_json)


def errors(lives: int, seeds: int, repaired: float, times: float) -> dict[str, float]:
    """Mean absolute error of each way, by its name."""
    drawn = [
        policy_rows(seed, lives=lives, times=times, repaired=repaired) for seed in range(seeds)
    ]
    told = curves_of_states() ** times
    found: dict[str, Any] = {"uncalibrated": _error(told)}
    for name, labelled in LABELS.items():
        found[name] = float(np.mean([_error(_calibrated(labelled(rows), told)) for rows in drawn]))
    return found


def _calibrated(rows: Rows, told: Any) -> Any:
    calibrator = fit_calibrator(
        rows.survival, EDGES, rows.target, rows.life, rows.risk_now, rows.intervened
    )
    return calibrator.apply(told)


def _error(curves: Any) -> float:
    return float(np.abs(curves[:, WITHIN] - curves_of_states()[:, WITHIN]).mean())


if __name__ == "__main__":
    command()
