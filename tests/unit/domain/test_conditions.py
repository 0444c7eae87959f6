"""Hourly means against a limit: how long, since when, and how long back."""

from __future__ import annotations

import pytest

from app.domain.conditions import Limit, Side, Stretch, is_back, is_passed, stretch

ABOVE = Limit(Side.ABOVE, 7.0, hours=3)


@pytest.mark.parametrize(
    ("side", "reading", "expected"),
    [
        (Side.ABOVE, 7.1, True),
        (Side.ABOVE, 7.0, False),
        (Side.BELOW, 6.9, True),
        (Side.BELOW, 7.0, False),
    ],
)
def test_the_value_itself_is_within(side: Side, reading: float, expected: bool) -> None:
    assert Limit(side, 7.0, 1).is_beyond(reading) is expected


def test_the_newest_stretch_counts_and_says_where_it_began() -> None:
    found = stretch(ABOVE, [1, 2, 5, 6, 9], [8.0, 6.0, 7.5, 8.0, 9.0])

    assert found == Stretch(is_beyond=True, hours=3, since=5, newest=9.0)
    assert is_passed(ABOVE, found)


def test_an_hour_within_starts_anew() -> None:
    found = stretch(ABOVE, [1, 2, 3, 4], [8.0, 8.0, 6.0, 8.0])

    assert found == Stretch(True, 1, 4, 8.0)
    assert not is_passed(ABOVE, found)
    assert not is_back(ABOVE, found)


def test_it_is_back_after_as_many_hours_within() -> None:
    short = stretch(ABOVE, [1, 2, 3], [8.0, 6.0, 6.0])
    enough = stretch(ABOVE, [1, 2, 3, 4], [8.0, 6.0, 6.0, 5.0])

    assert (is_back(ABOVE, short), is_back(ABOVE, enough)) == (False, True)


def test_without_readings_nothing_is_known() -> None:
    assert stretch(ABOVE, [], []) is None
    assert not is_passed(ABOVE, None)
    assert not is_back(ABOVE, None)
