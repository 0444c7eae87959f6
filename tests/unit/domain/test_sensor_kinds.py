"""What a sensor can physically say."""

from __future__ import annotations

import math

import pytest

from app.domain.sensors import DEFAULT_KIND, SENSOR_KINDS, implausible


@pytest.mark.parametrize("code", sorted(SENSOR_KINDS))
def test_a_kind_takes_its_whole_range_and_nothing_beyond(code: str) -> None:
    kind = SENSOR_KINDS[code]

    assert implausible(code, kind.low) is None
    assert implausible(code, kind.high) is None
    assert implausible(code, math.nextafter(kind.high, math.inf)) is not None
    assert implausible(code, math.nextafter(kind.low, -math.inf)) is not None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_implausible_for_every_kind(value: float) -> None:
    assert implausible(DEFAULT_KIND, value) == "is not a finite number"


def test_the_reason_names_range_and_unit() -> None:
    assert implausible("vibration", 250.0) == "is outside 0 to 200 mm/s"
