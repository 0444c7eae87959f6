"""One year of the plant, shared by the tests that read it, and questions they ask of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sample_data import SamplePlant, generate
from sample_data.catalogue import CLASSES
from sample_data.rows import FailureRow, Floats

END = datetime(2026, 11, 20, tzinfo=UTC)
Rise = Callable[[FailureRow], float]


@pytest.fixture(scope="session")
def year() -> SamplePlant:
    return generate(seed=5, machines=24, days=365, end=END)


@pytest.fixture(scope="session")
def rise(year: SamplePlant) -> Rise:
    """How far the last 5 days before a failure lie from the machine's usual, in spreads of the
    sensor its component shows in most clearly; positive towards the damage."""
    facts = {part.code + c.code: part for c in CLASSES for part in c.components}
    classes = {row.tag: row.class_code for row in year.equipment}

    def measure(failure: FailureRow) -> float:
        part = facts[failure.component + classes[failure.tag]]
        role, sign = next(iter(part.signs.items()))
        last = between(year, failure, role, 5, 0)
        usual = between(year, failure, role, 60, 25)
        middle = np.median(usual)
        spread = 1.4826 * np.median(np.abs(usual - middle))
        return float(np.sign(sign) * (last.mean() - middle) / spread)

    return measure


def between(year: SamplePlant, failure: FailureRow, role: str, since: int, until: int) -> Floats:
    """Readings from *since* to *until* days before a failure while the machine ran."""
    hours = running_hours(year, failure.tag)
    series = year.readings[failure.tag, role]
    first, last = (micros(failure.at - timedelta(days=d)) for d in (since, until))
    chosen = (series.at > first) & (series.at <= last) & np.isin(series.at, hours)
    return series.value[chosen]


def running_hours(year: SamplePlant, tag: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    current = year.readings[tag, "motor_current"]
    return current.at[current.value > 5.0]


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
