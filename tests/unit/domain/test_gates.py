"""A gate opens at once and closes at the second review; between reviews it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.gates import Judgement, Standing, standing
from app.domain.risk import Gate

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
OPEN, UNPROVEN, CLOSED = Gate.OPEN, Gate.UNPROVEN, Gate.CLOSED


def _said(gate: Gate, events: int = 20) -> Judgement:
    return Judgement(gate, f"{gate.value} on {events}.", events)


def _after(*told: Gate, every: timedelta = WEEK) -> Standing:
    now: Standing | None = None
    for place, gate in enumerate(told):
        now = standing(now, _said(gate), at=MONDAY + place * every)
    assert now is not None
    return now


def test_the_first_verdict_is_taken_as_it_is() -> None:
    assert _after(CLOSED) == Standing(CLOSED, CLOSED, "closed on 20.", 20, MONDAY)


def test_a_gate_opens_at_the_first_review_that_says_so() -> None:
    assert _after(CLOSED, OPEN).gate is OPEN


def test_a_verdict_younger_than_a_week_stands() -> None:
    assert _after(CLOSED, OPEN, OPEN, every=timedelta(days=2)) == _after(CLOSED)


def test_a_week_of_nights_through_the_change_to_summer_time_is_a_week() -> None:
    before = _after(CLOSED)

    after = standing(before, _said(OPEN), at=MONDAY + WEEK - timedelta(hours=1))

    assert after.gate is OPEN


def test_one_bad_review_is_noted_and_does_not_close() -> None:
    found = _after(OPEN, CLOSED)

    assert (found.gate, found.judged) == (OPEN, CLOSED)
    assert found.reason == (
        "Stays open until a second review agrees. The one of 09 Mar 2026 said: closed on 20."
    )


def test_the_second_bad_review_closes_and_names_the_first() -> None:
    found = _after(OPEN, CLOSED, CLOSED)

    assert (found.gate, found.judged) == (CLOSED, CLOSED)
    assert found.reason == (
        "Lowered at the second review that said so (first on 09 Mar 2026). closed on 20."
    )


def test_of_two_bad_reviews_the_weaker_counts() -> None:
    assert _after(OPEN, CLOSED, UNPROVEN).gate is CLOSED
    assert _after(OPEN, UNPROVEN, CLOSED).gate is CLOSED
    assert _after(OPEN, UNPROVEN, UNPROVEN).gate is UNPROVEN


def test_a_good_review_in_between_forgives() -> None:
    assert _after(OPEN, CLOSED, OPEN, CLOSED).gate is OPEN


def test_too_few_events_are_no_verdict_so_the_next_night_may_judge() -> None:
    untested = standing(None, _said(UNPROVEN, 5), at=MONDAY)

    after = standing(untested, _said(OPEN, 8), at=MONDAY + timedelta(days=1))

    assert (after.gate, after.events) == (OPEN, 8)


def test_an_open_gate_whose_test_ran_out_of_events_waits_for_the_second_review_too() -> None:
    first = standing(_after(OPEN), _said(UNPROVEN, 3), at=MONDAY + WEEK)
    next_night = standing(first, _said(UNPROVEN, 3), at=MONDAY + timedelta(days=8))
    second = standing(next_night, _said(UNPROVEN, 3), at=MONDAY + 2 * WEEK)

    assert [found.gate for found in (first, next_night, second)] == [OPEN, OPEN, UNPROVEN]


def test_a_gate_from_before_reviews_were_kept_closes_at_the_second_as_well() -> None:
    old = Standing(OPEN, UNPROVEN, "open, once.", 20, None)

    first = standing(old, _said(CLOSED), at=MONDAY)

    assert (first.gate, first.reviewed_at) == (OPEN, MONDAY)
    assert standing(first, _said(CLOSED), at=MONDAY + WEEK).gate is CLOSED


@given(st.lists(st.sampled_from(list(Gate)), min_size=1, max_size=12))
def test_no_gate_is_ever_weaker_than_the_last_two_verdicts_allow(told: list[Gate]) -> None:
    strength = [CLOSED, UNPROVEN, OPEN].index
    found = _after(*told)

    assert found.judged is told[-1]
    assert strength(found.gate) >= min(strength(gate) for gate in told[-2:])
