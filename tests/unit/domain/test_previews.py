"""What became of an order a rule would have raised, and what such orders are worth: by hand."""

from __future__ import annotations

from itertools import product

import pytest

from app.domain.previews import End, Fate, Tally, fate, worth
from app.domain.risk import OrderRule

# In days: raised on day 100, horizon 14, lead 3; looked at on day 200.
SPAN = {"horizon": 14, "lead": 3, "now": 200}
RULE = OrderRule(inspection_cost=1, planned_cost=5, unplanned_cost=25, detection_share=0.8)


@pytest.mark.parametrize(
    ("end_at", "end", "said"),
    [
        (103, End.FAILURE, Fate.FAILED),
        (114, End.FAILURE, Fate.FAILED),
        (102, End.FAILURE, Fate.LATE),
        (101, End.CONFIRMED, Fate.CONFIRMED),
        (110, End.NOTHING_FOUND, Fate.VAIN),
        (110, End.CUT, Fate.CUT),
    ],
)
def test_the_first_end_within_the_horizon_decides(end_at: int, end: End, said: Fate) -> None:
    assert fate(100, end_at, end, **SPAN) is said


@pytest.mark.parametrize("end", list(End))
def test_what_comes_behind_the_horizon_says_nothing(end: End) -> None:
    assert fate(100, 115, end, **SPAN) is Fate.VAIN


def test_an_order_is_open_until_its_horizon_has_passed() -> None:
    span = SPAN | {"now": 113}

    assert fate(100, 10_000, End.CUT, **span) is Fate.OPEN
    assert fate(100, 10_000, End.CUT, **(span | {"now": 114})) is Fate.VAIN


def test_failures_in_time_are_worth_what_an_inspection_finds() -> None:
    # 10 failures: 8 found save 20 each, 2 inspections find nothing; 5 orders for nothing, 1 late.
    saving = worth(RULE, Tally(failed=10, vain=5, late=1))

    assert saving.likely == pytest.approx(8 * 20 - 2 - 5 - 1)
    # Found: 0.8 x 0.6 = 0.48 of them at least, all of them (0.8 x 1.25) at most.
    assert saving.low == pytest.approx(4.8 * 20 - 5.2 - 6)
    assert saving.high == pytest.approx(10 * 20 - 6)


def test_a_confirmed_fault_saves_by_its_chance_to_break_down() -> None:
    saving = worth(RULE, Tally(confirmed=2, chance_low=0.5, chance_likely=1.5))

    assert (saving.low, saving.likely, saving.high) == (10, 30, 40)


def test_orders_nobody_can_judge_cost_an_inspection_at_worst() -> None:
    saving = worth(RULE, Tally(undecided=3))

    assert (saving.low, saving.likely, saving.high) == (-3, 0, 0)


def test_life_given_up_is_paid_on_every_judged_order() -> None:
    blind = OrderRule(
        inspection_cost=0, planned_cost=5, unplanned_cost=25, detection_share=1, life_value=2
    )

    assert worth(blind, Tally(failed=1, vain=1)).likely == pytest.approx(20 - 2 * 2)


def test_low_is_never_above_likely_nor_high_below() -> None:
    for costs in product((0.0, 1.0, 30.0), (0.0, 5.0), (0.0, 25.0)):
        rule = OrderRule(inspection_cost=costs[0], planned_cost=costs[1], unplanned_cost=costs[2])
        saving = worth(rule, Tally(failed=2, confirmed=1, vain=1, undecided=1, chance_likely=0.5))

        assert saving.low <= saving.likely <= saving.high
