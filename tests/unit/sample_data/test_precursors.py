"""Failures that announce themselves can be seen coming; sudden ones cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from sample_data import SamplePlant
from sample_data.rows import FailureRow

Rise = Callable[[FailureRow], float]


@pytest.fixture(scope="session")
def observed(year: SamplePlant) -> list[FailureRow]:
    """Failures with two months of readings before them."""
    new, begun = "H-403", year.start + timedelta(days=60)
    return [f for f in year.failures if f.at > begun and f.tag != new]


def test_the_last_days_before_an_announced_failure_stand_out(
    observed: list[FailureRow], rise: Rise
) -> None:
    rises = [rise(f) for f in observed if f.onset_at is not None]

    assert len(rises) >= 25
    assert np.mean(rises) > 6.0
    assert np.quantile(rises, 0.1) > 3.0


def test_the_last_days_before_a_sudden_failure_are_like_any_other(
    observed: list[FailureRow], rise: Rise
) -> None:
    rises = [rise(f) for f in observed if f.onset_at is None]

    assert len(rises) >= 10
    assert abs(np.median(rises)) < 1.0
    assert np.mean(np.abs(rises) < 3.0) >= 0.8
