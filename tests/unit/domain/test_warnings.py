"""How a failure was met: the order that stood, the one that ended, the night that kept silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.warnings import (
    Aftermath,
    Meeting,
    Met,
    Silence,
    Suggestion,
    aftermath,
    how_met,
    spells,
)

FAILED = datetime(2026, 3, 20, 14, tzinfo=UTC)
HORIZON = timedelta(days=14)


def days_before(days: float) -> datetime:
    return FAILED - timedelta(days=days)


def order(
    raised: float,
    *,
    accepted: float | None = None,
    ended: float | None = None,
    is_dismissed: bool = False,
    order_id: int = 1,
) -> Suggestion:
    """An order by how many days before the failure things happened to it."""
    return Suggestion(
        order_id=order_id,
        created_at=days_before(raised),
        accepted_at=None if accepted is None else days_before(accepted),
        ended_at=None if ended is None else days_before(ended),
        is_dismissed=is_dismissed,
    )


def met(*suggestions: Suggestion, silences: tuple[Silence, ...] = ()) -> Meeting:
    return how_met(FAILED, suggestions, silences, horizon=HORIZON)


def test_an_order_that_was_accepted_and_still_stood_had_warned() -> None:
    assert met(order(5, accepted=4)) == Meeting(Met.WARNED, 1, lead=timedelta(days=5))


def test_a_suggestion_nobody_answered_was_ignored() -> None:
    assert met(order(5)).met is Met.IGNORED


def test_an_acceptance_after_the_failure_is_too_late() -> None:
    assert met(order(5, accepted=-1)).met is Met.IGNORED


def test_an_order_raised_at_the_failure_or_later_is_no_warning() -> None:
    assert met(order(0), order(-2, accepted=-2)).met is Met.MISSED


@pytest.mark.parametrize(("dismissed", "expected"), [(True, Met.DISMISSED), (False, Met.CLEARED)])
def test_an_order_that_ended_shortly_before_is_named_by_how_it_ended(
    dismissed: bool, expected: Met
) -> None:
    assert met(order(9, accepted=8, ended=3, is_dismissed=dismissed)).met is expected


def test_what_ended_before_the_horizon_says_nothing() -> None:
    assert met(order(40, accepted=39, ended=15)).met is Met.MISSED


def test_a_standing_order_counts_before_one_that_ended() -> None:
    found = met(order(9, ended=3, is_dismissed=True), order(2, accepted=1, order_id=2))

    assert found == Meeting(Met.WARNED, 2, lead=timedelta(days=2))


@pytest.mark.parametrize(("withheld", "expected"), [(True, Met.WITHHELD), (False, Met.HELD_BACK)])
def test_a_night_that_saw_the_risk_and_kept_silent_is_named(withheld: bool, expected: Met) -> None:
    silences = (Silence(7, days_before(6), not withheld), Silence(8, days_before(2), withheld))

    assert met(silences=silences) == Meeting(expected, run_id=8, lead=timedelta(days=2))


def test_a_silence_outside_the_horizon_or_after_the_failure_says_nothing() -> None:
    silences = (Silence(7, days_before(20), False), Silence(8, days_before(-1), False))

    assert met(silences=silences) == Meeting(Met.MISSED)


# --- silences


@pytest.mark.parametrize(
    ("places", "lengths"),
    [
        ([], []),
        ([4], [1]),
        ([1, 2, 3], [3]),
        ([1, 3, 4], [3]),  # one quiet night in between does not end it
        ([1, 2, 5, 6, 9], [2, 2, 1]),
    ],
)
def test_silent_nights_belong_together_until_two_quiet_ones(
    places: list[int], lengths: list[int]
) -> None:
    assert [len(places[cut]) for cut in spells(places)] == lengths


@pytest.mark.parametrize(
    ("happened", "became"),
    [
        ({"failed": 3}, Aftermath.FAILED),
        ({"failed": 3, "ordered": 1}, Aftermath.FAILED),
        ({"ordered": 1, "renewed": 2}, Aftermath.ORDERED),
        ({"renewed": 2}, Aftermath.RENEWED),
        ({}, Aftermath.FELL),
        ({"failed": 15}, Aftermath.FELL),
        ({"failed": -4}, Aftermath.FELL),
    ],
)
def test_what_became_of_a_silence_is_what_happened_until_its_horizon(
    happened: dict[str, float], became: Aftermath
) -> None:
    assert after(happened, is_newest=False) is became


def test_a_silence_of_the_newest_night_still_stands_unless_the_machine_failed() -> None:
    assert after({"renewed": 2}, is_newest=True) is Aftermath.STANDS
    assert after({"failed": 2}, is_newest=True) is Aftermath.FAILED


def after(happened: dict[str, float], *, is_newest: bool) -> Aftermath:
    """What became of two silent nights, by what happened how many days after the second."""
    last = FAILED

    def moments(name: str) -> list[datetime]:
        return [last + timedelta(days=happened[name])] if name in happened else []

    return aftermath(
        last - timedelta(days=1),
        last,
        is_newest=is_newest,
        failed=moments("failed"),
        ordered=moments("ordered"),
        renewed=moments("renewed"),
        horizon=HORIZON,
    )
