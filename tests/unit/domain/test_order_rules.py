"""When a risk is worth an order: the arithmetic of domain model 4.1 by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.risk import Basis, OrderRule, is_over, priority_of
from app.domain.work_orders import RANK, Priority

RISKS = st.floats(0, 1)


def test_the_default_costs_ask_for_one_sixteenth() -> None:
    # 1 / (0.8 x (25 - 5)) = 1 / 16
    assert OrderRule().threshold == 0.0625


def test_an_inspection_pays_exactly_from_the_threshold_on() -> None:
    rule = OrderRule()

    assert rule.saving(rule.threshold) == pytest.approx(0.0)
    # 0.5 x 0.8 x 20 - 1 = 7
    assert rule.saving(0.5) == pytest.approx(7.0)


def test_a_breakdown_that_costs_no_more_than_planned_work_is_never_prevented() -> None:
    assert OrderRule(planned_cost=25.0).threshold == float("inf")


def test_a_plain_threshold_may_be_set_instead() -> None:
    assert OrderRule(basis=Basis.THRESHOLD, risk_threshold=0.3).threshold == 0.3


@pytest.mark.parametrize(
    ("risk", "priority"),
    [(0.07, Priority.NORMAL), (0.13, Priority.HIGH), (0.5, Priority.URGENT)],
)
def test_an_order_is_more_urgent_the_further_it_is_above_the_threshold(
    risk: float, priority: Priority
) -> None:
    assert priority_of(risk, 0.0625) is priority


@given(RISKS, RISKS, st.floats(0.01, 1))
def test_more_risk_is_never_less_urgent(one: float, other: float, threshold: float) -> None:
    low, high = sorted((one, other))

    assert RANK[priority_of(high, threshold)] <= RANK[priority_of(low, threshold)]


def test_a_risk_that_only_wavers_is_not_over() -> None:
    assert not is_over(0.04, 0.0625)
    assert is_over(0.03, 0.0625)
