"""What would have happened, against plants that are simply lived on."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.measuring.closed_loop.setting import Setting
from benchmarks.measuring.closed_loop.truth import (
    GRACE_DAYS,
    SIGHT_DAYS,
    Happened,
    costs_of,
    is_real,
    untouched,
    waiting_failure,
)
from sample_data import Plant
from sample_data.rows import CostsRow, FailureRow, ServiceRow

HORIZON = timedelta(days=14)
NEVER = 1_000_000


@pytest.fixture(scope="module")
def plant() -> Plant:
    plant = Setting(machines=12, days=0, seed=5, history_days=60).plant()
    plant.advance(60)
    return plant


def parts(plant: Plant) -> list[tuple[str, str]]:
    return [(m.tag, part.code) for m in plant.machines for part in m.facts.components]


def test_an_order_is_real_when_growing_damage_then_breaks_the_component(plant: Plant) -> None:
    other = copy.deepcopy(plant)
    for state in other.states:
        state.due_day, state.jobs = [NEVER] * len(state.due_day), []
    first: dict[tuple[str, str], FailureRow] = {}
    for day in other.advance(HORIZON.days + GRACE_DAYS):
        for row in day.failures:
            first.setdefault((row.tag, row.component), row)
    expected = {key for key, row in first.items() if not row.is_sudden}

    told = {key for key in parts(plant) if is_real(plant, *key, horizon=HORIZON)}

    assert told == expected
    assert 2 <= len(told) < len(parts(plant))


def test_an_order_for_the_whole_machine_is_real_when_any_component_is(plant: Plant) -> None:
    for machine in plant.machines:
        any_part = [
            is_real(plant, tag, code, horizon=HORIZON)
            for tag, code in parts(plant)
            if tag == machine.tag
        ]

        assert is_real(plant, machine.tag, "", horizon=HORIZON) == any(any_part)


def test_a_failure_waits_where_it_comes_before_the_next_service(plant: Plant) -> None:
    other = copy.deepcopy(plant)
    lived = untouched(other, SIGHT_DAYS)
    found = 0
    for tag, code in parts(plant):
        ends = [row for row in lived.failures if (row.tag, row.component) == (tag, code)]
        served = [
            row.at for row in lived.services if row.tag == tag and row.component in (code, None)
        ]
        waits = bool(ends) and not any(at <= ends[0].at for at in served)
        assert waiting_failure(plant, tag, code) == (ends[0] if waits else None)
        found += waits
    assert found >= 3


def test_the_bill_of_a_plant() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    costs = {"P-1": CostsRow(inspection=1.0, planned=5.0, unplanned=25.0)}
    day = timedelta(days=1)
    happened = Happened(
        failures=[FailureRow("P-1", "bearing", start + day, "VIB", "wear", None)],
        services=[
            # The repair after the failure is in its price; the exchange of a unit is no upkeep.
            ServiceRow("P-1", "bearing", start + 1.5 * day, "replace", False, "failed"),
            ServiceRow("P-1", "seal", start + 2 * day, "replace", True, "good"),
            ServiceRow("P-1", None, start + 3 * day, "replace", True, "good"),
        ],
        in_vain=[("P-1", start + 4 * day), ("P-1", start + 10 * day)],
    )

    assert happened.cost(costs, start, start + 10 * day) == 25.0 + 5.0 + 1.0
    assert happened.cost(costs, start + 2 * day, start + 3 * day) == 5.0


def test_prices_are_those_of_the_class(plant: Plant) -> None:
    costs = costs_of(plant)

    assert costs.keys() == {machine.tag for machine in plant.machines}
    assert costs["P-101"] == plant.machines[0].facts.costs
