"""Drivers: what the risk would be were one group at the machine's healthy normal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.explain import age_driver, drivers
from models.spec import duration_text
from tests.unit.models.learned_fleet import SPEC, samples

HOUR = 3_600_000_000


def risk_of_vibration(rows: np.ndarray) -> np.ndarray:
    """A known predictor: 10 % plus 5 % for each spread of the short vibration mean."""
    names = [str(name) for name in samples()[0].names]
    deviation = rows[:, names.index("vibration.deviation.4")]
    return 0.1 + 0.05 * np.clip(deviation, 0.0, 10.0)


def worn():
    sample = samples()[0]
    X = sample.X.copy()
    names = [str(name) for name in sample.names]
    X[-1, names.index("vibration.deviation.4")] = 8.0
    return replace(sample, X=X)


def test_only_what_lowers_the_risk_is_a_driver():
    told = drivers(worn(), SPEC, "bearing", risk_of_vibration)

    assert [driver.group for driver in told] == ["role:vibration"]
    assert told[0].risk == pytest.approx(0.5)
    assert told[0].risk_if_normal == pytest.approx(0.1)


def test_the_sentence_is_in_the_sensor_s_unit():
    sample = worn()
    baseline = sample.baselines["vibration"]

    driver = drivers(sample, SPEC, "bearing", risk_of_vibration)[0]

    assert driver.normal == baseline.center
    assert f"normal {baseline.center:.4g} +- {baseline.spread:.2g}" in driver.sentence
    assert driver.sentence.startswith("Vibration ")
    assert driver.sentence.endswith("at its normal the risk would be 10 %, not 50 %")
    assert "mm/s" in driver.sentence


def test_the_age_of_another_mode_is_no_driver():
    names = [str(name) for name in samples()[0].names]
    seal = names.index("seal.age")

    told = drivers(samples()[0], SPEC, "bearing", lambda rows: 0.01 * rows[:, seal])

    assert told == ()


def test_the_age_rule_s_only_driver_is_age():
    driver = age_driver(SPEC, "seal", 40.0, risk=0.25, risk_if_new=0.02)

    assert driver.value == 10.0
    assert driver.sentence == (
        "seal has run 10 days; as good as new the risk would be 2.0 %, not 25 %"
    )


def test_lengths_of_time_in_words():
    assert duration_text(3, HOUR // 6) == "30 min"
    assert duration_text(0, HOUR) == "0 h"
    assert duration_text(48, HOUR) == "48 h"
    assert duration_text(96, HOUR) == "4 days"
