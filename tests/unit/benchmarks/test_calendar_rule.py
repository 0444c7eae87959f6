"""The calendar on records of one or two parts, worked by hand. Planned 5, unplanned 25."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.calendar_rule import (
    Hazard,
    Prices,
    Stretch,
    best_interval,
    calendar_cost,
    costs_in_hindsight,
    costs_of_plans,
    nelson_aalen,
    plans_from_the_past,
)
from benchmarks.measuring.lives import Lives, lives_of
from benchmarks.measuring.record import Part
from benchmarks.measuring.scoring import DAY_US
from models.outcomes import CENSORED, FAILURE

PRICES = Prices(5.0, 25.0)
YEAR = 360 * DAY_US
NO_HAZARD = Hazard(np.empty(0), np.empty(0))


def part(*ends: tuple[float, int], repairs: tuple[float, ...] = (), machine: int = 1) -> Part:
    days = [day for day, _ in ends]
    return Part(
        machine=machine,
        class_code="pump",
        mode="seal",
        since=0,
        born_at=0,
        ends=np.array([round(day * DAY_US) for day in days], dtype=np.int64),
        kinds=np.array([kind for _, kind in ends], dtype=np.int8),
        is_repair=np.array([day in repairs for day in days], dtype=bool),
    )


def cost(of: Part, days: float, hazard: Hazard = NO_HAZARD) -> float:
    return calendar_cost([of], [Stretch(0, YEAR, days)], hazard, PRICES)


def test_never_replacing_costs_every_failure_of_the_record() -> None:
    assert cost(part((100, FAILURE), (200, CENSORED), (300, FAILURE)), inf) == 2 * 25


def test_a_part_replaced_in_time_does_not_fail_and_its_repair_is_not_needed() -> None:
    failed = part((100, FAILURE), (101, CENSORED), repairs=(101,))

    # Replaced at 90, 180, 270; had its repair counted as a renewal, at 90, 191 and 281.
    assert cost(failed, 90) == 3 * 5
    assert cost(part((300, FAILURE)), 90) == 3 * 5


def test_a_part_that_fails_younger_than_the_interval_fails() -> None:
    # Fails at 50; replaced at 50 + 90, 230 and 320.
    assert cost(part((50, FAILURE)), 90) == 25 + 3 * 5


def test_planned_work_of_the_record_is_done_anyway_and_starts_the_clock_anew() -> None:
    serviced = part(*((80.0 * n, CENSORED) for n in range(1, 5)))

    assert cost(serviced, 90) == 0.0


def test_a_part_the_calendar_fitted_fails_as_often_as_its_age_does() -> None:
    half_fail_at_60 = Hazard(np.array([60.0]), np.array([0.5]))

    # Replaced at 90, 180 and 270: the three that follow pass the age of 60, half of each fails.
    assert cost(part((350, FAILURE)), 90, half_fail_at_60) == 3 * 5 + 3 * 0.5 * 25


def test_the_age_at_the_start_counts() -> None:
    renewed_before = part((-80, CENSORED))

    twenty_days = [Stretch(0, 20 * DAY_US, 90)]
    assert calendar_cost([renewed_before], twenty_days, NO_HAZARD, PRICES) == 5


def test_of_an_old_machine_nobody_knows_how_old_its_parts_are() -> None:
    old = replace(part((50, FAILURE), (80, FAILURE)), born_at=-2_000 * DAY_US)
    new = replace(old, born_at=-10 * DAY_US)

    # Not replaced on the first day, but when it was seen for the length of the interval.
    assert calendar_cost([old], [Stretch(0, 20 * DAY_US, 90)], NO_HAZARD, PRICES) == 0
    assert lives_of([old], 90 * DAY_US).end.tolist() == [30.0, 10.0]
    assert lives_of([new], 90 * DAY_US).end.tolist() == [60.0, 30.0, 10.0]


def test_a_shorter_interval_replaces_what_is_older_at_once() -> None:
    stretches = [Stretch(0, 100 * DAY_US, inf), Stretch(100 * DAY_US, 130 * DAY_US, 60)]

    assert calendar_cost([part()], stretches, NO_HAZARD, PRICES) == 5


def test_nelson_aalen_counts_only_lives_in_sight() -> None:
    lives = Lives(
        entry=np.array([0.0, 0.0, 15.0]),
        end=np.array([10.0, 20.0, 30.0]),
        kind=np.array([FAILURE, FAILURE, CENSORED], dtype=np.int8),
    )
    hazard = nelson_aalen(lives)

    # At 10 two lives are in sight (the third came at 15), at 20 the second and the third.
    assert hazard.between(0, 10) == pytest.approx(1 / 2)
    assert hazard.between(10, 20) == pytest.approx(1 / 2)
    assert hazard.between(20, 30) == 0.0


def test_parts_that_fail_at_one_age_are_best_replaced_just_before_it() -> None:
    regular = part(*((100.0 * n, FAILURE) for n in range(1, 4)))

    assert best_interval([regular], 0, YEAR, PRICES) == 90
    assert costs_in_hindsight([regular], 0, YEAR, PRICES) == 3 * 5


def test_where_nothing_fails_nothing_is_replaced() -> None:
    assert best_interval([part()], 0, YEAR, PRICES) == inf


def test_a_planner_only_knows_the_months_before() -> None:
    regular = part(*((100.0 * n, FAILURE) for n in range(1, 4)))
    months = [0, 90 * DAY_US, 210 * DAY_US, YEAR]
    ((plan,),) = [list(plans_from_the_past([regular], months, PRICES).values())]

    # Nothing had failed by day 90; by day 210 parts had failed at an age of 100 twice.
    assert [stretch.days for stretch in plan] == [inf, inf, 90]
    told = costs_of_plans([regular], {("pump", "seal"): plan}, YEAR, PRICES)
    # Failures at 100 and 200, then replaced at 290: the failure of day 300 does not happen.
    assert told == 2 * 25 + 5


@given(st.lists(st.tuples(st.integers(1, 350), st.booleans()), max_size=8))
def test_hindsight_never_costs_more_than_running_to_failure(ends: list[tuple[int, bool]]) -> None:
    known = sorted(dict(ends).items())
    one = part(*((float(day), FAILURE if failed else CENSORED) for day, failed in known))

    assert costs_in_hindsight([one], 0, YEAR, PRICES) <= 25 * sum(f for _, f in known) + 1e-9


def test_lives_are_cut_off_where_they_were_known() -> None:
    lives = lives_of([part((100, FAILURE), (150, CENSORED))], 120 * DAY_US)

    assert lives.end.tolist() == [100.0, 20.0]
    assert lives.kind.tolist() == [FAILURE, CENSORED]
