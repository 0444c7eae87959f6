"""`benchmarks.first_year` on the first month of three machines of the sample plant."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from benchmarks.first_year import SAMPLE_START, sample_plant
from benchmarks.measuring.first_years import DAY, Year, live
from models import engines

MACHINES, DAYS = 3, 40


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    year = Year(SAMPLE_START, 1, 10, 3 * DAY, 14 * DAY, engine="serial")
    workers = {"serial": lambda _workers: engines.SerialEngine()}
    with sample_plant(MACHINES, DAYS) as plant, patch.object(engines, "ENGINES", workers):
        return live(plant, year)


def test_only_months_that_were_lived_through_are_told(report: dict[str, Any]) -> None:
    assert list(report["months"]) == ["month 1"]
    assert (report["nights"], report["refits"]) == (3, 3)
    # The bar begins after month 3: there is nothing to say of it yet.
    assert report["never_dearer_after_month_3"] is None


def test_every_machine_stands_on_a_rung_and_none_may_order_yet(report: dict[str, Any]) -> None:
    month = report["months"]["month 1"]

    assert sum(month["rungs"].values()) == MACHINES
    assert month["orders"] == 0


def test_without_orders_the_month_costs_what_running_to_failure_costs(
    report: dict[str, Any],
) -> None:
    month = report["months"]["month 1"]

    assert month["cost"] == month["cost_run_to_failure"] == 25 * month["failures"]
    # In the first month a planner has nothing to choose an interval by.
    assert month["cost_calendar"] == month["cost_run_to_failure"]
    assert month["cost_calendar_hindsight"] <= month["cost_run_to_failure"]
    assert month["cost_with_inspections"] <= month["cost"] + month["inspections"]
