"""The gate opens on a signal, stays closed on noise, and says when it cannot know."""

from __future__ import annotations

import numpy as np
import pytest

from models.gate import judge, order_threshold
from models.spec import CostSpec

COSTS = CostSpec(inspection=300.0, planned=1_500.0, unplanned=8_000.0, detection_share=0.8)
MACHINES, ROWS = 20, 200


def failures_of_a_fleet():
    """Failures at a base rate of 2 %, machine by machine."""
    random = np.random.default_rng(0)
    failed = random.random(MACHINES * ROWS) < 0.02
    return random, failed, np.repeat(np.arange(MACHINES), ROWS)


def verdict(hazard: np.ndarray, failed: np.ndarray, machine: np.ndarray, events: int = 30):
    base = np.full(len(failed), 0.02)
    risks = {"hazard": hazard, "reference": base, "limit": base}
    return judge(
        "seal", risks=risks, failed=failed, machine=machine, events=events, costs=COSTS, seed=1
    )


def test_an_order_pays_from_inspection_over_what_a_warning_saves():
    # 300 / (0.8 x 6500)
    assert order_threshold(COSTS) == pytest.approx(0.0577, abs=1e-4)


def test_an_order_never_pays_where_planned_work_costs_as_much():
    assert order_threshold(CostSpec(planned=8_000.0, unplanned=8_000.0)) > 1


def test_it_opens_on_a_signal():
    _, failed, machine = failures_of_a_fleet()

    gate = verdict(np.where(failed, 0.5, 0.01), failed, machine)

    assert gate.state == "open"
    assert gate.sentence.startswith("Open: on 30 failures of seal")
    assert gate.costs["hazard"] == pytest.approx(-4_900.0 * failed.mean())


def test_it_stays_closed_on_noise():
    random, failed, machine = failures_of_a_fleet()
    noise = 0.02 * np.exp(0.5 * random.standard_normal(len(failed)))

    gate = verdict(noise, failed, machine)

    assert gate.state == "closed"
    assert "not reliably better in" in gate.sentence
    weakest = min(gate.shares.values())
    assert f"in {100 * weakest:.0f} of 100 draws" in gate.sentence


def test_better_scores_that_save_no_money_do_not_open_it():
    _, failed, machine = failures_of_a_fleet()

    gate = verdict(np.where(failed, 0.05, 0.018), failed, machine)

    assert gate.shares["reference log score"] == 1.0
    assert gate.state == "closed"
    assert "log score than" not in gate.sentence


def test_a_signal_in_one_machine_alone_raises_nothing_by_itself():
    _, failed, machine = failures_of_a_fleet()
    known = (machine == 3) & failed

    gate = verdict(np.where(known, 0.5, np.where(machine == 3, 0.01, 0.021)), failed, machine)

    # 1 - (19 / 20) ** 20: the draws that machine is in.
    assert gate.shares["limit cost"] == pytest.approx(0.64, abs=0.03)
    assert gate.state == "unproven"


def test_worse_on_most_machines_it_closes_whatever_one_of_them_shows():
    _, failed, machine = failures_of_a_fleet()
    known = (machine == 3) & failed

    gate = verdict(np.where(known, 0.5, np.where(machine == 3, 0.01, 0.05)), failed, machine)

    assert gate.state == "closed"


def test_likely_better_on_few_machines_is_unproven_and_waits_for_approval():
    _, failed, machine = failures_of_a_fleet()
    known = (machine <= 1) & failed

    gate = verdict(np.where(known, 0.5, np.where(machine <= 1, 0.01, 0.02)), failed, machine)

    assert gate.state == "unproven"
    assert "better, but not surely" in gate.sentence


def test_below_eight_events_it_is_unproven_and_says_so():
    _, failed, machine = failures_of_a_fleet()

    gate = verdict(np.where(failed, 0.5, 0.01), failed, machine, events=7)

    assert gate.state == "unproven"
    assert "7 of the 8" in gate.sentence


def test_the_same_rows_give_the_same_verdict():
    random, failed, machine = failures_of_a_fleet()
    risk = np.clip(0.02 + 0.02 * random.standard_normal(len(failed)), 0.001, 1)

    assert verdict(risk, failed, machine) == verdict(risk, failed, machine)
