"""The ladder of prediction, with hand-worked numbers."""

from __future__ import annotations

import pytest

from app.domain.ladder import MONTH_DAYS, RUNGS, Missing, Rung, height, highest, missing

YEAR = 12 * MONTH_DAYS


def test_the_rungs_rise() -> None:
    assert [height(rung.value) for rung in RUNGS] == [0, 1, 2, 3, 4, 5]
    assert highest(["reference", "health", "class_hazard"]) is Rung.CLASS
    assert highest([]) is highest(["unheard_of"]) is Rung.NOTHING


def test_the_rungs_are_those_of_the_prediction_library() -> None:
    from models import forecasts

    assert tuple(rung.value for rung in RUNGS) == forecasts.RUNGS


def test_the_class_hazard_needs_eight_at_the_rate_they_came() -> None:
    # 3 failures in 6 months: 0.5 a month, 5 more take 10 months.
    found = missing(Rung.AGE, known=3, of_class=3, days=YEAR / 2)

    assert found == Missing(Rung.CLASS, 8, 3, pytest.approx(0.5), pytest.approx(10.0))


def test_without_any_failure_the_age_rule_comes_first_and_nobody_can_say_when() -> None:
    assert missing(Rung.HEALTH, known=0, of_class=0, days=YEAR) == Missing(
        Rung.AGE, 1, 0, None, None
    )


def test_enough_failures_take_no_more_time() -> None:
    found = missing(Rung.AGE, known=9, of_class=12, days=YEAR)

    assert found is not None
    assert found.months == 0


def test_above_the_class_hazard_failures_alone_lift_nothing() -> None:
    assert missing(Rung.CLASS, known=20, of_class=20, days=YEAR) is None
