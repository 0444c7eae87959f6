"""Hand-made machines: one row a day, deviations as given, no reading behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.health import HealthSeries, RoleNormal
from models.spec import DAY_US, ClassSpec, RoleSpec
from models.verdicts import Health, judge

START = 20_000 * DAY_US
BASELINE_DAYS = 30
HORIZON_DAYS = 14
ROLES = ("vibration", "temperature")
SPEC = ClassSpec(
    "pump",
    (RoleSpec("vibration", "Vibration", "mm/s"), RoleSpec("temperature", "Temperature", "°C")),
)

Days = NDArray[np.float64]


def day(index: int) -> int:
    """The instant of a row."""
    return START + index * DAY_US


def quiet(days: int, seed: int, size: float = 0.3) -> Days:
    """Noise (days, 2) around the normal."""
    return size * np.random.default_rng(seed).standard_normal((days, 2))


def machine(
    tag: str,
    deviation: Days,
    *,
    failed: Sequence[int] = (),
    standing_since: int | None = None,
    normals: Sequence[RoleNormal] | None = None,
) -> HealthSeries:
    """A machine whose normal was learned in the first 30 days; it failed on the eve of days
    `failed`, which were told from the two weeks before."""
    told = deviation.astype(np.float32)
    told[:BASELINE_DAYS] = np.nan
    is_history = np.ones(len(told), bool)
    is_history[-HORIZON_DAYS:] = False
    for row in failed:
        is_history[max(row - HORIZON_DAYS, 0) : row] = False
        told[row] = np.nan  # its window reaches back before the failure
    return HealthSeries(
        tag=tag,
        as_of=day(len(told) - 1),
        standing_since=standing_since,
        normals=tuple(normals or (normal("vibration", 2.0, 0.4), normal("temperature", 60, 1.5))),
        at=START + DAY_US * np.arange(len(told), dtype=np.int64),
        deviation=told,
        is_history=is_history,
        ended_at=np.array([day(row) - DAY_US // 2 for row in failed], dtype=np.int64),
        newest=told[-1:],
    )


def normal(code: str, center: float, spread: float) -> RoleNormal:
    """A complete normal; the machine is at it."""
    return RoleNormal(code, center, center, spread, SPEC.baseline_steps, START)


def coming(code: str, days: int, since: int) -> RoleNormal:
    """A normal of which so many days are known, the first at day `since`."""
    return RoleNormal(code, 2.1, None, None, days * 24, day(since) if days else None)


def fleet(days: int, machines: int, seed: int = 0) -> dict[str, Days]:
    """Quiet machines by tag."""
    return {f"P-{k}": quiet(days, seed * 1_000 + k) for k in range(machines)}


def judged(deviations: Mapping[str, Days]) -> dict[str, Health]:
    """The verdicts on machines that never failed."""
    return judge({tag: machine(tag, found) for tag, found in deviations.items()}, SPEC)
