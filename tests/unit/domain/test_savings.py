"""The savings formula: numbers worked by hand, and what must hold for any plant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.savings import (
    Assumptions,
    Looks,
    Prices,
    Running,
    Saving,
    chance_of_failure,
    false_alarm,
    fault_found,
    outlook,
    pay_back_months,
    running_costs,
    sensitivity,
    yearly_saving,
)

PLANT = Assumptions(
    machines=20,
    failures_per_machine_year=0.5,
    downtime_cost_per_hour=1_000.0,
    repair_hours_unplanned=8.0,
    repair_hours_planned=2.0,
    unplanned_repair_cost=3_000.0,
    planned_repair_cost=1_000.0,
    detection_share=0.6,
    would_have_failed=0.5,
    false_alarms_per_machine_year=0.25,
    inspection_cost=200.0,
    life_given_up_share=0.1,
    system_cost_per_year=5_000.0,
    set_up_cost=10_500.0,
)
plants = st.builds(
    Assumptions,
    machines=st.integers(1, 500),
    failures_per_machine_year=st.floats(0, 10),
    downtime_cost_per_hour=st.floats(0, 1e5),
    repair_hours_unplanned=st.floats(8, 100),
    repair_hours_planned=st.floats(0, 8),
    unplanned_repair_cost=st.floats(1e4, 1e5),
    planned_repair_cost=st.floats(0, 1e4),
    detection_share=st.floats(0, 1),
    would_have_failed=st.floats(0, 1),
    false_alarms_per_machine_year=st.floats(0, 10),
    inspection_cost=st.floats(0, 1e4),
    life_given_up_share=st.just(0.0),
    system_cost_per_year=st.floats(0, 1e6),
)


def test_a_year_of_twenty_pumps_worked_by_hand() -> None:
    # 10 failures a year, 6 found. An unplanned one costs 8 x 1000 + 3000 = 11 000, a planned
    # one 2 x 1000 + 1000 = 3 000. Avoided 6 x 0.5 x 8 000 = 24 000; five inspections of 200
    # for nothing; a tenth of six planned repairs given up.
    saving = yearly_saving(PLANT)

    assert saving == Saving(24_000.0, 1_000.0, pytest.approx(1_800.0), 5_000.0)
    assert saving.total == pytest.approx(16_200.0)


def test_the_set_up_is_earned_back_in_months() -> None:
    assert pay_back_months(10_500.0, 16_200.0) == pytest.approx(7.7778, abs=1e-4)


@pytest.mark.parametrize("saving", [0.0, -1.0])
def test_what_never_pays_has_no_pay_back(saving: float) -> None:
    assert pay_back_months(100.0, saving) is None


def test_a_free_set_up_is_earned_back_at_once() -> None:
    assert pay_back_months(0.0, 100.0) == 0


def test_one_fault_found_is_worth_its_chance_of_a_breakdown() -> None:
    prices = Prices(unplanned=25.0, planned=5.0, inspection=1.0, life_given_up_share=0.2)

    assert fault_found(prices, 0.4) == Saving(avoided=8.0, life_given_up=1.0)


def test_a_part_replaced_for_nothing_costs_the_repair_too() -> None:
    prices = Prices(unplanned=25.0, planned=5.0, inspection=1.0)

    assert false_alarm(prices).total == -1.0
    assert false_alarm(prices, replaced=True).total == -6.0


def test_the_breakdowns_expected_of_all_orders_stand_behind_the_faults_found() -> None:
    rows = [(0.8, 0.4, number < 500) for number in range(1000)]

    looks = Looks.of(rows)

    # 1,000 x 0.4 x 0.8 breakdowns found behind 500 faults.
    assert 500 * looks.found(0.4) == pytest.approx(320, rel=0.01)
    assert looks.found(0.9) == 1.0


def test_a_fault_never_makes_a_breakdown_less_likely() -> None:
    always = Looks.of([(0.8, 0.4, True)] * 50)

    assert always.found(0.4) == Looks().found(0.4) == 0.4


def test_the_strongest_term_comes_first() -> None:
    swings = sensitivity(PLANT)

    widths = [swing.high - swing.low for swing in swings]
    assert widths == sorted(widths, reverse=True)
    # 8 h down at 1000 an hour: 30 % of it on three avoided breakdowns is 7 200 either way.
    hours = next(swing for swing in swings if swing.term == "repair_hours_unplanned")
    assert (hours.at_least, hours.at_most) == pytest.approx((9_000.0, 23_400.0))


def test_no_share_is_stretched_beyond_the_whole() -> None:
    swings = sensitivity(replace(PLANT, detection_share=0.9))

    assert next(s for s in swings if s.term == "detection_share").most == 1.0


@pytest.mark.parametrize(
    ("hours", "chance"), [(0, 0.0), (12, 0.05), (24, 0.1), (96, 0.25), (168, 0.4), (900, 0.4)]
)
def test_the_chance_of_a_failure_is_read_from_the_forecast(hours: float, chance: float) -> None:
    assert chance_of_failure([24.0, 168.0], [1.0, 0.9, 0.6], hours) == pytest.approx(chance)


@given(plants, st.floats(0, 1), st.floats(0, 1))
def test_finding_more_never_saves_less(plant: Assumptions, one: float, other: float) -> None:
    few, many = sorted((one, other))

    less = yearly_saving(replace(plant, detection_share=few)).total
    more = yearly_saving(replace(plant, detection_share=many)).total

    assert more >= less - 1e-6 * (1 + abs(less))


@given(plants)
def test_without_failures_only_the_costs_are_left(plant: Assumptions) -> None:
    quiet = replace(plant, failures_per_machine_year=0.0)

    saving = yearly_saving(quiet)

    alarms = quiet.false_alarms * quiet.inspection_cost
    assert saving.total == pytest.approx(-quiet.system_cost_per_year - alarms)
    assert pay_back_months(1.0, saving.total) is None


@given(plants)
def test_the_likely_saving_lies_between_low_and_high(plant: Assumptions) -> None:
    span = outlook(plant)

    assert span.low <= span.likely <= span.high
    assert span.likely == yearly_saving(plant).total


YEAR_BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return YEAR_BEGINS + timedelta(days=number)


def test_the_system_costs_what_was_in_force_while_it_was() -> None:
    costs = [(day(0), 365.0), (day(100), 730.0), (day(150), 0.0)]

    pieces = running_costs(costs, day(0), day(200))

    assert pieces == (
        Running(day(0), day(100), 365.0),
        Running(day(100), day(150), 730.0),
        Running(day(150), day(200), 0.0),
    )
    assert [piece.cost for piece in pieces] == pytest.approx([100.0, 100.0, 0.0])


def test_a_cost_from_before_the_first_forecast_counts_from_there_on() -> None:
    costs = [(day(50), 365.0), (day(10), 730.0), (day(300), 1.0)]

    assert running_costs(costs, day(50), day(60)) == (Running(day(50), day(60), 730.0),)
