"""Whether a forecast's window saw a failure, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.life_ends import ANY, WHOLE, LifeEnd, Window, has_failed

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def _failure(day: float, part: str = "bearing") -> LifeEnd:
    return LifeEnd(START + day * DAY, False, part)


def _renewal(day: float, part: str = "bearing") -> LifeEnd:
    return LifeEnd(START + day * DAY, True, part)


@pytest.mark.parametrize(
    ("mode", "ends", "told"),
    [
        ("bearing", [], False),
        ("bearing", [_failure(2)], True),
        ("bearing", [_failure(2, "seal")], False),
        ("bearing", [_failure(2, WHOLE)], True),
        ("bearing", [_renewal(2)], None),
        ("bearing", [_renewal(2, WHOLE)], None),
        ("bearing", [_renewal(2, "seal"), _failure(3)], True),
        # The life the forecast spoke of was over before the failure.
        ("bearing", [_renewal(2), _failure(3)], None),
        ("bearing", [_failure(2), _renewal(2)], True),
        (ANY, [_failure(2, "seal")], True),
        (ANY, [_renewal(1, "bearing"), _failure(2, "seal")], True),
        (ANY, [_renewal(1, "bearing"), _failure(2, "bearing")], None),
        (ANY, [_renewal(1, WHOLE), _failure(2, "seal")], None),
        (ANY, [_renewal(1, "bearing"), _failure(2, WHOLE)], True),
    ],
)
def test_a_window_is_judged_by_the_first_end_of_the_life_it_spoke_of(
    mode: str, ends: list[LifeEnd], told: bool | None
) -> None:
    assert has_failed(Window(mode, START, START + 4 * DAY), sorted(ends)) is told


@pytest.mark.parametrize(("day", "told"), [(0, False), (0.001, True), (4, True), (4.001, False)])
def test_a_window_excludes_its_start_and_includes_its_end(day: float, told: bool) -> None:
    assert has_failed(Window("bearing", START, START + 4 * DAY), [_failure(day)]) is told
