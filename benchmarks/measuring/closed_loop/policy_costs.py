"""The same plant, the same luck, one arm for each order policy: what each cost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from typing import Any

from benchmarks.measuring.closed_loop import figures
from benchmarks.measuring.closed_loop.loop import Arm, run
from benchmarks.measuring.closed_loop.policies import others
from benchmarks.measuring.closed_loop.setting import DAY, YEAR_DAYS, Setting

HALF = 0.5
TIMES = (0.5, 2.0, 4.0)
"""Other thresholds tried for the best in hindsight, in units of the product's own."""


def measure(setting: Setting, processes: int) -> dict[str, Any]:
    """Costs per machine-year in the plant's currency, each policy with its seed and its people."""
    arms = _lived(setting, processes)
    without = others(setting)
    machine_years = setting.machines * setting.days / YEAR_DAYS
    spent = {
        "cost_policy": _cost(arms[0]),
        "cost_run_to_failure": without.run_to_failure,
        "cost_calendar": without.calendar,
        "cost_half": _cost(arms[1]),
        "cost_always": without.always,
    }
    by_times = {1.0: spent["cost_policy"]} | dict(zip(TIMES, map(_cost, arms[2:]), strict=True))
    spent["cost_hindsight"] = min(*spent.values(), *by_times.values())
    yearly = {name: round(money / machine_years, 1) for name, money in spent.items()}
    told = figures.in_all(arms[0])
    return yearly | {
        "against_hindsight": yearly["cost_policy"] / yearly["cost_hindsight"],
        "saving_true": told["saving_true"],
        "saving_reported": told["saving_reported"],
        "saving_excess": told["excess"]["saving"],
        "thresholds": {
            f"x {times:g}": {"cost": round(money / machine_years, 1)}
            for times, money in sorted(by_times.items())
        },
        "calendar_days": asdict(without)["intervals"],
    }


def _lived(setting: Setting, processes: int) -> Sequence[Arm]:
    """The product's own rule first, then a risk of one half, then its threshold times others."""
    wanted = [setting, replace(setting, threshold=HALF)]
    wanted += [replace(setting, times=times) for times in TIMES]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(run, wanted))


def _cost(arm: Arm) -> float:
    """Money spent on the plant; what the system itself costs is the same for every policy."""
    return arm.happened.cost(arm.costs, arm.began, arm.began + _days(arm) * DAY)


def _days(arm: Arm) -> int:
    return (arm.until - arm.began).days
