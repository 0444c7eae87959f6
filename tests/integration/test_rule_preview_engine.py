"""The engine of previews against going through the nights row by row, on random years."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.db import Database
from app.domain.risk import Basis, OrderRule
from app.domain.roles import EVERYWHERE
from app.domain.savings import chance_of_failure
from app.queries.rule_previews.answer import tried
from app.queries.rule_previews.back_tests import forecasts
from app.queries.rule_previews.curves import Curves, chances
from app.queries.rule_previews.engine import decided, wanted
from app.queries.rule_previews.machines import keys_of
from app.queries.rule_previews.past import Past, past_of
from benchmarks.measuring.policy import naive
from benchmarks.measuring.policy.previews import plain
from benchmarks.measuring.policy.writing import write_crews, write_year
from benchmarks.measuring.policy.years import MadeYear, made_year

DAY = timedelta(days=1)
PLAIN = OrderRule(basis=Basis.THRESHOLD, risk_threshold=0.3, weekly_budget=None)
FIRST = datetime(2025, 3, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_raises_what_going_row_by_row_raises(database: Database, seed: int) -> None:
    made, past = _made(database, seed)
    chance = np.random.default_rng(seed)

    for _ in range(30):
        rule = _some_rule(chance)
        orders, _ = decided(past, rule, wanted(past, rule))
        assert plain(past, orders) == naive.tried(made.year, rule), rule


def test_one_more_order_a_week_is_the_rule_with_a_budget_of_one_more(database: Database) -> None:
    made, past = _made(database, 7)
    rule = replace(PLAIN, risk_threshold=0.02, weekly_budget=1)

    found, marginal = tried(past, rule, now=made.now)
    more, _ = tried(past, replace(rule, weekly_budget=2), now=made.now)

    assert marginal is not None
    assert marginal.orders == more.counts.tally.orders - found.counts.tally.orders > 0
    assert marginal.useful == more.counts.tally.useful - found.counts.tally.useful
    assert marginal.saving == more.counts.saving.likely - found.counts.saving.likely


def test_the_counts_add_up_to_the_orders_and_failures_there_were(database: Database) -> None:
    made, past = _made(database, 11)

    found, _ = tried(past, replace(PLAIN, risk_threshold=0.05), now=made.now)

    counts = found.counts
    assert counts.tally.orders == len(found.rows) > 0
    assert counts.found + counts.missed + counts.untold == sum(map(len, made.failures.values()))
    assert counts.found == counts.tally.failed > 0


@pytest.mark.parametrize("hours", [0, 1, 24, 30.5, 96, 3_000, 9_999])
def test_curves_read_together_say_what_each_says_alone(hours: float) -> None:
    edges = [24.0, 96.0, 3_000.0]
    told = [[1.0, 0.99, 0.7, 0.1], [1.0, 1.0, 1.0, 0.999], [1.0, 0.5, 0.5, 0.0]]
    curves = Curves(tuple(edges), np.arange(3), np.array(told))

    alone = [chance_of_failure(edges, one, hours) for one in told]

    assert chances(curves, hours).tolist() == alone


@pytest.mark.parametrize("back_test_nights", [25, 60])
@pytest.mark.parametrize("seed", [21, 22])
def test_so_it_does_where_a_back_test_stands_in_for_the_first_nights(
    database: Database, seed: int, back_test_nights: int
) -> None:
    made, past = _made(database, seed, back_test_nights)
    chance = np.random.default_rng(seed)

    for _ in range(30):
        rule = _some_rule(chance)
        orders, _ = decided(past, rule, wanted(past, rule))
        assert plain(past, orders) == naive.tried(made.year, rule), rule
    is_before = past.issued.at < _border_of_each(made, past)
    assert (past.issued.is_back_test == is_before).all()
    assert 0 < is_before.sum() < len(is_before)


def test_orders_and_failures_are_counted_for_the_back_test_they_rest_on(
    database: Database,
) -> None:
    made, past = _made(database, 11, 30)

    found, _ = tried(past, replace(PLAIN, risk_threshold=0.05), now=made.now)

    by_back_test = past.issued.at[list(found.rows)] < _border_of_each(made, past)[list(found.rows)]
    share = found.counts.back_test
    assert share.tally.orders == by_back_test.sum() > 0
    assert share.tally.orders < found.counts.tally.orders
    assert share.tally.useful <= found.counts.tally.useful
    assert share.missed <= found.counts.missed


def _border_of_each(made: MadeYear, past: Past) -> np.ndarray:
    """Per forecast, the first night its machine was issued one."""
    borders = np.array([made.borders[key.equipment_id] for key in past.keys])
    return borders[past.issued.key]


def _made(database: Database, seed: int, back_test_nights: int = 0) -> tuple[MadeYear, Past]:
    """A random year of six machines and two crews, written and read back."""
    with database.transaction() as session:
        crews = write_crews(session, 2)
    made = made_year(
        seed,
        machines=6,
        nights=60,
        first=FIRST,
        crews=crews,
        has_findings=True,
        machines_a_crew=3,
        back_test_nights=back_test_nights,
    )
    with database.transaction() as session:
        class_id = write_year(session, made)
    with database.reading() as session:
        keys = keys_of(session, scope=EVERYWHERE, class_id=class_id)
        rows = forecasts(session, keys, since=made.since)
        return made, past_of(session, keys, rows, since=made.since, now=made.now)


def _some_rule(chance: np.random.Generator) -> OrderRule:
    """A rule of any kind: from costs or plain, generous or strict, also one that never pays."""
    return OrderRule(
        basis=Basis.COSTS if chance.random() < 0.5 else Basis.THRESHOLD,
        risk_threshold=float(chance.choice([0.001, 0.003, 0.05, 0.4])),
        inspection_cost=float(chance.choice([0.01, 0.1, 1])),
        unplanned_cost=float(chance.choice([4, 5, 25])),
        life_value=float(chance.choice([0, 0.5])),
        horizon=int(chance.integers(1, 20)) * DAY,
        lead=int(chance.integers(0, 8)) * DAY,
        cooldown=int(chance.integers(0, 15)) * DAY,
        weekly_budget=[None, 0, 1, 2, 3][int(chance.integers(5))],
        storm_share=float(chance.choice([0.1, 0.5, 1])),
    )
