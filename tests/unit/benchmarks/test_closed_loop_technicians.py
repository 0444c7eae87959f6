"""What simulated technicians notice, and what they write down of it."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from app.domain.work_orders import Outcome
from benchmarks.measuring.closed_loop import technicians
from benchmarks.measuring.closed_loop.setting import Manners


@pytest.mark.parametrize("found", list(technicians.MISTAKES))
def test_one_outcome_in_ten_is_another_one(found: Outcome) -> None:
    chance = Random(7)

    written = Counter(technicians.written_down(found, Manners(), chance) for _ in range(4_000))

    assert written[found] == pytest.approx(3_600, abs=75)
    assert set(written) == {found, *technicians.MISTAKES[found]}


def test_a_defect_is_overlooked_now_and_then() -> None:
    looks = {("P-101", "bearing"): "degraded", ("P-101", "seal"): "good"}
    chance = Random(7)

    def look(suspected: str) -> str | None:
        return technicians.to_renew("P-101", suspected, looks, Manners(), chance)

    assert Counter(look("bearing") for _ in range(1_000))["bearing"] == pytest.approx(800, abs=50)
    assert {look("seal") for _ in range(50)} == {"bearing", None}
    assert technicians.to_renew("P-102", "bearing", looks, Manners(detects=1.0), chance) is None


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_completion_agrees_with_its_outcome(outcome: Outcome) -> None:
    given = technicians.finding(outcome, component_id=1, activity=None, hours=1.0)

    is_fault = outcome in technicians.FAULTS
    assert (given["function"] == "degraded") == is_fault
    assert (given["condition_found"] == "degraded") == is_fault
