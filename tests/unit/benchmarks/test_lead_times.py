"""Lead times worked by hand: one pump or two, a decision every midnight, tested from day 10 on."""

from __future__ import annotations

import pytest

from benchmarks.measuring.lead_times import Warned, lead_times
from benchmarks.measuring.scoring import DAY_US
from tests.unit.benchmarks.azure_days import alarms, fleet

FIRST = 10 * DAY_US
DAYS = 40


def test_the_lead_is_from_the_first_alarm_in_time_to_the_failure_in_hours() -> None:
    pumps = fleet(DAYS, {7: (20.5,)})
    # Days 12, 15 and 20 of the record; the first is more than a week before the failure.
    alarm = alarms(1, 30, (0, 2), (0, 5), (0, 10))

    week = lead_times(pumps, Warned(alarm, FIRST, horizon=7.0))
    day = lead_times(pumps, Warned(alarm, FIRST, horizon=1.0))

    assert week["lead_hours_median"] == pytest.approx(5.5 * 24)
    assert day["lead_hours_median"] == pytest.approx(12.0)
    assert (week["found"], day["found"]) == (1, 1)


def test_the_tenth_percentile_is_the_lead_nine_in_ten_failures_had_at_least() -> None:
    pumps = fleet(DAYS, {7: (20.0,), 8: (20.0,)})
    alarm = alarms(2, 30, (0, 9), (1, 4))

    told = lead_times(pumps, Warned(alarm, FIRST, horizon=7.0))

    assert (told["lead_hours_p10"], told["lead_hours_median"]) == (24.0, 24.0)


def test_an_alarm_later_than_the_least_lead_finds_nothing() -> None:
    pumps = fleet(DAYS, {7: (20.0,)})
    alarm = alarms(1, 30, (0, 8))

    told = lead_times(pumps, Warned(alarm, FIRST, horizon=14.0, lead=3.0))

    assert (told["failures"], told["found"], told["recall"]) == (1, 0, 0.0)
    assert told["lead_hours_median"] is None


def test_a_failure_that_no_tested_decision_could_have_warned_of_does_not_count() -> None:
    pumps = fleet(DAYS, {7: (10.0, 12.0, 20.0)})

    told = lead_times(pumps, Warned(alarms(1, 30), FIRST, horizon=14.0, lead=3.0))

    assert told["failures"] == 1


def test_a_failure_at_the_first_decision_itself_is_nobodys() -> None:
    pumps = fleet(DAYS, {7: (10.0,), 8: (10.5,)})

    assert lead_times(pumps, Warned(alarms(2, 30), FIRST, horizon=1.0))["failures"] == 1


def test_alarms_belong_to_the_machine_of_their_row_by_the_number_of_the_record() -> None:
    pumps = fleet(DAYS, {7: (20.0,), 3: ()})

    right = lead_times(pumps, Warned(alarms(2, 30, (0, 9)), FIRST, horizon=7.0))
    wrong = lead_times(pumps, Warned(alarms(2, 30, (1, 9)), FIRST, horizon=7.0))

    assert (right["found"], right["right"]) == (1, 1)
    assert (wrong["found"], wrong["right"], wrong["precision"]) == (0, 0, 0.0)
