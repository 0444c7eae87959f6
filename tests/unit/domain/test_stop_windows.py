"""How a stop window comes round, and which one a job takes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.stop_windows import (
    Offer,
    Repeat,
    Repetition,
    at_wall,
    nth_of_month,
    on_wall,
    proposed,
    repetition,
    rule_text,
)

SATURDAY = date(2026, 12, 12)  # the second of its month
BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 12, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Repetition(Repeat.ONCE), ""),
        (Repetition(Repeat.WEEKLY), "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA"),
        (Repetition(Repeat.WEEKLY, 3), "FREQ=WEEKLY;INTERVAL=3;BYDAY=SA"),
        (Repetition(Repeat.MONTHLY), "FREQ=MONTHLY;INTERVAL=1;BYDAY=2SA"),
        (
            Repetition(Repeat.MONTHLY, 2, date(2027, 6, 1)),
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=2SA;UNTIL=20270601T235959",
        ),
    ],
)
def test_what_the_form_offers_is_written_as_a_rule_and_read_back(
    given: Repetition, text: str
) -> None:
    assert rule_text(given, SATURDAY) == text
    assert repetition(text, SATURDAY) == given


@pytest.mark.parametrize(
    "text",
    ["FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=WEEKLY;INTERVAL=1;BYDAY=SU", "FREQ=YEARLY\nEXDATE:20270101"],
)
def test_a_rule_the_form_could_not_write_is_kept_as_another(text: str) -> None:
    assert repetition(text, SATURDAY).repeat is Repeat.OTHER


def test_a_fifth_weekday_is_the_last_one_of_each_month() -> None:
    days = [date(2026, 8, day) for day in (1, 7, 8, 22, 29)]

    assert [nth_of_month(day) for day in days] == [1, 1, 2, 4, -1]


def test_what_the_clock_skips_in_spring_is_read_an_hour_later() -> None:
    skipped = datetime.fromisoformat("2026-03-29T02:30")

    assert at_wall(skipped, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert on_wall(at_wall(skipped, BERLIN), BERLIN).isoformat() == "2026-03-29T03:30:00"


def offer(week: int, risk: float, hours: float = 8) -> Offer:
    start = MORNING + timedelta(weeks=week)
    return Offer(start, start + timedelta(hours=hours), risk)


def test_the_last_window_below_the_bound_is_taken() -> None:
    offers = [offer(0, 0.02), offer(1, 0.04), offer(2, 0.19)]

    assert proposed(offers, bound=0.0625, job=timedelta(hours=4)) == 1


def test_a_window_too_short_for_the_job_is_passed_over() -> None:
    offers = [offer(0, 0.02), offer(1, 0.04, hours=3), offer(2, 0.19)]

    assert proposed(offers, bound=0.0625, job=timedelta(hours=4)) == 0


def test_where_every_window_is_beyond_the_bound_the_first_is_the_least_bad() -> None:
    offers = [offer(0, 0.1, hours=2), offer(1, 0.3), offer(2, 0.5)]

    assert proposed(offers, bound=0.0625, job=timedelta(hours=4)) == 1
    assert proposed(offers, bound=0.0625, job=timedelta(hours=9)) is None
