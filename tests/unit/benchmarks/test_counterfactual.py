"""What orders cost on a record nobody acted on, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measuring.counterfactual import Costs, Elapsed, calendars_of, policy_costs
from benchmarks.measuring.event_scores import merge
from benchmarks.measuring.record import Happening, Part, Record
from benchmarks.measuring.scoring import DAY_US
from models.outcomes import FAILURE

COSTS = Costs()
LEAD, HORIZON = 3 * DAY_US, 14 * DAY_US
FAILED = tuple(Happening(1, "seal", day * DAY_US) for day in (20, 50, 80))

# The machine was first seen on day 10.
BEFORE = Happening(1, "seal", 9 * DAY_US)


def elapsed(days: int) -> Elapsed:
    parts = (Part(1, "pump", "seal", 10 * DAY_US, None, *_ends()),)
    record = Record((1,), parts, (BEFORE, *FAILED), (), 100 * DAY_US)
    return Elapsed(record, 0, days * DAY_US, days * DAY_US, LEAD, HORIZON)


def _ends() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ends = np.array([one.at for one in (BEFORE, *FAILED)])
    return ends, np.full(4, FAILURE, dtype=np.int8), np.zeros(4, bool)


def test_running_to_failure_costs_what_a_calendar_without_work_costs() -> None:
    told = elapsed(90).judged([])
    calendars = calendars_of(elapsed(90).record, [0, 90 * DAY_US], COSTS)

    costs = policy_costs(elapsed(90), told, calendars, COSTS)

    assert costs["cost"] == costs["cost_run_to_failure"] == costs["cost_calendar"] == 75
    # Parts that fail at an age of 30 days twice are worth replacing before it.
    assert costs["cost_calendar_hindsight"] < 75


def test_without_orders_every_failure_is_unplanned() -> None:
    assert COSTS.of_orders(0, 0, 3) == 75


def test_a_found_failure_costs_its_inspection_and_what_the_inspection_misses() -> None:
    # 1 for looking; in 4 of 5 cases a planned repair, in the fifth the breakdown after all.
    assert COSTS.of_orders(1, 1, 1) == pytest.approx(1 + 0.8 * 5 + 0.2 * 25)


def test_a_false_alarm_costs_an_inspection_and_saves_nothing() -> None:
    assert COSTS.of_orders(4, 0, 3) == 75 + 4


def test_at_the_threshold_of_the_order_rule_an_order_pays_for_itself() -> None:
    rate = 1 / (0.8 * (25 - 5))

    with_orders = COSTS.of_orders(alarms=16, found=1, failures=1)
    assert rate * 16 == pytest.approx(1.0)
    assert with_orders == pytest.approx(COSTS.of_orders(0, 0, 1))


def test_only_what_had_happened_by_the_end_of_the_month_counts() -> None:
    orders = merge([(1, "seal", 40 * DAY_US)], HORIZON)

    early, late = elapsed(30).judged([]), elapsed(60).judged(orders)

    assert (early["orders"], early["failures"], early["coverage"]) == (0, 1, 0.0)
    assert early["precision"] is None
    assert (late["orders"], late["found"], late["failures"]) == (1, 1, 2)
    assert (late["precision"], late["coverage"]) == (1.0, 0.5)


def test_an_order_without_its_failure_yet_is_paid_but_not_judged() -> None:
    orders = merge([(1, "seal", 40 * DAY_US)], HORIZON)

    told = elapsed(45).judged(orders)

    assert (told["orders"], told["precision"], told["found"]) == (1, None, 0)


def test_failures_of_the_first_days_count_although_no_night_came_before_them() -> None:
    assert elapsed(20).judged([])["failures"] == 1
