"""Precision, coverage, lead and false alarms: numbers worked by hand."""

from __future__ import annotations

import pytest

from app.domain.feedback import Ratio, Tally, lowest_tenth


def test_a_share_of_fewer_than_ten_is_not_claimed() -> None:
    assert Ratio(8, 9).share is None
    assert Ratio(8, 10).share == 0.8


def test_every_definition_counts_what_the_domain_model_says() -> None:
    tally = Tally(
        machine_years=4.0,
        as_predicted=12,
        other_fault=3,
        in_vain=5,
        caught=14,
        warned=2,
        failures=6,
    )

    assert (tally.precision.part, tally.precision.of) == (12, 20)
    assert (tally.any_fault.part, tally.any_fault.of) == (15, 20)
    assert (tally.coverage.part, tally.coverage.of) == (16, 20)
    assert tally.alarms_per_machine_year == 1.25


def test_tallies_of_machines_add_up_to_that_of_their_class() -> None:
    one = Tally(machine_years=1.0, in_vain=2, failures=1, leads_hours=(10.0,))
    other = Tally(machine_years=2.0, in_vain=1, caught=4, leads_hours=(30.0, 20.0))

    both = one + other

    assert (both.machine_years, both.in_vain, both.caught, both.failures) == (3.0, 3, 4, 1)
    assert both.lead_median_hours == 20.0
    assert both.alarms_per_machine_year == 1.0


def test_a_rate_of_fewer_than_ten_alarms_is_not_told() -> None:
    assert Tally(machine_years=4.0, in_vain=9).told_alarm_rate is None
    assert Tally(machine_years=4.0, in_vain=10).told_alarm_rate == 2.5


def test_before_the_first_day_there_is_no_rate() -> None:
    assert Tally().alarms_per_machine_year is None
    assert Tally().lead_median_hours is None


@pytest.mark.parametrize(
    ("leads", "least"),
    [
        (range(9), None),
        (range(10, 20), 10),  # of ten values the lowest
        (range(20, 0, -1), 2),  # of twenty the second
        (range(1, 26), 3),  # of twenty-five the third: nine of ten are above the 2.5th
    ],
)
def test_nine_of_ten_failures_had_at_least_the_lowest_tenth(
    leads: range, least: float | None
) -> None:
    assert lowest_tenth(tuple(float(lead) for lead in leads)) == least
