"""Small machines whose records are written down here, and a seeded fleet that fails visibly."""

from __future__ import annotations

import numpy as np
import pytest

from models.history import Events, Failures, MachineHistory, Series, Services
from models.spec import HOUR_US, ClassSpec, RoleSpec

MONDAY = 20_000 * 24 * HOUR_US  # midnight UTC of some day
STEP = 6 * HOUR_US
STEPS_PER_DAY = 4
WARNING_STEPS = 12  # the sensors of the seeded fleet move this long before a failure


@pytest.fixture
def small_spec() -> ClassSpec:
    """Pumps: four steps a day, one decision a day at 06:00, two components."""
    return ClassSpec(
        code="pump",
        roles=(
            RoleSpec("vibration", "Vibration", "mm/s"),
            RoleSpec("temperature", "Bearing temperature", "°C", is_comparable=True),
        ),
        step_us=STEP,
        decision_us=STEP,
        review_steps=STEPS_PER_DAY,
        windows=(4, 12),
        horizons=(4, 28),
        lead_steps=4,
        horizon_steps=28,
        modes=("bearing", "seal"),
        event_codes=("alarm",),
        attributes=("power", "make"),
        attribute_levels={"make": ("north", "south")},
        baseline_steps=40,
    )


@pytest.fixture
def small_history() -> MachineHistory:
    """One pump, 120 days, a few failures and services of both components."""
    return pump("P-101", days=120, seed=1)


@pytest.fixture
def fleet_of_histories() -> list[MachineHistory]:
    """Twelve pumps of 200 days; vibration tells of the bearing, temperature of the seal."""
    return [pump(f"P-{100 + k}", days=200, seed=k) for k in range(12)]


def pump(tag: str, days: int, seed: int) -> MachineHistory:
    """A pump with readings every two hours; failures at 03:00, repaired at the same instant.

    Lives are Weibull-like, 20 to 60 days; planned replacements take a third of them.
    """
    random = np.random.default_rng(seed)
    until = MONDAY + days * STEPS_PER_DAY * STEP + STEP
    ends = [(c, *end) for c in ("bearing", "seal") for end in _ends(random, days)]
    ends.sort(key=lambda end: end[1])
    at = np.arange(MONDAY + HOUR_US, until + 1, 2 * HOUR_US, dtype=np.int64)
    vibration = 2.0 + 0.2 * random.standard_normal(len(at)) + _wear(at, ends, "bearing")
    temperature = 60.0 + 1.0 * random.standard_normal(len(at)) + 5.0 * _wear(at, ends, "seal")
    failed = [(c, t) for c, t, planned in ends if not planned]
    return MachineHistory(
        tag=tag,
        class_code="pump",
        until=until,
        readings={"vibration": Series(at, vibration), "temperature": Series(at, temperature)},
        attributes={"power": 30.0 + seed, "make": "north" if seed % 2 else "south"},
        installed_at=MONDAY - 30 * STEPS_PER_DAY * STEP,
        events=_alarms(random, failed, until),
        services=Services(
            instants(*(t for _, t, _ in ends)),
            np.array([c for c, _, _ in ends], dtype=np.str_),
            np.array([planned for *_, planned in ends], dtype=bool),
            np.array(["" for _ in ends], dtype=np.str_),
        ),
        failures=Failures(
            instants(*(t for _, t in failed)), np.array([c for c, _ in failed], dtype=np.str_)
        ),
    )


def instants(*at: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(at, dtype=np.int64)


def _ends(random: np.random.Generator, days: int) -> list[tuple[int, bool]]:
    """Instants at 03:00 at which one component was renewed, and whether that was planned."""
    ends = []
    day = int(random.integers(15, 45))
    while day < days:
        ends.append((MONDAY + day * 24 * HOUR_US + 3 * HOUR_US, bool(random.random() < 1 / 3)))
        day += int(random.integers(20, 60))
    return ends


def _wear(
    at: np.ndarray[tuple[int], np.dtype[np.int64]],
    ends: list[tuple[str, int, bool]],
    component: str,
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Rises from 0 to 2 over the last steps before each failure."""
    wear = np.zeros(len(at))
    for name, end, planned in ends:
        left = (end - at) / STEP
        if name == component and not planned:
            wear += np.where((left > 0) & (left < WARNING_STEPS), 2 - left / (WARNING_STEPS / 2), 0)
    return wear


def _alarms(random: np.random.Generator, failed: list[tuple[str, int]], until: int) -> Events:
    chance = random.integers(MONDAY, until, size=5)
    warned = [t - 20 * HOUR_US for _, t in failed]
    at = np.sort(np.concatenate([chance, instants(*warned)]))
    return Events(at, np.full(len(at), "alarm"))
