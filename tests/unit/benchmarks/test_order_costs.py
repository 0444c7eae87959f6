"""Orders against what else there is, in money worked by hand.

An inspection costs 1 and detects four faults in five; a planned repair costs 5, an unplanned 25.
"""

from __future__ import annotations

import pytest

from benchmarks.measuring.counterfactual import Costs
from benchmarks.measuring.lead_times import Warned
from benchmarks.measuring.order_costs import best_calendars, calendar_days, order_costs
from benchmarks.measuring.scoring import DAY_US
from tests.unit.benchmarks.azure_days import alarms, fleet

DAYS, FIRST = 200, 100
# A seal that lives thirty days, again and again: it pays to replace it before.
REGULAR = tuple(range(30, DAYS, 30))


def asked(*given: tuple[int, int]) -> Warned:
    days = [(machine, day - FIRST) for machine, day in given]
    return Warned(alarms(1, DAYS - FIRST, *days), FIRST * DAY_US, horizon=14.0, lead=3.0)


def costs(*given: tuple[int, int], when: tuple[float, ...] = REGULAR) -> dict:
    pumps = fleet(DAYS, {7: when})
    return order_costs(pumps, asked(*given), alarms(1, DAYS - FIRST))


def test_an_order_in_time_makes_the_failure_planned_where_the_inspection_sees_it() -> None:
    told = costs((0, 115))

    # Days 120, 150 and 180: the first had an order five days before, the others had none.
    assert told["run to failure"]["cost"] == 3 * 25
    assert told["orders"]["cost"] == pytest.approx(1 + (0.8 * 5 + 0.2 * 25) + 2 * 25)
    assert told["orders"]["found"] == 1


def test_an_order_too_late_to_plan_costs_its_inspection_on_top() -> None:
    assert costs((0, 118))["orders"]["cost"] == 1 + 3 * 25


def test_orders_of_one_component_closer_than_the_horizon_are_one() -> None:
    assert costs((0, 130), (0, 140))["orders"]["orders"] == 1


def test_always_alarming_inspects_once_a_horizon_and_finds_what_can_be_found() -> None:
    pumps = fleet(DAYS, {7: REGULAR})
    every_day = ~alarms(1, DAYS - FIRST)

    told = order_costs(pumps, asked(), every_day)["alarm always"]

    # Days 100 to 199: eight orders of fourteen days.
    assert (told["orders"], told["found"]) == (8, 3)
    assert told["cost"] == pytest.approx(8 + 3 * (0.8 * 5 + 0.2 * 25))


def test_the_calendar_is_chosen_on_the_record_before_the_first_decision() -> None:
    changed = fleet(DAYS, {7: (30, 60, 90, 110, 120, 130, 140)})

    before = best_calendars(changed.record, FIRST * DAY_US, DAYS * DAY_US, Costs())

    # Lives of thirty days are all that was known; those of ten came later.
    assert calendar_days(before) == {"seal": 21}


def test_a_component_that_never_failed_is_left_alone() -> None:
    sound = fleet(DAYS, {7: ()})

    told = best_calendars(sound.record, FIRST * DAY_US, DAYS * DAY_US, Costs())

    assert calendar_days(told) == {"seal": None}


def test_costs_are_told_per_machine_year_and_against_running_to_failure() -> None:
    told = costs((0, 115))

    years = (DAYS - FIRST) / 365.25
    assert told["orders"]["cost_per_machine_year"] == pytest.approx(60 / years)
    assert told["orders"]["of_run_to_failure"] == pytest.approx(60 / 75)
    assert told["run to failure"]["of_run_to_failure"] == 1.0
